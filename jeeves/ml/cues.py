"""What the phrases of a sentence amount to: the kinds of thing it speaks of, and its shape.

Lives here: finding the phrases of ``lexicon`` among tokens. Must not live here: weights, anything learned from data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jeeves.ml.lexicon import FUNCTION_WORDS, PHRASES
from jeeves.ml.tokens import tokens

ACTIVITIES: Final = frozenset(("meal", "meet", "visit", "see", "social", "interview", "come"))
KNOWN_PLACE: Final = frozenset(("office", "room", "venue", "at_name"))

# Of two kinds that claim the same words, the earlier names them in a shape.
_PRECEDENCE: Final = """
    video remote room venue office past declined meal social interview meet visit see come proposal available invite
    accept arrange where day soon time event moved mass talk third report me you we plea modal question negation about
"""
_RANK: Final = {kind: rank for rank, kind in enumerate(_PRECEDENCE.split())}
_OTHER: Final = "*"
_A_NAME: Final = "a_name"


def _by_first_word() -> dict[str, list[tuple[list[str], int, int, str]]]:
    """Return by their first word the phrases: the other words, how many these are, how well they rank, their kind."""
    index: dict[str, list[tuple[list[str], int, int, str]]] = {}
    for kind, phrases in PHRASES.items():
        for phrase in phrases:
            first, *rest = phrase.split()
            index.setdefault(first, []).append((rest, len(rest), -_RANK[kind], kind))
    return index


_BY_FIRST_WORD: Final = _by_first_word()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as the model reads it."""

    tokens: list[str]
    kinds: frozenset[str]  # keys of ``lexicon.PHRASES``, and "at_name"
    shape: list[str]  # the tokens with every phrase replaced by its kind and every rare word by "*"


def read(sentence: str) -> Sentence:
    """Read a normalised sentence. Linear: no phrase has more than a few words."""
    words = tokens(sentence)
    kinds: set[str] = set()
    shape: list[str] = []
    begins_with = _BY_FIRST_WORD.get
    covered = 0  # tokens up to here belong to a phrase that is in the shape already
    for place, word in enumerate(words):
        found: tuple[int, int, str] | None = None  # the longest phrase that begins here, of these the best
        for rest, length, rank, kind in begins_with(word, ()):
            if not length or words[place + 1 : place + 1 + length] == rest:
                kinds.add(kind)
                found = max(found, (length, rank, kind)) if found else (length, rank, kind)
        if place < covered:
            continue
        if found:
            shape.append(f"<{found[2]}>")
            covered = place + 1 + found[0]
        elif word in FUNCTION_WORDS or ("_" in word and word.startswith(("a_", "an_"))):
            shape.append(word)
        elif not shape or shape[-1] != _OTHER:
            shape.append(_OTHER)
    if _A_NAME in words and _names_a_venue(words):
        kinds.add("at_name")
    return Sentence(tokens=words, kinds=frozenset(kinds), shape=shape)


def _names_a_venue(words: list[str]) -> bool:
    """Tell whether something capitalised follows "at" or "at the": a venue more often than a person."""
    return any(
        word in {"at", "@"} and (words[place + 1] == _A_NAME or words[place + 1 : place + 3] == ["the", _A_NAME])
        for place, word in enumerate(words[:-1])
    )
