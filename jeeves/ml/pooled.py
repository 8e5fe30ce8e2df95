"""Logistic regression over a message and its sentences.

Lives here: the decision function, its gradient, the fit. Must not live here: where the rows come from, thresholds.

The log-odds of a message are a sum over its own features, plus the strongest of its sentences, softly::

    log_odds = intercept + w . message + T * log(sum over sentences of exp(v . sentence / T))

That is multi-instance logistic regression with log-sum-exp pooling (Ray and Craven, "Supervised versus multiple
instance learning", 2005): a label is known for the message only, which of its sentences earned it is learned along
the way. With ``shares``, the weight each sentence has in the pool, the same number is a plain sum of features times
weights, plus ``T`` times the entropy of the shares: so every reason can be named and they add up.

Which sentence earned a label is learned before the weights (``tellers``), because both at once have many answers, a
little different each time something else is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
from scipy.special import expit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jeeves.ml.vectors import Rows

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]

Real = TypeVar("Real", np.float32, np.float64)

TEMPERATURE: Final = 0.5  # log-odds: sentences that differ by less are pooled, by more the stronger one decides
_START: Final = -4.0  # log-odds before anything is known: get-togethers are rare
_MOST_ITERATIONS: Final = 300
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


def fit(
    rows: Rows,
    labels: Booleans,
    weights: Floats,
    *,
    penalty: float | Floats,
    prior: PooledRegression | None = None,
    shares: Floats | None = None,
) -> PooledRegression:
    """Fit by L-BFGS; ``weights`` says how much each document counts.

    ``penalty`` (one, or one per weight, those of messages first) times half the squared distance to ``prior`` (or to
    nothing) is added to the logistic loss: a Gaussian prior on the weights, centred on what was known before.
    ``shares`` says for the positive documents how much each of their sentences earned the label (1 in sum per
    document); without it, what ``prior`` says. With these given the loss is convex: there is one answer, whoever
    looks for it and wherever they start. Deterministic.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - 20 MB, which whoever only scores must not pay for
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - likewise

    start = prior or nothing_known(rows)
    centre = np.concatenate([start.message_weights, start.sentence_weights, [start.intercept]])
    penalties = np.append(np.broadcast_to(penalty, len(centre) - 1), 0.0)  # the intercept is free
    known = start.shares(rows) if shares is None else shares
    loss = _Loss(rows, labels, weights, penalties=penalties, centre=centre, temperature=start.temperature, shares=known)
    # A hundred thousand numbers gain nothing from several threads, and threads that wait for each other on a busy
    # machine cost ten times the work.
    with threadpool_limits(limits=1):
        found = minimize(loss, centre, jac=True, method="L-BFGS-B", options={"maxiter": _MOST_ITERATIONS})
    message_weights, sentence_weights, intercept = loss.split(found.x)
    return replace(
        start, message_weights=message_weights, sentence_weights=sentence_weights, intercept=float(intercept)
    )


def nothing_known(rows: Rows) -> PooledRegression:
    """Return the function to start from where there is no prior: all sentences of a document speak alike."""
    return PooledRegression(
        message_weights=np.zeros(rows.messages.shape[1]),
        sentence_weights=np.zeros(rows.sentences.shape[1]),
        intercept=_START,
    )


class _Loss:
    """The penalised logistic loss and its gradient, as ``scipy.optimize.minimize`` wants them.

    The soft maximum of a positive document is replaced by its tangent at given shares (the concave-convex procedure,
    Yuille and Rangarajan, 2003; latent SVMs are learned so, Felzenszwalb and others, 2010). The true loss is never
    larger, and touches this one where the shares are the function's own.
    """

    def __init__(  # noqa: PLR0913 - the loss has so many parts
        self,
        rows: Rows,
        labels: Booleans,
        weights: Floats,
        *,
        penalties: Floats,
        centre: Floats,
        temperature: float,
        shares: Floats,
    ) -> None:
        self._rows, self._weights = rows, weights
        self._signs = np.where(labels, 1.0, -1.0)
        self._penalties, self._centre, self._temperature = penalties, centre, temperature
        self._messages_transposed = rows.messages.T.tocsr()
        self._sentences_transposed = rows.sentences.T.tocsr()
        self._sizes = np.diff(np.append(rows.starts, rows.sentences.shape[0]))
        self._positive = np.repeat(labels, self._sizes)  # sentences
        self._labels, self._shares = labels, shares
        self._entropies = temperature * entropies(shares, rows.starts)

    def split(self, point: Floats) -> tuple[Floats, Floats, float]:
        """Return message weights, sentence weights and intercept."""
        messages = self._rows.messages.shape[1]
        return point[:messages], point[messages:-1], float(point[-1])

    def __call__(self, point: Floats) -> tuple[float, Floats]:
        message_weights, sentence_weights, intercept = self.split(point)
        rows = self._rows
        scores = rows.sentences @ sentence_weights
        pooled, shares = pool(scores, rows.starts, self._temperature)
        shares = np.where(self._positive, self._shares, shares)
        tangents = np.add.reduceat(shares * scores, rows.starts) + self._entropies
        pooled = np.where(self._labels, tangents, pooled)
        margins = self._signs * (rows.messages @ message_weights + pooled + intercept)
        pulls = -self._weights * self._signs * expit(-margins)
        away = self._penalties * (point - self._centre)
        loss = float(self._weights @ np.logaddexp(0.0, -margins)) + float(away @ (point - self._centre)) / 2
        gradient = np.concatenate(
            [
                self._messages_transposed @ pulls,
                self._sentences_transposed @ (shares * np.repeat(pulls, self._sizes)),
                [pulls.sum()],
            ]
        )
        return loss, gradient + away


def entropies(shares: Floats, starts: NDArray[np.intp]) -> Floats:
    """Return the entropy of each document's shares, in nats."""
    found: Floats = -np.add.reduceat(shares * np.log(np.maximum(shares, _LEAST_SHARE)), starts)
    return found
