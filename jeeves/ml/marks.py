"""The words no mail holds: what stands for ends, for names and for kinds of phrases, with the numbers they always have.

Lives here: these words, and the order of the kinds. Must not live here: the phrases (``lexicon``), reading.

Reading gives each word a number; those of these words are the same in every reading.
"""

from __future__ import annotations

from typing import Final

# Of two kinds that claim the same words, the earlier names them in a shape.
_PRECEDENCE: Final = """
    video remote room venue office past declined meal social interview meet visit see come proposal available invite
    accept arrange where day soon time event moved mass talk third report me you we plea modal question negation about
"""
KINDS: Final = (*_PRECEDENCE.split(), "at_name")  # of thing a sentence can speak of; the last is no phrase
ACTIVITIES: Final = frozenset(("meal", "meet", "visit", "see", "social", "interview", "come"))
BIT: Final = {kind: 1 << rank for rank, kind in enumerate(KINDS)}  # of a kind, in the kinds of a sentence

# "subject_end" and "sentence_end" are counted as words, "*" is any rare word of a shape.
MARKS: Final = ("\n", "\x1e", "a_name", "subject_end", "sentence_end", "*", *(f"<{kind}>" for kind in KINDS))
SENTENCE_END, ZONE_END, A_NAME, SUBJECT_END, TELLING_END, OTHER, FIRST_KIND = range(7)  # places in ``MARKS``


def bits(*kinds: str) -> int:
    """Return the kinds as one number."""
    return sum(BIT[kind] for kind in kinds)
