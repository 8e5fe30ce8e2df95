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
from itertools import combinations
from typing import TYPE_CHECKING, Final

from jeeves.ml.features import zones_of
from jeeves.ml.marks import ACTIVITIES, BIT, MARKS, SENTENCE_END, ZONE_END, bits, names
from jeeves.ml.runs import QUOTED, TEXT, read_runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jeeves.ml.runs import Run, Runs, SentenceCues

LENGTHS: Final = ("length_1", "length_2", "length_3", "length_4", "length_5")  # of a sentence
_ZONE_NAMES: Final = ("subject", "text", "quoted")
_OPENING: Final = bits("proposal", "question", "available")
_SPOILS: Final = bits("office", "room", "venue", "at_name", "past", "declined", "remote", "video")
_PAIRED: Final = ACTIVITIES | {"proposal"}


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


WORDS: Final = (1, 2)  # tokens in an n-gram, the fewest and the most
TELLING: Final = (1, 2)
OF_SENTENCE: Final = (1, 3)
OF_SHAPE: Final = (2, 4)
SHAPE: Final = "~"  # before the n-grams of shapes
QUOTED_WORD: Final = "quoted:"  # before the words of a quoted sentence


def extract(document: str) -> Evidence:
    """Return the evidence in ``document``. Linear in its length."""
    runs = read_runs([zones_of(document)])
    telling = [
        f"{QUOTED_WORD}{word}" if quoted else word
        for word, quoted in zip(_written(runs, runs.telling), runs.quoted.tolist(), strict=True)
    ]
    cues = [cue for each in runs.cues for cue in cues_in_message(each.zone, each.kinds)]
    return Evidence(
        words=_ngrams(_written(runs, runs.words)[:-1], *WORDS),
        telling=_ngrams(telling[:-1], *TELLING),
        cues=[*runs.facts[0], *cues],
        history=runs.history[0],
        sentences=[
            SentenceEvidence(
                words=_ngrams(tokens, *OF_SENTENCE) + [f"{SHAPE}{ngram}" for ngram in _ngrams(shape, *OF_SHAPE)],
                cues=cues_of_sentence(each),
            )
            for tokens, shape, each in zip(
                _sentences(_written(runs, runs.tokens)),
                _sentences(_written(runs, runs.shapes)),
                runs.cues,
                strict=True,
            )
        ]
        or [SentenceEvidence(words=[], cues=[])],
    )


def _written(runs: Runs, run: Run) -> list[str]:
    return [runs.vocabulary[number] for number in run.numbers.tolist()]


def _sentences(words: Iterable[str]) -> Iterator[list[str]]:
    sentence: list[str] = []
    for word in words:
        if word == MARKS[SENTENCE_END]:
            yield sentence
            sentence = []
        elif word != MARKS[ZONE_END]:
            sentence.append(word)


def cues_in_message(zone: int, kinds: int) -> tuple[str, ...]:
    """Return what a sentence adds to the cues of its message."""
    ordered = names(kinds)
    activities = [kind for kind in ordered if kind in ACTIVITIES]
    if zone == TEXT:
        together = [f"{activity}&{kind}" for activity in activities for kind in ordered if kind != activity]
        is_open = activities and kinds & BIT["proposal"] and not kinds & _SPOILS
        return (*ordered, *together, *(["open_proposal"] if is_open else ()))
    opened = activities if zone == QUOTED and kinds & _OPENING else ()
    return (*(f"{_ZONE_NAMES[zone]}:{kind}" for kind in ordered), *(f"quoted:open&{kind}" for kind in opened))


def cues_of_sentence(sentence: SentenceCues) -> list[str]:
    """Return the cues of a sentence."""
    zone, kinds, before, after, length = sentence
    return [
        *own_cues(zone, kinds, length),
        *neighbour_cues(zone, "before", before),
        *neighbour_cues(zone, "after", after),
    ]


def own_cues(zone: int, kinds: int, length: int) -> tuple[str, ...]:
    """Return the cues of a sentence that its neighbours have no part in."""
    ordered = names(kinds)
    pairs = [f"{first}&{second}" for first, second in combinations(ordered, 2) if first in _PAIRED or second in _PAIRED]
    where = () if zone == TEXT else (f"in_{_ZONE_NAMES[zone]}",)
    return (*where, *_in_zone(zone, [*ordered, *pairs, LENGTHS[length]]))


def neighbour_cues(zone: int, where: str, kinds: int) -> tuple[str, ...]:
    """Return the cues a sentence has by what its neighbour speaks of; ``where`` that stands: "before" or "after"."""
    return _in_zone(zone, [f"{where}:{kind}" for kind in names(kinds)])


def _in_zone(zone: int, cues: Sequence[str]) -> tuple[str, ...]:
    """Return cues, outside of the newest text also as those of their zone."""
    return (*cues, *(() if zone == TEXT else [f"{_ZONE_NAMES[zone]}:{cue}" for cue in cues]))


def _ngrams(tokens: Sequence[str], least: int, most: int) -> list[str]:
    return [
        " ".join(tokens[start : start + length])
        for length in range(least, most + 1)
        for start in range(len(tokens) - length + 1)
    ]
