"""A trained model at work: messages in, predictions with their reasons out.

Lives here: scoring and explaining with one fitted model. Must not live here: how a message becomes evidence
(``features``, ``evidence``), training, files.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import expit

from jeeves.ml.evidence import extract
from jeeves.ml.features import MAX_SUBJECT, MAX_TEXT, OTHER_LANGUAGE, document, zones_of
from jeeves.ml.sentences import sentences
from jeeves.ml.vectors import KINDS
from jeeves.types import Message, Prediction, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from jeeves.ml.fitted import Fitted
    from jeeves.ml.vectors import Rows

MOST_REASONS: Final = 5
BASE: Final = "base rate"  # the reason every message has: get-togethers are rare
SEVERAL: Final = "several telling sentences"
LANGUAGE_PENALTY: Final = -6.0  # log-odds: whatever the words, they mean something else in another language


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a message has the score it has."""

    log_odds: float
    reasons: tuple[Reason, ...]  # all of them, strongest first; their weights add up to ``log_odds``
    sentence: str  # of the newest text (or subject) that speaks most for it


class Model:
    """A fitted model, its threshold and its name; satisfies ``ports.Classifier``."""

    def __init__(self, fitted: Fitted, *, threshold: float, version: str) -> None:
        """Look the vocabulary up once."""
        self.fitted = fitted
        self._rows = fitted.vectoriser.index()
        self._regression = fitted.regression
        self._threshold = threshold
        self._version = version
        self._names = {
            of_sentences: [
                _plain(kind.name, str(name))
                for kind in KINDS
                if kind.of_sentences is of_sentences
                for name in fitted.vectoriser.names[kind.name]
            ]
            for of_sentences in (False, True)
        }

    def __reduce__(self) -> tuple[object, ...]:
        """Travel to another process as what it was made from."""
        return _made, (self.fitted, self._threshold, self._version)

    @property
    def version(self) -> str:
        """Name of the model, part of every prediction."""
        return self._version

    @property
    def threshold(self) -> float:
        """Probability from which on a message counts as needing a place."""
        return self._threshold

    def predict(self, messages: Sequence[Message]) -> list[Prediction]:
        """Score messages; same order, same length; never raises on any message.

        Raises TypeError when handed text or a single message instead of a sequence of messages.
        """
        return [
            Prediction(
                probability=float(expit(explanation.log_odds)),
                needs_place=bool(expit(explanation.log_odds) >= self._threshold),
                reasons=tuple(each for each in explanation.reasons if each.feature != BASE)[:MOST_REASONS],
                sentence=explanation.sentence,
                model_version=self._version,
            )
            for explanation in self.explain(messages)
        ]

    def explain(self, messages: Sequence[Message]) -> list[Explanation]:
        """Take scores apart into what made them; raises as ``predict`` does."""
        _demand_messages(messages)
        if len(messages) == 0:
            return []
        documents = [document(message) for message in messages]
        rows = self._rows([extract(each) for each in documents])
        shares = self._regression.shares(rows)
        strengths = np.asarray(rows.sentences @ self._regression.sentence_weights)
        ends = np.append(rows.starts[1:], len(shares))
        return [
            self._explanation(rows, number, shares, slice(start, end), _told(message, text, strengths[start:end]))
            for number, (message, text, start, end) in enumerate(
                zip(messages, documents, rows.starts.tolist(), ends.tolist(), strict=True)
            )
        ]

    def _explanation(
        self, rows: Rows, number: int, shares: NDArray[np.float64], own: slice, told: tuple[str, bool]
    ) -> Explanation:
        sentence, english = told
        weights: dict[str, float] = defaultdict(float)
        weights[BASE] = self._regression.intercept
        self._add(weights, rows.messages, number, 1.0, of_sentences=False)
        for place in range(own.start, own.stop):
            self._add(weights, rows.sentences, place, float(shares[place]), of_sentences=True)
        pooled = shares[own]
        weights[SEVERAL] = -self._regression.temperature * float(pooled @ np.log(np.maximum(pooled, 1e-300)))
        if not english:
            weights["not in English"] = LANGUAGE_PENALTY
        reasons = [Reason(feature=name, weight=weight) for name, weight in weights.items() if weight]
        return Explanation(
            log_odds=float(sum(reason.weight for reason in reasons)),
            reasons=tuple(sorted(reasons, key=lambda reason: (-abs(reason.weight), reason.feature))),
            sentence=sentence,
        )

    def _add(
        self, weights: dict[str, float], matrix: csr_matrix, row: int, share: float, *, of_sentences: bool
    ) -> None:
        regression, names = self._regression, self._names[of_sentences]
        coefficients = regression.sentence_weights if of_sentences else regression.message_weights
        own = slice(matrix.indptr[row], matrix.indptr[row + 1])
        columns = matrix.indices[own]
        for column, weight in zip(columns.tolist(), (matrix.data[own] * coefficients[columns]).tolist(), strict=True):
            weights[names[column]] += share * weight


def _made(fitted: Fitted, threshold: float, version: str) -> Model:
    return Model(fitted, threshold=threshold, version=version)


def _plain(kind: str, name: str) -> str:
    """Name a feature for people: n-grams as they are, wherever they stood; cues and history marked as such."""
    if kind == "history":
        return f"history: {name.replace('_', ' ')}"
    return f"cue: {name.replace('&', ' + ')}" if kind.endswith("cues") else name.removeprefix("~")


def _told(message: Message, text: str, strengths: NDArray[np.float64]) -> tuple[str, bool]:
    """Return the sentence that speaks most for it, as it was written, and whether the message is English."""
    zones = zones_of(text)
    written = [*sentences(message.subject[:MAX_SUBJECT]), *sentences(message.text[:MAX_TEXT])]
    strongest = int(np.argmax(strengths[: len(written)])) if written else 0
    return (written[strongest] if written else ""), OTHER_LANGUAGE not in zones.facts


def _demand_messages(messages: Sequence[Message]) -> None:
    if isinstance(messages, (str, bytes, Message)) or not all(isinstance(each, Message) for each in messages):
        raise TypeError("the classifier takes a sequence of messages")
