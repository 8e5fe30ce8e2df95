"""How the decision function of ``pooled`` is fitted.

Lives here: the loss, its gradient, the fit. Must not live here: the function itself, where the rows come from.

Which sentence earned a label is learned before the weights (``tellers``), because both at once have many answers, a
little different each time something else is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from threadpoolctl import threadpool_limits

from jeeves.ml.pooled import PooledRegression, entropies, pool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jeeves.ml.vectors import Rows

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]

_START: Final = -4.0  # log-odds before anything is known: get-togethers are rare
_MOST_ITERATIONS: Final = 300


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
