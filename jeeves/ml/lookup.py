"""From runs of tokens to the weights of a model's features, for many messages at once, without making n-grams.

Lives here: looking up each kind of evidence, and the TF-IDF weights of what is found. Must not live
here: what a feature is (``evidence``), how vocabularies are chosen (``vectors``), the decision (``pooled``).

The rows are those of ``Vectoriser.index`` for ``extract`` of the same zones; this way to them is for serving, where
most n-grams of a message are in no vocabulary and need not become text to be found missing. An n-gram is found step by
step: the number of its first words and that of the next make a key, which is in a sorted table of keys, or not.
"""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from jeeves.ml.cue_features import MESSAGE_CUES, SENTENCE_CUES, cue_features
from jeeves.ml.evidence import (
    OF_SENTENCE,
    OF_SHAPE,
    QUOTED_WORD,
    SHAPE,
    TELLING,
    WORDS,
)
from jeeves.ml.marks import OTHER, SENTENCE_END, ZONE_END
from jeeves.ml.ngrams import UNKNOWN, Ngrams
from jeeves.ml.runs import read_runs
from jeeves.ml.tokens import Numbering
from jeeves.ml.vectors import KINDS
from jeeves.ml.word_forms import WordForm, formed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from jeeves.ml.cue_features import CueFeatures
    from jeeves.ml.features import Zones
    from jeeves.ml.vectors import Vectoriser

    Numbers = NDArray[np.int64]
    Floats = NDArray[np.float64]

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


class Lookup:
    """A vocabulary made ready to be looked up in. Safe to be used by several threads."""

    def __init__(self, vectoriser: Vectoriser) -> None:
        """Take in every kind of evidence of ``vectoriser``."""
        self._form = vectoriser.form
        self._tokens = Numbering().words
        words, telling, cues, self._history, of_sentence, sentence_cues = (
            {name: place for place, name in enumerate(vectoriser.names[kind.name].tolist(), start=start)}
            for kind, start in zip(KINDS, _starts(vectoriser), strict=True)
        )
        shapes = {name[1:]: column for name, column in of_sentence.items() if name.startswith(SHAPE)}
        ngrams = {name: column for name, column in of_sentence.items() if not name.startswith(SHAPE)}
        self._words, self._telling, self._of_sentence, self._shapes = (
            Ngrams(columns, self._tokens, most)
            for columns, most in (
                (words, WORDS[1]),
                (telling, TELLING[1]),
                (ngrams, OF_SENTENCE[1]),
                (shapes, OF_SHAPE[1]),
            )
        )
        quoted = [(word, number) for word, number in self._tokens.items() if word.startswith(QUOTED_WORD)]
        written = [self._tokens.setdefault(word.removeprefix(QUOTED_WORD), len(self._tokens)) for word, _ in quoted]
        self._quoted = np.full(len(self._tokens) + 1, UNKNOWN)  # each token as it counts in a quote
        self._quoted[written] = [number for _, number in quoted]
        for each in (self._words, self._telling, self._of_sentence, self._shapes):
            each.number(len(self._tokens))
        self._numbering = Numbering(self._tokens) if self._form is WordForm.WRITTEN else None
        self._own = np.arange(len(self._tokens))
        self._own[[SENTENCE_END, ZONE_END]] = UNKNOWN
        self._facts = cues
        self._cues_of_message = _numbers(cues, MESSAGE_CUES)
        self._cues_of_sentence = _numbers(sentence_cues, SENTENCE_CUES)
        self._weights = {level: _Weights(vectoriser, of_sentences=level) for level in (False, True)}

    def find(self, read: Sequence[Zones]) -> Found:
        """Return the weights of the features of each document, of which there is one at least, and of its sentences."""
        numbering = Numbering() if self._numbering is None else self._numbering
        runs = read_runs(read, numbering)
        as_written = numbers = self._as_tokens(numbering.words)
        if self._form is not WordForm.WRITTEN:
            numbers = self._as_tokens([formed(word, self._form) for word in numbering.words])
        in_shapes, numbers = numbers, numbers.copy()
        numbers[OTHER] = UNKNOWN  # but in shapes it is no word
        telling = runs.telling.numbers
        telling = np.where(runs.quoted, self._quoted[numbers][telling], numbers[telling])
        documents = np.arange(len(runs.starts))
        in_message, in_sentence = cue_features(runs.sentences)
        of_messages = [
            _found(self._words, numbers[runs.words.numbers], runs.words.rows),
            _found(self._telling, telling, runs.telling.rows),
            _spread(documents, [_known(self._facts, each) for each in runs.facts]),
            _known_cues(self._cues_of_message, runs.messages, in_message),
            _spread(documents, [_known(self._history, each) for each in runs.history]),
        ]
        shapes = runs.shapes.numbers
        of_sentences = [
            _found(self._of_sentence, numbers[runs.tokens.numbers], runs.tokens.rows),
            # The mark of a shape's n-gram stands before its first word, which therefore keeps the form it has.
            _found(self._shapes, in_shapes[shapes], runs.shapes.rows, first=as_written[shapes]),
            _known_cues(self._cues_of_sentence, runs.rows, in_sentence),
        ]
        return Found(
            messages=self._weights[False].weigh(of_messages, len(documents)),
            sentences=self._weights[True].weigh(of_sentences, runs.height),
            starts=runs.starts,
            owners=np.repeat(documents, runs.sizes),
        )

    def _as_tokens(self, words: Collection[str]) -> Numbers:
        """Return which tokens of n-grams the words of a numbering are."""
        if words is self._tokens:
            return self._own
        found = _numbers(self._tokens, words)
        found[[SENTENCE_END, ZONE_END]] = UNKNOWN
        return found


def _numbers(tokens: Mapping[str, int], words: Collection[str]) -> Numbers:
    return np.fromiter(map(tokens.get, words, repeat(UNKNOWN)), np.int64, len(words))


def _found(
    ngrams: Ngrams, following: Numbers, rows: Numbers, *, first: Numbers | None = None
) -> tuple[Numbers, Numbers]:
    """Return row and column of every n-gram found in a run."""
    begins, columns = ngrams.find(following if first is None else first, following)
    return rows[begins], columns


def _known_cues(columns: Numbers, rows: Numbers, cues: CueFeatures) -> tuple[Numbers, Numbers]:
    """Return row and column of each cue there is a column of."""
    found = columns[cues.numbers]
    known = (found != UNKNOWN).nonzero()[0]
    return rows[cues.sentences[known]], found[known]


def _known(columns: Mapping[str, int], features: Iterable[str]) -> tuple[int, ...]:
    return tuple([columns[each] for each in features if each in columns])


def _spread(rows: Numbers, columns: Sequence[tuple[int, ...]]) -> tuple[Numbers, Numbers]:
    """Return row and column of each feature, of which each row has some."""
    sizes = list(map(len, columns))
    return np.repeat(rows, sizes), np.fromiter(chain.from_iterable(columns), np.int64, sum(sizes))


class _Weights:
    """What one occurrence of each feature of one level weighs."""

    def __init__(self, vectoriser: Vectoriser, *, of_sentences: bool) -> None:
        kinds = [kind for kind in KINDS if kind.of_sentences is of_sentences]
        sizes = [len(vectoriser.names[kind.name]) for kind in kinds]
        self._kinds = len(kinds)
        self._bits = sum(sizes).bit_length()  # of a column
        self._kind = np.repeat(np.arange(len(kinds), dtype=np.uint8), sizes)
        self._weight = np.concatenate(
            [
                kind.scale * vectoriser.idf[kind.name] if kind.tf_idf else np.full(size, kind.scale)
                for kind, size in zip(kinds, sizes, strict=True)
            ]
        )
        self._unit = np.array([kind.scale if kind.tf_idf else 0.0 for kind in kinds])  # 0: not brought to a length

    def weigh(self, found: Sequence[tuple[Numbers, Numbers]], rows: int) -> Entries:
        """Count, damp and weigh features as ``vectors`` does; ``found``: rows and columns, one an occurrence."""
        keys = np.concatenate([row << self._bits | column for row, column in found])
        if not len(keys):
            return Entries(_NONE, _NONE, np.zeros(0))
        keys.sort()
        firsts = np.concatenate([[True], keys[1:] != keys[:-1]]).nonzero()[0]
        counts = np.concatenate([firsts[1:], [len(keys)]]) - firsts
        keys = keys[firsts]
        row, column = keys >> self._bits, keys & ((1 << self._bits) - 1)
        values = self._weight[column]
        several = (counts > 1).nonzero()[0]  # few
        values[several] *= 1.0 + np.log(counts[several])
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
