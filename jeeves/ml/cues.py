"""What the phrases of sentences amount to: the kinds of thing each speaks of, and its shape.

Lives here: finding the phrases of ``lexicon`` among tokens. Must not live here: weights, anything learned from data.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from jeeves.ml.lexicon import FUNCTION_WORDS, PHRASES
from jeeves.ml.marks import A_NAME, BIT, FIRST_KIND, KINDS, OTHER, SENTENCE_END, ZONE_END
from jeeves.ml.ngrams import UNKNOWN, Ngrams
from jeeves.ml.tokens import CLASSES, always

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

_RANK: Final = {kind: rank for rank, kind in enumerate(KINDS)}


class Cues(NamedTuple):
    """What sentences speak of."""

    kinds: Numbers  # of each sentence, as ``marks.bits`` puts them
    shapes: Numbers  # the tokens with every phrase replaced by its kind and every rare word by "*", and the ends


def _by_phrase() -> dict[str, list[str]]:
    """Return the kinds of each phrase, those first that rank first."""
    index: dict[str, list[str]] = defaultdict(list)
    for kind in sorted(PHRASES, key=_RANK.__getitem__):
        for phrase in PHRASES[kind]:
            index[phrase].append(kind)
    return dict(index)


def _together(phrase: str) -> int:
    """Return the kinds of a phrase and of every phrase that begins it."""
    beginnings = accumulate(phrase.split(), "{} {}".format)
    return sum(BIT[kind] for kind in {kind for each in beginnings for kind in _KINDS_OF.get(each, ())})


_KINDS_OF: Final = _by_phrase()
_STAYING: Final = FUNCTION_WORDS | CLASSES  # kept as they are in a shape, unless they begin a phrase
_NUMBERS: Final = always(_STAYING.union("@", *map(str.split, _KINDS_OF)))
_LENGTHS: Final = np.array([phrase.count(" ") + 1 for phrase in _KINDS_OF])
_BITS: Final = np.array([_together(phrase) for phrase in _KINDS_OF])
_MARKS: Final = np.array([FIRST_KIND + _RANK[kinds[0]] for kinds in _KINDS_OF.values()])
_PHRASES: Final = Ngrams(
    {phrase: number for number, phrase in enumerate(_KINDS_OF)}, _NUMBERS, int(_LENGTHS.max(initial=1))
)
_WORDS: Final = max(_NUMBERS.values()) + 1
_PHRASES.number(_WORDS)
_OWN: Final = np.full(_WORDS + 1, UNKNOWN)  # of each number, and the last of those that follow: what it is here
_OWN[list(_NUMBERS.values())] = list(_NUMBERS.values())
_STAYS: Final = np.zeros(_WORDS + 1, dtype=np.bool_)  # the last: of what is unknown
_STAYS[[_NUMBERS[word] for word in _STAYING]] = True


def read(numbers: Numbers) -> Cues:
    """Read sentences, as ``tokenise`` returns them. Linear: no phrase has more than a few words."""
    words = _OWN[np.minimum(numbers, _WORDS)]
    begins, phrases = _PHRASES.find(words, words)
    kinds = np.zeros(len(numbers), dtype=np.int64)
    kinds[begins] = _BITS[phrases]  # of those that begin at one word the longest is the last, and holds the others
    kinds[_venues(words, numbers)] |= BIT["at_name"]
    ends = (numbers == SENTENCE_END).nonzero()[0]
    return Cues(
        kinds=np.bitwise_or.reduceat(kinds, np.concatenate([[0], ends[:-1] + 1])) if len(ends) else ends,
        shapes=_shapes(np.where(_STAYS[words] | (numbers <= ZONE_END), numbers, OTHER), begins, phrases),
    )


def _venues(words: Numbers, numbers: Numbers) -> Numbers:
    """Return where something capitalised follows "at" or "at the": a venue more often than a person."""
    at = ((words == _NUMBERS["at"]) | (words == _NUMBERS["@"])).nonzero()[0]
    found: Numbers = at[numbers[at + 1 + (words[at + 1] == _NUMBERS["the"])] == A_NAME]
    return found


def _shapes(shapes: Numbers, begins: Numbers, phrases: Numbers) -> Numbers:
    """Return the shapes of all sentences, of what is kept in them and where phrases begin."""
    shapes[begins] = _MARKS[phrases]
    lengths = np.zeros(len(shapes), dtype=np.int64)
    lengths[begins] = _LENGTHS[phrases]
    long = (lengths > 1).nonzero()[0]
    covered = np.zeros(len(shapes), dtype=np.bool_)
    covered[list(_covered(zip(long.tolist(), lengths[long].tolist(), strict=True)))] = True
    shapes = shapes[~covered]
    other = shapes == OTHER
    other[1:] &= other[:-1].copy()
    other[0] = False
    kept: Numbers = shapes[~other]
    return kept


def _covered(phrases: Iterable[tuple[int, int]]) -> Iterable[int]:
    """Yield the places that belong to a phrase begun before them: of two that overlap, the first one counts."""
    free = 0
    for place, length in phrases:
        if place >= free:
            free = place + length
            yield from range(place + 1, free)
