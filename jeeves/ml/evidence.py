"""What a document offers as evidence, by kind: the features before any of them has a weight.

Lives here: which features there are and how each is named. Must not live here: counting, weighting (``vectors``),
anything learned from data.

Evidence comes at two levels. Of the whole message: its words, the words of its telling sentences and of the quoted
sentences they may answer, its cues, and the history with its sender. Of each sentence by itself: its words, its shape,
its cues and what its neighbours speak of. A proposal buried in a long mail is one sentence; the model looks at the
strongest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from jeeves.ml.cues import ACTIVITIES, KNOWN_PLACE, Sentence, read
from jeeves.ml.features import zones_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jeeves.ml.features import Zones

MOST_QUOTED: Final = 25  # sentences
_OPEN_TIME: Final = frozenset(("day", "soon", "time"))
_OPENING: Final = frozenset(("proposal", "question", "available"))
_WITH_NEIGHBOURS: Final = ACTIVITIES | {"proposal", "available", "accept", "question"}
_SPOILS: Final = KNOWN_PLACE | {"past", "declined", "remote", "video"}
_LENGTHS: Final = ((3, "length_1"), (8, "length_2"), (17, "length_3"), (34, "length_4"))  # tokens, up to


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceEvidence:
    """The features of one sentence."""

    words: list[str]
    cues: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The features of one document; lists, because how often each occurs counts."""

    words: list[str]
    telling: list[str]
    cues: list[str]
    history: list[str]
    sentences: list[SentenceEvidence]  # at least one


@dataclass(frozen=True, slots=True)
class SentenceRun:
    """One sentence before its n-grams are made."""

    tokens: list[str]
    shape: list[str]
    cues: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """The same evidence before n-grams are made of it: runs of tokens."""

    words: list[str]
    telling: list[str]
    cues: list[str]
    history: list[str]
    sentences: list[SentenceRun]  # at least one


WORDS: Final = (1, 2)  # tokens in an n-gram, the fewest and the most
TELLING: Final = (1, 2)
OF_SENTENCE: Final = (1, 3)
OF_SHAPE: Final = (2, 4)
SHAPE: Final = "~"  # before the n-grams of shapes


def extract(document: str) -> Evidence:
    """Return the evidence in ``document``. Linear in its length."""
    runs = read_runs(zones_of(document))
    return Evidence(
        words=_ngrams(runs.words, *WORDS),
        telling=_ngrams(runs.telling, *TELLING),
        cues=runs.cues,
        history=runs.history,
        sentences=[
            SentenceEvidence(
                words=_ngrams(each.tokens, *OF_SENTENCE)
                + [f"{SHAPE}{ngram}" for ngram in _ngrams(each.shape, *OF_SHAPE)],
                cues=each.cues,
            )
            for each in runs.sentences
        ],
    )


def read_runs(zones: Zones) -> Runs:
    """Return what ``extract`` makes n-grams of. Linear in the length of the zones."""
    subject = [read(line) for line in zones.subject]
    text = [read(line) for line in [*zones.text, *zones.invite]]
    quoted = [read(line) for line in zones.quoted[:MOST_QUOTED]]
    sentences = [*_each("subject", subject, text), *_each("", text, ()), *_each("quoted", quoted, ())]
    return Runs(
        words=_words(subject, text),
        telling=_telling(subject, text, quoted),
        cues=[*zones.facts, *_message_cues(subject, text, quoted)],
        history=zones.history,
        sentences=sentences or [SentenceRun([], [], [])],
    )


def _words(subject: Sequence[Sentence], text: Sequence[Sentence]) -> list[str]:
    words = [token for sentence in subject for token in sentence.tokens]
    return [*words, "subject_end", *(token for sentence in text for token in sentence.tokens)]


def _telling(subject: Sequence[Sentence], text: Sequence[Sentence], quoted: Sequence[Sentence]) -> list[str]:
    """Return the tokens of the sentences that speak of meeting, those of quoted ones marked."""
    words = [token for sentence in subject for token in sentence.tokens]
    words.append("subject_end")
    for sentence in text:
        if _is_telling(sentence.kinds):
            words += [*sentence.tokens, "sentence_end"]
    for sentence in quoted:
        if sentence.kinds & ACTIVITIES:
            words += [f"quoted:{token}" for token in sentence.tokens]
    return words


def _is_telling(kinds: frozenset[str]) -> bool:
    return bool(
        kinds & ACTIVITIES or {"proposal", "available"} <= kinds or ("question" in kinds and kinds & _OPEN_TIME)
    )


def _message_cues(subject: Sequence[Sentence], text: Sequence[Sentence], quoted: Sequence[Sentence]) -> list[str]:
    cues: list[str] = []
    for sentence in subject:
        cues += _marked("subject", sentence.kinds)
    for sentence in text:
        cues += _kinds_with_activities(sentence.kinds)
    for sentence in quoted:
        cues += _marked("quoted", sentence.kinds)
        if sentence.kinds & _OPENING:
            cues += [f"quoted:open&{kind}" for kind in sorted(sentence.kinds & ACTIVITIES)]
    return cues


def _each(zone: str, sentences: Sequence[Sentence], following: Sequence[Sentence]) -> Iterator[SentenceRun]:
    """Yield the evidence of each sentence of a zone; ``following`` is what comes after the zone."""
    nothing = frozenset[str]()
    kinds = [nothing, *(sentence.kinds for sentence in sentences), *(each.kinds for each in following[:1]), nothing]
    for place, sentence in enumerate(sentences):
        cues = _sentence_cues(sentence, before=kinds[place], after=kinds[place + 2])
        if zone:
            cues = [f"in_{zone}", *cues, *[f"{zone}:{cue}" for cue in cues]]
        yield SentenceRun(sentence.tokens, sentence.shape, cues)


def _sentence_cues(sentence: Sentence, *, before: frozenset[str], after: frozenset[str]) -> list[str]:
    cues = [*_kinds_and_pairs(sentence.kinds)]
    if sentence.kinds & _WITH_NEIGHBOURS:
        cues += _marked("before", before)
        cues += _marked("after", after)
    count = len(sentence.tokens)
    cues.append(next((name for most, name in _LENGTHS if count <= most), "length_5"))
    return cues


# What sentences speak of is much the same from one to the next.
_REMEMBERED: Final = 5_000


@lru_cache(maxsize=_REMEMBERED)
def _marked(mark: str, kinds: frozenset[str]) -> tuple[str, ...]:
    return tuple(f"{mark}:{kind}" for kind in sorted(kinds))


@lru_cache(maxsize=_REMEMBERED)
def _kinds_with_activities(kinds: frozenset[str]) -> tuple[str, ...]:
    ordered = sorted(kinds)
    activities = [kind for kind in ordered if kind in ACTIVITIES]
    together = [f"{activity}&{kind}" for activity in activities for kind in ordered if kind != activity]
    is_open = activities and "proposal" in kinds and not kinds & _SPOILS
    return (*ordered, *together, *(["open_proposal"] if is_open else ()))


_PAIRED: Final = ACTIVITIES | {"proposal"}


@lru_cache(maxsize=_REMEMBERED)
def _kinds_and_pairs(kinds: frozenset[str]) -> tuple[str, ...]:
    ordered = sorted(kinds)
    pairs = [
        f"{first}&{second}"
        for place, first in enumerate(ordered)
        for second in ordered[place + 1 :]
        if first in _PAIRED or second in _PAIRED
    ]
    return (*ordered, *pairs)


def _ngrams(tokens: Sequence[str], least: int, most: int) -> list[str]:
    return [
        " ".join(tokens[start : start + length])
        for length in range(least, most + 1)
        for start in range(len(tokens) - length + 1)
    ]
