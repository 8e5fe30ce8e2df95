"""Many messages read at once: runs of numbered words, and what each sentence speaks of.

Lives here: which words of a message count together, and which sentences are neighbours. Must not live here: the names
of features (``evidence``), which of them a model knows (``lookup``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from jeeves.ml.cues import read
from jeeves.ml.marks import ACTIVITIES, BIT, MARKS, SENTENCE_END, SUBJECT_END, TELLING_END, ZONE_END, bits
from jeeves.ml.tokens import behind, tokenise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jeeves.ml.features import Zones
    from jeeves.ml.tokens import Numbering

    Numbers = NDArray[np.int64]

MOST_QUOTED: Final = 25  # sentences
SUBJECT, TEXT, QUOTED = range(3)  # the zones that hold sentences; the invite's are of the text
_ZONES: Final = 3
_ACTIVITIES: Final = bits(*ACTIVITIES)
_PROPOSAL: Final = bits("proposal", "available")
_OPEN_TIME: Final = bits("day", "soon", "time")
_WITH_NEIGHBOURS: Final = bits(*ACTIVITIES, "proposal", "available", "accept", "question")
_MOST_TOKENS: Final = np.array((3, 8, 17, 34))  # of a sentence of each length but the last


class Run(NamedTuple):
    """Words one after another, of which n-grams are made; between two rows stands a mark that is in none."""

    numbers: Numbers  # of the words
    rows: Numbers  # message or sentence of each


class Sentences(NamedTuple):
    """What the cues of sentences are made of, one after another."""

    zones: Numbers
    kinds: Numbers  # what each speaks of, as ``marks.bits`` puts it
    tells_next: NDArray[np.bool_]  # whether the next one is told what it speaks of
    tells_previous: NDArray[np.bool_]
    lengths: Numbers  # 0 is the shortest kind


class Runs(NamedTuple):
    """The same evidence of many documents, before n-grams are made of it."""

    words: Run
    telling: Run
    quoted: NDArray[np.bool_]  # which of ``telling`` count as quoted
    tokens: Run  # of sentences
    shapes: Run  # of sentences
    facts: list[list[str]]  # of each document, cues without a sentence
    history: list[list[str]]
    sentences: Sentences
    messages: Numbers  # of each of these
    rows: Numbers  # of each of these: a document without sentences has one of its own
    sizes: Numbers  # rows of each document
    starts: Numbers  # first of these
    height: int  # rows of all


def read_runs(documents: Sequence[Zones], numbering: Numbering) -> Runs:
    """Return what ``extract`` makes n-grams of, of one document or more. Linear in their length."""
    tokens = tokenise(map(_laid_out, documents), numbering)
    cues = read(tokens)
    ends = tokens == SENTENCE_END
    places = _Places(tokens)
    zones = places.zones[ends]  # of each sentence
    messages = zones // _ZONES
    sizes = np.bincount(messages, minlength=len(documents))
    rows = np.arange(len(messages)) + np.cumsum(sizes == 0)[messages]
    own_rows = np.maximum(sizes, 1)
    row_ends = np.cumsum(own_rows)
    telling, quoted = _telling(tokens, places, _is_telling(zones % _ZONES, cues.kinds))
    shaped = _Places(cues.shapes)
    row_of = np.concatenate([rows, [0]])  # marks after the last sentence are in no row
    return Runs(
        words=_words(tokens, places),
        telling=telling,
        quoted=quoted,
        tokens=Run(tokens, row_of[places.sentences]),
        shapes=Run(cues.shapes, row_of[shaped.sentences]),
        facts=[each.facts for each in documents],
        history=[each.history for each in documents],
        sentences=_sentences(zones, cues.kinds, _lengths(tokens, places.sentences, len(zones))),
        messages=messages,
        rows=rows,
        sizes=own_rows,
        starts=row_ends - own_rows,
        height=int(row_ends[-1]),
    )


def _laid_out(zones: Zones) -> str:
    """Return the three zones of sentences as ``tokenise`` takes them."""
    sentence_end, zone_end = MARKS[SENTENCE_END], MARKS[ZONE_END]
    return "".join(
        [
            f"{sentence_end.join(zone)}{sentence_end}{zone_end}" if zone else zone_end
            for zone in (zones.subject, [*zones.text, *zones.invite], zones.quoted[:MOST_QUOTED])
        ]
    )


class _Places:
    """Where each token stands; a mark belongs to what it ends."""

    def __init__(self, numbers: Numbers) -> None:
        self.sentences = behind(numbers == SENTENCE_END)
        self.zones = behind(numbers == ZONE_END)  # of all documents, ``_ZONES`` each


def _words(numbers: Numbers, places: _Places) -> Run:
    """Return the words of subject and newest text."""
    kept = (places.zones % _ZONES != QUOTED) & (numbers != SENTENCE_END)
    zones, numbers = places.zones[kept], numbers[kept]
    return Run(np.where((numbers == ZONE_END) & (zones % _ZONES == SUBJECT), SUBJECT_END, numbers), zones // _ZONES)


def _telling(numbers: Numbers, places: _Places, telling: NDArray[np.bool_]) -> tuple[Run, NDArray[np.bool_]]:
    """Return the words of the sentences that speak of meeting, and which of these words are quoted."""
    zone = places.zones % _ZONES
    kept = np.concatenate([telling, [True]])[places.sentences]
    kept &= (numbers != SENTENCE_END) | (zone == TEXT)
    mark = numbers == ZONE_END
    kept = np.where(mark, zone != TEXT, kept)
    marked = np.where(numbers == SENTENCE_END, TELLING_END, np.where(mark & (zone == SUBJECT), SUBJECT_END, numbers))
    return Run(marked[kept], places.zones[kept] // _ZONES), ((zone == QUOTED) & ~mark)[kept]


def _is_telling(zones: Numbers, kinds: Numbers) -> NDArray[np.bool_]:
    activity = kinds & _ACTIVITIES != 0
    proposal = kinds & _PROPOSAL == _PROPOSAL
    question = (kinds & BIT["question"] != 0) & (kinds & _OPEN_TIME != 0)
    found: NDArray[np.bool_] = (zones == SUBJECT) | activity | ((zones == TEXT) & (proposal | question))
    return found


def _lengths(numbers: Numbers, sentences: Numbers, count: int) -> Numbers:
    """Return how long each of so many sentences is."""
    return np.searchsorted(_MOST_TOKENS, np.bincount(sentences[numbers > ZONE_END], minlength=count))


def _sentences(zones: Numbers, kinds: Numbers, lengths: Numbers) -> Sentences:
    """Tell neighbours: those of the same zone, and the first of the text behind the subject, which tells it nothing."""
    same = zones[1:] == zones[:-1]
    follows = same | ((zones[1:] == zones[:-1] + 1) & (zones[:-1] % _ZONES == SUBJECT))
    tells = kinds & _WITH_NEIGHBOURS != 0
    tells_next, tells_previous = np.zeros_like(tells), np.zeros_like(tells)
    # A sentence hears of its neighbours only where it speaks of something itself that matters beside them.
    tells_next[:-1] = same & tells[1:]
    tells_previous[1:] = follows & tells[:-1]
    return Sentences(zones % _ZONES, kinds, tells_next, tells_previous, lengths)
