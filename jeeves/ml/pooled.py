"""Logistic regression over a message and its sentences.

Lives here: the decision function, its gradient, the fit. Must not live here: where the rows come from, thresholds.

The log-odds of a message are a sum over its own features, plus the strongest of its sentences, softly::

    log_odds = intercept + w . message + T * log(sum over sentences of exp(v . sentence / T))

That is multi-instance logistic regression with log-sum-exp pooling (Ray and Craven, "Supervised versus multiple
instance learning", 2005): a label is known for the message only, which of its sentences earned it is learned along
the way. With ``shares``, the weight each sentence has in the pool, the same number is a plain sum of features times
weights, plus ``T`` times the entropy of the shares: so every reason can be named and they add up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import expit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jeeves.ml.vectors import Rows

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]

TEMPERATURE: Final = 0.5  # log-odds: sentences that differ by less are pooled, by more the stronger one decides
_START: Final = -4.0  # log-odds before anything is known: get-togethers are rare
_MOST_ITERATIONS: Final = 100


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


def pool(scores: Floats, starts: NDArray[np.intp], temperature: float) -> tuple[Floats, Floats]:
    """Return the soft maximum of each document's sentence scores, and each sentence's share in it."""
    sizes = np.diff(np.append(starts, len(scores)))
    scaled = scores / temperature
    highest = np.maximum.reduceat(scaled, starts)
    exponentials = np.exp(scaled - np.repeat(highest, sizes))
    sums = np.add.reduceat(exponentials, starts)
    return temperature * (highest + np.log(sums)), exponentials / np.repeat(sums, sizes)


def fit(
    rows: Rows, labels: Booleans, weights: Floats, *, penalty: float, prior: PooledRegression | None = None
) -> PooledRegression:
    """Fit by L-BFGS; ``weights`` says how much each document counts.

    ``penalty`` times half the squared distance to ``prior`` (or to nothing) is added to the logistic loss: a Gaussian
    prior on the weights, centred on what was known before. Deterministic.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - 20 MB, which whoever only scores must not pay for
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - likewise

    start = prior or PooledRegression(
        message_weights=np.zeros(rows.messages.shape[1]),
        sentence_weights=np.zeros(rows.sentences.shape[1]),
        intercept=_START,
    )
    centre = np.concatenate([start.message_weights, start.sentence_weights, [start.intercept]])
    loss = _Loss(rows, labels, weights, penalty=penalty, centre=centre, temperature=start.temperature)
    # A hundred thousand numbers gain nothing from several threads, and threads that wait for each other on a busy
    # machine cost ten times the work.
    with threadpool_limits(limits=1):
        found = minimize(loss, centre, jac=True, method="L-BFGS-B", options={"maxiter": _MOST_ITERATIONS})
    message_weights, sentence_weights, intercept = loss.split(found.x)
    return replace(
        start, message_weights=message_weights, sentence_weights=sentence_weights, intercept=float(intercept)
    )


class _Loss:
    """The penalised logistic loss and its gradient, as ``scipy.optimize.minimize`` wants them."""

    def __init__(
        self, rows: Rows, labels: Booleans, weights: Floats, *, penalty: float, centre: Floats, temperature: float
    ) -> None:
        self._rows, self._weights = rows, weights
        self._signs = np.where(labels, 1.0, -1.0)
        self._penalty, self._centre, self._temperature = penalty, centre, temperature
        self._messages_transposed = rows.messages.T.tocsr()
        self._sentences_transposed = rows.sentences.T.tocsr()
        self._sizes = np.diff(np.append(rows.starts, rows.sentences.shape[0]))

    def split(self, point: Floats) -> tuple[Floats, Floats, float]:
        """Return message weights, sentence weights and intercept."""
        messages = self._rows.messages.shape[1]
        return point[:messages], point[messages:-1], float(point[-1])

    def __call__(self, point: Floats) -> tuple[float, Floats]:
        message_weights, sentence_weights, intercept = self.split(point)
        rows = self._rows
        pooled, shares = pool(rows.sentences @ sentence_weights, rows.starts, self._temperature)
        margins = self._signs * (rows.messages @ message_weights + pooled + intercept)
        pulls = -self._weights * self._signs * expit(-margins)
        away = point - self._centre
        away[-1] = 0.0  # the intercept is free
        loss = float(self._weights @ np.logaddexp(0.0, -margins)) + self._penalty / 2 * float(away @ away)
        gradient = np.concatenate(
            [
                self._messages_transposed @ pulls,
                self._sentences_transposed @ (shares * np.repeat(pulls, self._sizes)),
                [pulls.sum()],
            ]
        )
        return loss, gradient + self._penalty * away
