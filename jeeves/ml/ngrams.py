"""A vocabulary of n-grams, looked up by the numbers of their tokens instead of by their text.

Lives here: that look-up. Must not live here: where the n-grams come from, what they mean.

An n-gram is found step by step: the number of its first words and that of the next make a key, which is in a table of
keys, or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Columns = NDArray[np.int32]  # half as large: tables that stay in the processor's cache are quicker than arithmetic

UNKNOWN: Final = -1  # the number of a token no vocabulary holds
_TOKEN_BITS: Final = 32
_NO_KEY: Final = np.iinfo(np.int64).max
_FEW: Final = 1_000  # of a message or two: halving takes longer then, but fewer steps from here to there
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)  # 2 ** 64 by the golden ratio, odd
_NONE: Final[NDArray[np.int32]] = np.zeros(0, dtype=np.int32)


class _Keys:
    """Keys in a table, found by halving where few are wanted, and else by their hashes: most lie where these say."""

    def __init__(self, keys: Numbers) -> None:
        """Take in sorted keys, one at least."""
        self._keys = np.append(keys, _NO_KEY)
        self._shift = np.uint64(64 - (2 * len(keys)).bit_length())
        slots = self._slots(keys)
        order = np.argsort(slots, kind="stable").astype(np.int32)
        in_order = slots[order]
        shared = in_order[1:] == in_order[:-1]
        self._next = np.arange(len(keys) + 1, dtype=np.int32)  # the key before in the same slot, or the key itself
        self._next[order[1:][shared]] = order[:-1][shared]
        # The last key of each slot, or none of them.
        self._places = np.full(1 << (2 * len(keys)).bit_length(), len(keys), np.int32)
        self._places[in_order] = order

    def find(self, wanted: Numbers) -> tuple[NDArray[np.intp], NDArray[np.integer]]:
        """Return which of those that are wanted are keys, and the places of these."""
        if len(wanted) < _FEW:
            places: NDArray[np.integer] = np.searchsorted(self._keys, wanted)
            known = (self._keys[places] == wanted).nonzero()[0]
            return known, places[known]
        places = self._places[self._slots(wanted)]
        known = self._keys[places] == wanted
        doubtful = (~known).nonzero()[0]
        while len(doubtful):
            there = self._next[places[doubtful]]
            others = (there != places[doubtful]).nonzero()[0]
            doubtful, there = doubtful[others], there[others]
            places[doubtful] = there
            same = self._keys[there] == wanted[doubtful]
            known[doubtful[same]] = True
            doubtful = doubtful[~same]
        found = known.nonzero()[0]
        return found, places[found]

    def _slots(self, keys: Numbers) -> Numbers:
        """Return the highest bits of the keys times the golden ratio (Knuth, volume 3, 6.4)."""
        return (keys.view(np.uint64) * _GOLDEN >> self._shift).view(np.int64)


class Ngrams:
    """The n-grams of one vocabulary."""

    def __init__(self, columns: Mapping[str, int], tokens: dict[str, int], most: int) -> None:
        """Take in n-grams of up to ``most`` tokens with their columns; numbers new ``tokens``."""
        by_length: list[dict[str, int]] = [{} for _ in range(most + 1)]
        for ngram, column in columns.items():
            by_length[ngram.count(" ") + 1][ngram] = column
        for length in range(most, 1, -1):
            shorter = by_length[length - 1]
            for ngram in by_length[length]:
                shorter.setdefault(ngram[: ngram.rindex(" ")], UNKNOWN)
        self._single = {tokens.setdefault(ngram, len(tokens)): column for ngram, column in by_length[1].items()}
        self._tables: list[tuple[_Keys, Columns]] = []  # keys and columns, for two tokens, three, ...
        place = {ngram: tokens[ngram] for ngram in by_length[1]}
        for ngrams in filter(None, by_length[2:]):
            parts = [ngram.rpartition(" ") for ngram in ngrams]
            first = np.fromiter([place[each] for each, _, _ in parts], np.int64, len(parts))
            last = np.fromiter([tokens.setdefault(each, len(tokens)) for _, _, each in parts], np.int64, len(parts))
            keys = first << _TOKEN_BITS | last
            order = np.argsort(keys)
            self._tables.append((_Keys(keys[order]), np.fromiter(ngrams.values(), np.int32, len(ngrams))[order]))
            ranks = np.empty(len(order), dtype=np.int64)
            ranks[order] = np.arange(len(order))
            place = dict(zip(ngrams, ranks.tolist(), strict=True))
        self._columns: Columns = _NONE

    def number(self, tokens: int) -> None:
        """Prepare for looking up, once every vocabulary has numbered its tokens, which are so many."""
        self._columns = np.full(tokens + 1, UNKNOWN, dtype=np.int32)  # one more: what is unknown is the last
        self._columns[list(self._single)] = list(self._single.values())
        self._single.clear()

    def find(self, first: Numbers, following: Numbers) -> tuple[Numbers, Numbers]:
        """Return where n-grams of the vocabulary begin, and their columns.

        ``first`` and ``following`` number the same tokens, as they are written at the beginning of an n-gram and
        after it; the last is ``UNKNOWN``.
        """
        begins = (first >= 0).nonzero()[0]
        nodes = first[begins]
        places, found = [begins], [self._columns[nodes]]
        for length, (keys, columns) in enumerate(self._tables, start=1):
            # No key has ``UNKNOWN`` in it, and what is known is not the last: there is always one that follows.
            hits, there = keys.find(nodes << _TOKEN_BITS | following[begins + length])
            begins, nodes = begins[hits], there.astype(np.int64)
            if not len(begins):
                break
            places.append(begins)
            found.append(columns[nodes])
        every = np.concatenate(found, dtype=np.int64)
        features = every >= 0
        return np.concatenate(places)[features], every[features]
