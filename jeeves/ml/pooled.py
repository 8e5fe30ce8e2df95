"""Logistic regression over a message and its sentences.

Lives here: the decision function, all of it that serving needs. Must not live here: how it is fitted (``fitting``),
where the rows come from, thresholds, SciPy (24 MB, which whoever only scores must not pay for).

The log-odds of a message are a sum over its own features, plus the strongest of its sentences, softly::

    log_odds = intercept + w . message + T * log(sum over sentences of exp(v . sentence / T))

That is multi-instance logistic regression with log-sum-exp pooling (Ray and Craven, "Supervised versus multiple
instance learning", 2005): a label is known for the message only, which of its sentences earned it is learned along
the way. With ``shares``, the weight each sentence has in the pool, the same number is a plain sum of features times
weights, plus ``T`` times the entropy of the shares: so every reason can be named and they add up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jeeves.ml.vectors import Rows

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]

Real = TypeVar("Real", np.float32, np.float64)

TEMPERATURE: Final = 0.5  # log-odds: sentences that differ by less are pooled, by more the stronger one decides
_LEAST_SHARE: Final = 1e-300  # keeps its logarithm finite


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledRegression:
    """A fitted decision function."""

    message_weights: Floats
    sentence_weights: Floats
    intercept: float
    temperature: float = TEMPERATURE

    def log_odds(self, rows: Rows) -> Floats:
        """Return the log-odds of each document."""
        pooled, _ = pool(rows.sentences @ self.sentence_weights, rows.starts, self.temperature)
        return np.asarray(rows.messages @ self.message_weights + pooled + self.intercept, dtype=np.float64)

    def shares(self, rows: Rows) -> Floats:
        """Return the weight of each sentence within its document's pool: 0 .. 1, 1 in sum per document."""
        return pool(rows.sentences @ self.sentence_weights, rows.starts, self.temperature)[1]

    def calibrated(self, slope: float, offset: float) -> PooledRegression:
        """Return the function whose log-odds are ``slope`` times these plus ``offset``. ``slope`` is positive."""
        return replace(
            self,
            message_weights=self.message_weights * slope,
            sentence_weights=self.sentence_weights * slope,
            intercept=self.intercept * slope + offset,
            temperature=self.temperature * slope,
        )

    def over(self, *, messages: NDArray[np.intp], sentences: NDArray[np.intp]) -> PooledRegression:
        """Return the function over larger vocabularies: each holds the place of a feature in this one, or -1."""
        return replace(
            self,
            message_weights=np.append(self.message_weights, 0.0)[messages],
            sentence_weights=np.append(self.sentence_weights, 0.0)[sentences],
        )


def pool(scores: NDArray[Real], starts: NDArray[np.intp], temperature: float) -> tuple[NDArray[Real], NDArray[Real]]:
    """Return the soft maximum of each document's sentence scores, and each sentence's share in it.

    ``scores`` has a row per sentence; it may have several columns.
    """
    owners = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(scores))))
    scaled = scores / temperature
    highest = np.maximum.reduceat(scaled, starts)
    exponentials = np.exp(scaled - np.take(highest, owners, axis=0))
    sums = np.add.reduceat(exponentials, starts)
    shares: NDArray[Real] = exponentials / np.take(sums, owners, axis=0)
    return np.multiply(highest + np.log(sums), temperature), shares


def probability(log_odds: Floats | np.float64) -> Floats:
    """Return the probabilities that ``log_odds`` stand for, 0 .. 1; raises nothing."""
    scaled = np.exp(-np.abs(log_odds))  # of the absolute: it may become nothing, never too much
    found: Floats = np.where(log_odds >= 0, 1.0, scaled) / (1.0 + scaled)
    return found


def entropies(shares: Floats, starts: NDArray[np.intp]) -> Floats:
    """Return the entropy of each document's shares, in nats."""
    found: Floats = -np.add.reduceat(shares * np.log(np.maximum(shares, _LEAST_SHARE)), starts)
    return found
