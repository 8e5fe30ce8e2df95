"""From runs of tokens to the weights of a model's features, for many messages at once, without making n-grams.

Lives here: looking n-grams up by the numbers of their tokens, and the TF-IDF weights of what is found. Must not live
here: what a feature is (``evidence``), how vocabularies are chosen (``vectors``), the decision (``pooled``).

The rows are those of ``Vectoriser.index`` for ``extract`` of the same zones; this way to them is for serving, where
most n-grams of a message are in no vocabulary and need not become text to be found missing. An n-gram is found step by
step: the number of its first words and that of the next make a key, which is in a sorted table of keys, or not.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from jeeves.ml.evidence import OF_SENTENCE, OF_SHAPE, SHAPE, TELLING, WORDS
from jeeves.ml.vectors import KINDS
from jeeves.ml.word_forms import WordForm, formed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from jeeves.ml.evidence import Runs
    from jeeves.ml.vectors import Vectoriser

    Numbers = NDArray[np.int64]
    Floats = NDArray[np.float64]

_END: Final = "\x1e"  # between two runs; no token
_UNKNOWN: Final = -1
_TOKEN_BITS: Final = 32
_NONE: Final[NDArray[np.int64]] = np.zeros(0, dtype=np.int64)


class Entries(NamedTuple):
    """The numbers of a sparse matrix that are not zero, by row and then by column."""

    rows: Numbers
    columns: Numbers
    values: Floats


class Found(NamedTuple):
    """Messages as a model sees them: what ``vectors.Rows`` holds as matrices."""

    messages: Entries  # a row per message
    sentences: Entries  # a row per sentence
    starts: NDArray[np.intp]  # first sentence of each message
    owners: Numbers  # message of each sentence


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
                shorter.setdefault(ngram[: ngram.rindex(" ")], _UNKNOWN)
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
        self._columns = np.full(tokens + 1, _UNKNOWN, dtype=np.int64)  # one more: what is unknown is the last
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


class Lookup:
    """A vocabulary made ready to be looked up in. Safe to be used by several threads."""

    def __init__(self, vectoriser: Vectoriser) -> None:
        """Take in every kind of evidence of ``vectoriser``."""
        self._form = vectoriser.form
        self._tokens: dict[str, int] = {}
        words, telling, self._cues, self._history, of_sentence, self._sentence_cues = (
            {name: place for place, name in enumerate(vectoriser.names[kind.name].tolist(), start=start)}
            for kind, start in zip(KINDS, _starts(vectoriser), strict=True)
        )
        shapes = {name[1:]: column for name, column in of_sentence.items() if name.startswith(SHAPE)}
        ngrams = {name: column for name, column in of_sentence.items() if not name.startswith(SHAPE)}
        self._ngrams = [
            Ngrams(columns, self._tokens, most)
            for columns, most in (
                (words, WORDS[1]),
                (telling, TELLING[1]),
                (ngrams, OF_SENTENCE[1]),
                (shapes, OF_SHAPE[1]),
            )
        ]
        for each in self._ngrams:
            each.number(len(self._tokens))
        self._weights = {level: _Weights(vectoriser, of_sentences=level) for level in (False, True)}

    def find(self, documents: Sequence[Runs]) -> Found:
        """Return the weights of the features of each document and of each of its sentences."""
        words, telling, of_sentence, shapes = self._ngrams
        sentences = [sentence for each in documents for sentence in each.sentences]
        sizes = [len(each.sentences) for each in documents]
        of_messages = [
            self._find(words, [each.words for each in documents]),
            self._find(telling, [each.telling for each in documents]),
            _looked_up(self._cues, [each.cues for each in documents]),
            _looked_up(self._history, [each.history for each in documents]),
        ]
        of_sentences = [
            self._find(of_sentence, [each.tokens for each in sentences]),
            self._find(shapes, [each.shape for each in sentences], as_written_first=True),
            _looked_up(self._sentence_cues, [each.cues for each in sentences]),
        ]
        return Found(
            messages=self._weights[False].weigh(of_messages, len(documents)),
            sentences=self._weights[True].weigh(of_sentences, len(sentences)),
            starts=np.cumsum([0, *sizes[:-1]], dtype=np.intp),
            owners=np.repeat(np.arange(len(documents)), sizes),
        )

    def _find(
        self, ngrams: Ngrams, runs: Sequence[Sequence[str]], *, as_written_first: bool = False
    ) -> tuple[Numbers, Numbers]:
        """Return row and column of every n-gram found in ``runs``, of which each is a row."""
        flat: list[str] = []
        ends: list[int] = []
        for run in runs:
            flat += run
            flat.append(_END)
            ends.append(len(flat))
        following = self._numbers(
            flat if self._form is WordForm.WRITTEN else (formed(each, self._form) for each in flat)
        )
        # The mark of a shape's n-gram stands before its first word, which therefore keeps the form it has.
        begins, columns = ngrams.find(self._numbers(flat) if as_written_first else following, following)
        return np.searchsorted(np.array(ends, dtype=np.int64), begins, side="right"), columns

    def _numbers(self, tokens: Iterable[str]) -> Numbers:
        return np.fromiter(map(self._tokens.get, tokens, repeat(_UNKNOWN)), dtype=np.int64)


class _Weights:
    """What one occurrence of each feature of one level weighs."""

    def __init__(self, vectoriser: Vectoriser, *, of_sentences: bool) -> None:
        kinds = [kind for kind in KINDS if kind.of_sentences is of_sentences]
        sizes = [len(vectoriser.names[kind.name]) for kind in kinds]
        self._kinds = len(kinds)
        self._width = sum(sizes)
        self._kind = np.repeat(np.arange(len(kinds)), sizes)
        self._weight = np.concatenate(
            [
                kind.scale * vectoriser.idf[kind.name] if kind.tf_idf else np.full(size, kind.scale)
                for kind, size in zip(kinds, sizes, strict=True)
            ]
        )
        self._unit = np.array([kind.scale if kind.tf_idf else 0.0 for kind in kinds])  # 0: not brought to a length

    def weigh(self, found: Sequence[tuple[Numbers, Numbers]], rows: int) -> Entries:
        """Count, damp and weigh features as ``vectors`` does; ``found``: rows and columns, one an occurrence."""
        keys = np.concatenate([row * self._width + column for row, column in found])
        if not len(keys):
            return Entries(_NONE, _NONE, np.zeros(0))
        keys, counts = np.unique(keys, return_counts=True)
        row, column = np.divmod(keys, self._width)
        values = (1.0 + np.log(counts)) * self._weight[column]
        block = row * self._kinds + self._kind[column]
        squares = np.bincount(block, values * values, minlength=rows * self._kinds)
        lengths = np.sqrt(np.where(squares > 0, squares, 1.0)).reshape(rows, self._kinds)
        factors = np.where(self._unit > 0, self._unit / lengths, 1.0).ravel()
        return Entries(row, column, values * factors[block])


def _starts(vectoriser: Vectoriser) -> list[int]:
    """Return the first column of each kind, at its level."""
    widths = {False: 0, True: 0}
    starts = []
    for kind in KINDS:
        starts.append(widths[kind.of_sentences])
        widths[kind.of_sentences] += len(vectoriser.names[kind.name])
    return starts


def _looked_up(columns: Mapping[str, int], features: Sequence[Sequence[str]]) -> tuple[Numbers, Numbers]:
    """Return row and column of each feature that is known."""
    flat: list[str] = []
    for each in features:
        flat += each
    found = np.fromiter(map(columns.get, flat, repeat(_UNKNOWN)), dtype=np.int64, count=len(flat))
    rows = np.repeat(np.arange(len(features)), [len(each) for each in features])
    known = found >= 0
    return rows[known], found[known]
