"""Many settings fitted to the same rows at once: what ``fitting.fit`` does, a column a setting.

Lives here: the shared rows, Newton's method over all settings together. Must not live here: the loss's meaning
(``pooled``), which settings there are.

With an l2 penalty the weights are a mixture of the rows (the representer theorem; Schoelkopf and others, 2001), so the
search works on a number per row instead of one per weight. What a product with the weights would need is then a product
with the rows' Gram matrix, which is never written down: sparse rows times their own transpose, the columns of each kind
of evidence divided by its own penalty, for all settings in one pass over memory. Newton's direction comes from
conjugate gradients on these products, and a step along it costs none (Keerthi and DeCoste, 2005).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack
from scipy.special import expit

from jeeves.ml.pooled import entropies, pool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jeeves.ml.pooled import PooledRegression
    from jeeves.ml.vectors import Rows

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]  # (rows, settings) unless said otherwise

_CLOSE_ENOUGH: Final = 1e-3  # gradient against that where nothing is learned
_MOST_STEPS: Final = 40
_MOST_PRODUCTS: Final = 60  # a step
_SLACK: Final = 0.2  # gradient left at the end of a step, were the loss as it looks at its beginning
_LEAST: Final = 1e-30  # keeps a division by what has converged finite
_MOST_HALVINGS: Final = 12
_DESCENT: Final = 1e-4  # share of the promised descent a step must keep (Armijo, 1966)
_ROUNDING: Final = 1e-7  # of the loss: a step may seem to lose so much


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What all settings learn from: one row per document, positive ones first, then one per sentence of the others.

    A positive document's row holds its sentences too, each by its share in the label.
    """

    rows: csr_matrix
    transposed: csr_matrix
    order: NDArray[np.intp]  # the documents' numbers
    positives: int
    owners: NDArray[np.intp]  # of each sentence, among the negative documents
    starts: NDArray[np.intp]  # first sentence of each negative document
    collect: csr_matrix  # sums sentences by document
    base: NDArray[np.float32]  # score of each row before anything is learned
    start: PooledRegression

    @property
    def documents(self) -> int:
        """How many there are."""
        return len(self.order)


class Fits(NamedTuple):
    """What was learned, a column a setting."""

    weights: Floats  # of messages' features, then of sentences'
    intercepts: Singles  # a setting each
    mixtures: Singles  # of the lesson's rows


class _Look(NamedTuple):
    """What the loss looks like at one point."""

    loss: Floats  # a setting each
    pulls: Singles  # derivative of the loss by each document's log-odds
    bends: Singles  # second derivative
    shares: Singles  # of each sentence in its document


def lesson(rows: Rows, labels: NDArray[np.bool_], shares: Floats, start: PooledRegression) -> Lesson:
    """Arrange rows; ``shares`` says how much each sentence of a positive document earned its label."""
    order = np.concatenate([np.flatnonzero(labels), np.flatnonzero(~labels)])
    positives = int(labels.sum())
    sizes = np.diff(np.append(rows.starts, len(shares)))
    owners = np.repeat(np.arange(len(labels)), sizes)
    told, quiet = labels[owners], ~labels[owners]
    telling = csr_matrix(
        (shares[told], (owners[told], np.arange(int(told.sum())))), shape=(len(labels), int(told.sum()))
    )
    sentences = rows.sentences[quiet]
    whole = vstack(
        [
            hstack([rows.messages[order], (telling @ rows.sentences[told])[order]]),
            hstack([csr_matrix((sentences.shape[0], rows.messages.shape[1])), sentences]),
        ],
        format="csr",
    )
    of_quiet = np.repeat(np.arange(len(labels) - positives), sizes[order[positives:]])
    base = whole @ np.concatenate([start.message_weights, start.sentence_weights])
    base[:positives] += start.temperature * entropies(shares, rows.starts)[order[:positives]]
    single = whole.astype(np.float32)
    return Lesson(
        rows=single,
        transposed=single.T.tocsr(),
        order=order,
        positives=positives,
        owners=of_quiet,
        starts=np.cumsum(sizes[order[positives:]]) - sizes[order[positives:]],
        collect=csr_matrix(
            (np.ones(len(of_quiet), dtype=np.float32), (of_quiet, np.arange(len(of_quiet)))),
            shape=(len(labels) - positives, len(of_quiet)),
        ),
        base=base.astype(np.float32),
        start=start,
    )


def fit_all(given: Lesson, weights: Floats, penalties: Floats, *, near: NDArray[np.float32] | None = None) -> Fits:
    """Fit one regression per column of ``weights`` (documents, settings) and ``penalties`` (weights, settings).

    The same as ``fitting.fit`` of each, but for rounding. ``near``, the mixtures of a similar lesson, saves steps.
    """
    least = penalties.min(axis=0)
    newton = _Newton(given, weights[given.order], least, (least / penalties).astype(np.float32))
    mixtures, intercepts = newton.run(near)
    start = np.concatenate([given.start.message_weights, given.start.sentence_weights])
    return Fits(weights=newton.weights(mixtures) + start[:, None], intercepts=intercepts, mixtures=mixtures)


def log_odds(fits: Fits, rows: Rows, temperature: float) -> Floats:
    """Return the log-odds of each document, a row a setting."""
    messages = rows.messages.shape[1]
    pooled, _ = pool(rows.sentences @ fits.weights[messages:], rows.starts, temperature)
    found: Floats = (rows.messages @ fits.weights[:messages] + pooled + fits.intercepts).T
    return found


class _Newton:
    """Newton's method with conjugate gradients, all settings in step.

    ``penalties`` holds one number per setting; ``freedoms`` by how much it is less for each weight.
    """

    def __init__(self, given: Lesson, weights: Floats, penalties: Floats, freedoms: Singles) -> None:
        self._given = given
        self._weights = weights.astype(np.float32)
        self._penalties = penalties.astype(np.float32)
        self._unequal = np.flatnonzero((freedoms != 1.0).any(axis=1))
        self._freedoms = freedoms[self._unequal]
        self._signs = np.where(np.arange(given.documents) < given.positives, 1, -1).astype(np.float32)[:, None]
        self._temperature = given.start.temperature

    def weights(self, mixtures: Singles) -> Singles:
        """Return the weights (of features, a column a setting) that are these mixtures of the rows."""
        found: Singles = self._given.transposed @ mixtures
        found[self._unequal] *= self._freedoms
        return found

    def run(self, near: Singles | None) -> tuple[Singles, Singles]:
        """Return for each setting the mixture of rows that its weights are, and the intercept."""
        nothing = np.zeros((self._given.rows.shape[0], len(self._penalties)), dtype=np.float32)
        place = _Move(nothing, nothing, np.full(len(self._penalties), self._given.start.intercept, dtype=np.float32))
        look = self._look(place)
        first = np.sqrt(self._uphill(place, look).squared())
        if near is not None:
            place = _Move(near, self._images(near), place.intercept)
            look = self._look(place)
        for _ in range(_MOST_STEPS):
            uphill = self._uphill(place, look)
            if (np.sqrt(uphill.squared()) <= _CLOSE_ENOUGH * first).all():
                break
            place, look = self._step(place, look, uphill)
        return place.mixture, place.intercept

    def _uphill(self, place: _Move, look: _Look) -> _Move:
        """Return the gradient."""
        mixture = self._penalties * place.mixture + self._spread(look, look.pulls)
        return _Move(mixture, self._images(mixture), look.pulls.sum(axis=0))

    def _images(self, mixtures: Singles) -> Singles:
        """Return how these mixtures score the rows."""
        found: Singles = self._given.rows @ self.weights(mixtures)
        return found

    def _look(self, place: _Move) -> _Look:
        given = self._given
        scores = place.image + given.base[:, None]
        log_odds = scores[: given.documents] + place.intercept
        pooled, shares = pool(scores[given.documents :], given.starts, self._temperature)
        log_odds[given.positives :] += pooled
        margins = self._signs * log_odds
        doubts = expit(-margins)
        losses = self._weights * np.logaddexp(np.float32(0), -margins)
        lengths = _products(place.mixture, place.image)
        return _Look(
            loss=losses.sum(axis=0, dtype=np.float64) + self._penalties * lengths / 2,
            pulls=-self._weights * self._signs * doubts,
            bends=self._weights * doubts * (1 - doubts),
            shares=shares,
        )

    def _spread(self, look: _Look, documents: Singles) -> Singles:
        """Return what falls to each row when so much falls to each document."""
        sentences = np.take(documents[self._given.positives :], self._given.owners, axis=0)
        sentences *= look.shares
        return np.concatenate([documents, sentences])

    def _bent(self, look: _Look, move: _Move) -> tuple[Singles, Singles]:
        """Return the second derivative of the loss without its penalty along ``move``: of rows, of the intercept."""
        given = self._given
        sentences = move.image[given.documents :]
        means = given.collect @ (look.shares * sentences)
        documents = move.image[: given.documents] + move.intercept
        documents[given.positives :] += means
        documents *= look.bends
        rows = self._spread(look, documents)
        pulls = np.take(look.pulls[given.positives :], given.owners, axis=0)
        pulls *= sentences - np.take(means, given.owners, axis=0)
        pulls *= look.shares
        rows[given.documents :] += pulls / self._temperature
        return rows, documents.sum(axis=0)

    def _direction(self, look: _Look, uphill: _Move) -> _Move:
        """Return nearly Newton's step, by conjugate gradients."""
        rest = uphill.times(np.float32(-1))
        ahead = rest
        found = rest.times(np.float32(0))
        length = rest.squared()
        enough = _SLACK**2 * length
        for _ in range(_MOST_PRODUCTS):
            mixture, intercept = self._bent(look, ahead)
            image = self._images(mixture)
            mixture += self._penalties * ahead.mixture
            image += self._penalties * ahead.image
            curvature = _products(mixture, ahead.image) + intercept * ahead.intercept
            far = np.where(length > enough, length / np.maximum(curvature, _LEAST), 0).astype(np.float32)
            found = found.plus(ahead, far)
            rest = rest.plus(_Move(mixture, image, intercept), -far)
            before, length = length, rest.squared()
            if (length <= enough).all():
                break
            ahead = rest.plus(ahead, (length / np.maximum(before, _LEAST)).astype(np.float32))
        return found

    def _step(self, place: _Move, look: _Look, uphill: _Move) -> tuple[_Move, _Look]:
        """Go along Newton's direction, in each setting as far as the loss falls."""
        move = self._direction(look, uphill)
        promised = _products(uphill.mixture, move.image) + uphill.intercept * move.intercept
        far = np.ones(len(promised), dtype=np.float32)
        for _ in range(_MOST_HALVINGS):
            ahead = place.plus(move, far)
            found = self._look(ahead)
            short = found.loss > look.loss * (1 + _ROUNDING) + _DESCENT * far * promised
            if not short.any():
                break
            far = np.where(short, far / 2, far).astype(np.float32)
        return ahead, found


class _Move(NamedTuple):
    """A place, or the way to one."""

    mixture: Singles  # of the rows
    image: Singles  # how that mixture scores the rows
    intercept: Singles  # a setting each

    def times(self, factor: np.float32) -> _Move:
        return _Move(self.mixture * factor, self.image * factor, self.intercept * factor)

    def plus(self, other: _Move, factor: Singles) -> _Move:
        return _Move(*(own + factor * others for own, others in zip(self, other, strict=True)))

    def squared(self) -> Singles:
        """Return the squared length of the weights and the intercept, a setting each."""
        found: Singles = np.maximum(_products(self.mixture, self.image), 0) + self.intercept**2
        return found


def _products(mixtures: Singles, images: Singles) -> Singles:
    found: Singles = np.einsum("rs,rs->s", mixtures, images)
    return found
