"""A vocabulary of n-grams, looked up by the numbers of their tokens instead of by their text.

Lives here: that look-up. Must not live here: where the n-grams come from, what they mean.

An n-gram is found step by step: the number of its first words and that of the next make a key, which is in a sorted
table of keys, or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

UNKNOWN: Final = -1  # the number of a token no vocabulary holds
_TOKEN_BITS: Final = 32
_NONE: Final[NDArray[np.int64]] = np.zeros(0, dtype=np.int64)


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
        self._tables: list[tuple[Numbers, Numbers]] = []  # keys and columns, for two tokens, three, ...
        place = {ngram: tokens[ngram] for ngram in by_length[1]}
        for ngrams in by_length[2:]:
            parts = [ngram.rpartition(" ") for ngram in ngrams]
            first = np.fromiter([place[each] for each, _, _ in parts], np.int64, len(parts))
            last = np.fromiter([tokens.setdefault(each, len(tokens)) for _, _, each in parts], np.int64, len(parts))
            keys = first << _TOKEN_BITS | last
            order = np.argsort(keys)
            self._tables.append((keys[order], np.fromiter(ngrams.values(), np.int64, len(ngrams))[order]))
            ranks = np.empty(len(order), dtype=np.int64)
            ranks[order] = np.arange(len(order))
            place = dict(zip(ngrams, ranks.tolist(), strict=True))
        self._columns = _NONE

    def number(self, tokens: int) -> None:
        """Prepare for looking up, once every vocabulary has numbered its tokens, which are so many."""
        self._columns = np.full(tokens + 1, UNKNOWN, dtype=np.int64)  # one more: what is unknown is the last
        self._columns[list(self._single)] = list(self._single.values())

    def find(self, first: Numbers, following: Numbers) -> tuple[Numbers, Numbers]:
        """Return where n-grams of the vocabulary begin, and their columns.

        ``first`` and ``following`` number the same tokens, as they are written at the beginning of an n-gram and
        after it.
        """
        columns = self._columns[first]
        begins = np.flatnonzero(columns >= 0)
        places, found = [begins], [columns[begins]]
        begins = np.flatnonzero(first >= 0)
        nodes = first[begins]
        for length, (keys, columns) in enumerate(self._tables, start=1):
            inside = begins + length < len(following)
            begins, nodes = begins[inside], nodes[inside]
            following_here = following[begins + length]
            known = following_here >= 0
            begins = begins[known]
            if not len(begins) or not len(keys):
                break
            wanted = nodes[known] << _TOKEN_BITS | following_here[known]
            nodes = np.searchsorted(keys, wanted)
            hits = keys[np.minimum(nodes, len(keys) - 1)] == wanted
            begins, nodes = begins[hits], nodes[hits]
            here = columns[nodes]
            features = here >= 0
            places.append(begins[features])
            found.append(here[features])
        return np.concatenate(places), np.concatenate(found)
