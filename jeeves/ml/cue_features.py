"""What the kinds of sentences become as features: cues, each of which always has the same number.

Lives here: which cues there are, their names, and which a sentence has. Must not live here: finding kinds (``cues``),
which cues a model knows (``lookup``).
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from jeeves.ml.marks import ACTIVITIES, BIT, KINDS, bits
from jeeves.ml.runs import QUOTED, SUBJECT, TEXT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jeeves.ml.runs import Sentences

    Numbers = NDArray[np.int64]

_LENGTHS: Final = ("length_1", "length_2", "length_3", "length_4", "length_5")  # of a sentence
_OPENING: Final = bits("proposal", "question", "available")
_SPOILS: Final = bits("office", "room", "venue", "at_name", "past", "declined", "remote", "video")
_OPEN: Final = "open_proposal"
_OUTSIDE: Final = ((SUBJECT, "subject"), (QUOTED, "quoted"))  # of the newest text
_PAIRED: Final = sorted(ACTIVITIES | {"proposal"})  # what matters together with any other kind

MESSAGE_CUES: Final = (
    *KINDS,
    *(f"{activity}&{kind}" for activity in sorted(ACTIVITIES) for kind in KINDS if kind != activity),
    _OPEN,
    *(f"{zone}:{kind}" for _, zone in _OUTSIDE for kind in KINDS),
    *(f"quoted:open&{activity}" for activity in sorted(ACTIVITIES)),
)
_IN_TEXT: Final = (
    *KINDS,
    *(f"{where}:{kind}" for where in ("before", "after") for kind in KINDS),
    *("&".join(pair) for pair in combinations(sorted(KINDS), 2) if set(pair) & set(_PAIRED)),
    *_LENGTHS,
)
SENTENCE_CUES: Final = (
    *_IN_TEXT,
    *(f"{zone}:{cue}" for _, zone in _OUTSIDE for cue in _IN_TEXT),
    *(f"in_{zone}" for _, zone in _OUTSIDE),
)
_MESSAGE: Final = {cue: number for number, cue in enumerate(MESSAGE_CUES)}
_SENTENCE: Final = {cue: number for number, cue in enumerate(SENTENCE_CUES)}
_NONE: Final = -1


def _numbers(index: dict[str, int], *names: str) -> Numbers:
    return np.array([index.get(name, _NONE) for name in names])


def _of_pairs(index: dict[str, int], *, ordered: bool) -> Numbers:
    """Return the number of each two kinds together, by their ranks; ``ordered``: whose name has the first one first."""
    pairs = [(first, second) if ordered else sorted((first, second)) for first in KINDS for second in KINDS]
    return _numbers(index, *map("&".join, pairs)).reshape(len(KINDS), len(KINDS))


_RANKS: Final = np.arange(len(KINDS))
_PAIRS: Final = np.array([kind in _PAIRED for kind in KINDS])
_OF_PAIRS: Final = _of_pairs(_SENTENCE, ordered=False)
_TOGETHER: Final = _of_pairs(_MESSAGE, ordered=True)
_BEFORE, _AFTER = (_SENTENCE[f"{where}:{KINDS[0]}"] for where in ("before", "after"))
_LENGTH: Final = _SENTENCE[_LENGTHS[0]]
_ZONES: Final = np.zeros(3, dtype=np.int64)  # what is added to a cue of each zone in a message
_SHIFTS: Final = np.zeros(3, dtype=np.int64)  # and in a sentence
_WHERE: Final = np.zeros(3, dtype=np.int64)
for _zone, _name in _OUTSIDE:
    _ZONES[_zone] = _MESSAGE[f"{_name}:{KINDS[0]}"]
    _SHIFTS[_zone] = _SENTENCE[f"{_name}:{KINDS[0]}"]
    _WHERE[_zone] = _SENTENCE[f"in_{_name}"]
_OPENED: Final = _numbers(_MESSAGE, *(f"quoted:open&{kind}" for kind in KINDS))


class CueFeatures(NamedTuple):
    """Cues, one an occurrence, in no order that means anything."""

    sentences: Numbers  # which sentence each is of
    numbers: Numbers  # places in ``MESSAGE_CUES`` or ``SENTENCE_CUES``


def cue_features(sentences: Sentences) -> tuple[CueFeatures, CueFeatures]:
    """Return what sentences add to the cues of their messages, and the cues of each by itself. Linear."""
    held = _Held.of(sentences.kinds)
    return _of_message(sentences, held), _of_sentence(sentences, held)


class _Held(NamedTuple):
    """Which kinds sentences speak of, and which pairs of them."""

    sentences: Numbers
    kinds: Numbers  # ranks
    firsts: Numbers  # of pairs, places in the two above: a kind that matters together with others
    seconds: Numbers  # and any other of the same sentence

    @classmethod
    def of(cls, kinds: Numbers) -> _Held:
        sentences, ranks = (kinds[:, None] >> _RANKS & 1).nonzero()
        sizes = np.bincount(sentences, minlength=len(kinds))
        paired = _PAIRS[ranks].nonzero()[0]
        beginnings, partners = (np.cumsum(sizes) - sizes)[sentences[paired]], sizes[sentences[paired]]
        firsts = np.repeat(paired, partners)
        seconds = np.arange(len(firsts)) - np.repeat(np.cumsum(partners) - partners - beginnings, partners)
        others = firsts != seconds
        return cls(sentences, ranks, firsts[others], seconds[others])


def _of_message(sentences: Sentences, held: _Held) -> CueFeatures:
    zones = sentences.zones[held.sentences]
    pairs = _TOGETHER[held.kinds[held.firsts], held.kinds[held.seconds]]
    together = ((zones[held.firsts] == TEXT) & (pairs != _NONE)).nonzero()[0]
    opened = _OPENED[held.kinds]
    asked = ((zones == QUOTED) & (opened != _NONE) & (sentences.kinds[held.sentences] & _OPENING != 0)).nonzero()[0]
    proposed = (sentences.zones == TEXT) & (sentences.kinds & BIT["proposal"] != 0)
    proposed &= (sentences.kinds & bits(*ACTIVITIES) != 0) & (sentences.kinds & _SPOILS == 0)
    proposals = proposed.nonzero()[0]
    return CueFeatures(
        np.concatenate([held.sentences, held.sentences[held.firsts[together]], proposals, held.sentences[asked]]),
        np.concatenate(
            [held.kinds + _ZONES[zones], pairs[together], np.full(len(proposals), _MESSAGE[_OPEN]), opened[asked]]
        ),
    )


def _of_sentence(sentences: Sentences, held: _Held) -> CueFeatures:
    count = len(sentences.kinds)
    kinds, others = held.kinds[held.firsts], held.kinds[held.seconds]
    once = ~_PAIRS[others] | (kinds < others)  # two that both matter are told from either side
    before = sentences.tells_next[held.sentences].nonzero()[0]
    after = sentences.tells_previous[held.sentences].nonzero()[0]
    of_sentences = np.concatenate(
        [
            held.sentences,
            held.sentences[before] + 1,
            held.sentences[after] - 1,
            held.sentences[held.firsts[once]],
            np.arange(count),
        ]
    )
    numbers = np.concatenate(
        [
            held.kinds,
            held.kinds[before] + _BEFORE,
            held.kinds[after] + _AFTER,
            _OF_PAIRS[kinds[once], others[once]],
            sentences.lengths + _LENGTH,
        ]
    )
    shifts = _SHIFTS[sentences.zones[of_sentences]]
    outside = shifts.nonzero()[0]
    marked = (sentences.zones != TEXT).nonzero()[0]
    return CueFeatures(
        np.concatenate([of_sentences, of_sentences[outside], marked]),
        np.concatenate([numbers, (numbers + shifts)[outside], _WHERE[sentences.zones[marked]]]),
    )
