"""A trained model at work: messages in, predictions with their reasons out.

Lives here: scoring and explaining with one fitted pipeline. Must not live here: how a message becomes a document
(``features``), training, files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from jeeves.ml.features import MAX_SUBJECT, MAX_TEXT, document, normalise
from jeeves.types import Message, Prediction, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scipy.sparse import csr_matrix
    from sklearn.pipeline import Pipeline

MOST_REASONS: Final = 5
MAX_SENTENCE: Final = 240  # characters: what fits into an alert
WRAPPED: Final = 55  # a line at least this long was broken by a mail program, not by its writer

_SENTENCE_END: Final = re.compile(r"(?<=[.!?…。？！])\s+")  # noqa: RUF001 - full-width marks end sentences too
_PIECE: Final = re.compile(rf"\S.{{0,{MAX_SENTENCE - 1}}}(?!\S)|\S{{{MAX_SENTENCE}}}")


class Model:
    """A fitted pipeline, its threshold and its name; satisfies ``ports.Classifier``."""

    def __init__(self, pipeline: Pipeline, *, threshold: float, version: str) -> None:
        """Keep the pipeline (steps "tfidf", "logistic_regression") and look its vocabulary up once."""
        self._vectoriser = pipeline.named_steps["tfidf"]
        self._regression = pipeline.named_steps["logistic_regression"]
        self._threshold = threshold
        self._version = version
        self._names = self._vectoriser.get_feature_names_out()
        self._coefficients = self._regression.coef_[0]
        self._ngrams = self._vectoriser.build_analyzer()
        weights = self._coefficients * self._vectoriser.idf_
        self._weights: dict[str, float] = dict(zip(self._names, weights.tolist(), strict=True))

    @property
    def version(self) -> str:
        """Name of the model, part of every prediction."""
        return self._version

    @property
    def threshold(self) -> float:
        """Probability from which on a message counts as needing a place."""
        return self._threshold

    def vectorise(self, messages: Sequence[Message]) -> csr_matrix:
        """Return one row of n-gram weights per message: a message is one document, never its words.

        Raises TypeError when handed text or a single message instead of a sequence of messages.
        """
        _demand_messages(messages)
        return self._vectoriser.transform([document(message) for message in messages])

    def predict(self, messages: Sequence[Message]) -> list[Prediction]:
        """Score messages; same order, same length; never raises on any message.

        Raises TypeError when handed text or a single message instead of a sequence of messages.
        """
        _demand_messages(messages)
        if len(messages) == 0:
            return []
        rows = self.vectorise(messages)
        probabilities = self._regression.predict_proba(rows)[:, 1]
        return [
            Prediction(
                probability=float(probability),
                needs_place=bool(probability >= self._threshold),
                reasons=self._reasons(rows.indices[start:end], rows.data[start:end]),
                sentence=self._sentence(message),
                model_version=self._version,
            )
            for message, probability, start, end in zip(
                messages, probabilities, rows.indptr[:-1], rows.indptr[1:], strict=True
            )
        ]

    def _reasons(self, columns: np.ndarray, values: np.ndarray) -> tuple[Reason, ...]:
        """Name the n-grams that moved the score most, either way: tf-idf times coefficient, in log-odds."""
        contributions = values * self._coefficients[columns]
        strongest = np.argsort(-np.abs(contributions), kind="stable")[:MOST_REASONS]
        return tuple(
            Reason(feature=str(self._names[columns[place]]), weight=float(contributions[place]))
            for place in strongest
            if contributions[place]
        )

    def _sentence(self, message: Message) -> str:
        """Return the sentence of the newest text, or else the subject, whose n-grams weigh most in favour."""
        candidates = [*sentences(message.text[:MAX_TEXT]), *sentences(message.subject[:MAX_SUBJECT])]
        return max(candidates, key=self._weight, default="")

    def _weight(self, sentence: str) -> float:
        return sum(self._weights.get(ngram, 0.0) for ngram in set(self._ngrams(normalise(sentence))))


def _demand_messages(messages: Sequence[Message]) -> None:
    if isinstance(messages, (str, bytes, Message)) or not all(isinstance(each, Message) for each in messages):
        raise TypeError("the classifier takes a sequence of messages")


def sentences(text: str) -> Iterator[str]:
    """Split text into sentences of at most ``MAX_SENTENCE`` printable characters on one line each.

    A line break ends a sentence unless the line is long enough to have been wrapped by a mail program. Linear.
    """
    for paragraph in _paragraphs(text):
        for sentence in _SENTENCE_END.split(paragraph):
            yield from _PIECE.findall(sentence)


def _paragraphs(text: str) -> Iterator[str]:
    wrapped: list[str] = []
    for line in text.splitlines():
        words = " ".join("".join(each if each.isprintable() else " " for each in line).split())
        wrapped.append(words)
        if len(line) < WRAPPED:
            yield " ".join(wrapped)
            wrapped = []
    if wrapped:
        yield " ".join(wrapped)
