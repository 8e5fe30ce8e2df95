"""Trying every setting of a grid on the same folds, and fitting one of them to everything.

Lives here: what is shared between settings and folds, the pieces of work that run side by side, the figure settings
are chosen by. Must not live here: which settings there are (``settings``), calibration and threshold (``train``).

A piece of work is one fold and one shape of the evidence, with all settings of that shape. It is a module's function of
plain arguments, so that joblib can hand it to a thread, a process or another machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from jeeves.ml import pooled, vectors
from jeeves.ml.evaluate import Scored, average_precision
from jeeves.ml.fitted import Fitted
from jeeves.ml.tellers import learned_shares
from jeeves.types import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from jeeves.ml.pooled import PooledRegression
    from jeeves.ml.settings import HyperParameters, Shape
    from jeeves.ml.vectors import Counted, Rows, Vectoriser
    from jeeves.ml.word_forms import WordForm

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]
    Places = NDArray[np.intp]
    Folds = Sequence[tuple[Places, Places]]  # documents to learn from, documents to judge by

_EVERY_CORE: Final = -1  # as joblib has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Labelled documents as numbers, counted once for all folds and settings."""

    counted: Mapping[WordForm, Counted]
    labels: Booleans
    trust: Floats  # how much each label counts in learning, before any setting
    origins: NDArray[np.object_]
    prior: Fitted | None  # the model to start from


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Some of the documents, ready to be fitted to by all settings of one shape."""

    documents: Places
    vectoriser: Vectoriser
    rows: Rows
    shares: Floats  # how much each sentence earned its document's label
    prior: PooledRegression | None  # over this vocabulary


def cross_validate(
    material: Material,
    folds: Folds,
    grid: Sequence[HyperParameters],
    *,
    progress: Callable[[int, int], None],
) -> list[Floats]:
    """Return, for each point of the grid, every document's log-odds by a model that saw none of its fold.

    The pieces of work run side by side, in threads unless ``joblib.parallel_config`` says otherwise, with the same
    result. ``progress`` hears (fits done, fits in all) after each, in the thread that called.
    """
    scores = [np.zeros(len(material.labels)) for _ in grid]
    numbers = {point: number for number, point in enumerate(grid)}
    pieces = [(judge, learn, points) for learn, judge in folds for points in _by_shape(grid)]
    # A piece is many small products; threads within one would wait for each other.
    with threadpool_limits(limits=1):
        results = Parallel(n_jobs=_EVERY_CORE, prefer="threads", return_as="generator")(
            delayed(score_fold)(material, learn, judge, points) for judge, learn, points in pieces
        )
        done = 0
        for (judge, _learn, points), found in zip(pieces, results, strict=True):
            for point, row in zip(points, found, strict=True):
                scores[numbers[point]][judge] = row
            done += len(points)
            progress(done, len(folds) * len(grid))
    return scores


def score_fold(material: Material, learn: Places, judge: Places, points: Sequence[HyperParameters]) -> Floats:
    """Fit every one of ``points``, all of one shape, to ``learn`` and return the log-odds of ``judge``, a row each."""
    part = _prepare(material, learn, points[0].shape)
    judged = part.vectoriser.rows(material.counted[points[0].shape.form], judge)
    return np.array([_fit(material, point, part).log_odds(judged) for point in points])


def fit(material: Material, point: HyperParameters) -> Fitted:
    """Fit ``point`` to everything."""
    part = _prepare(material, np.arange(len(material.labels)), point.shape)
    return Fitted(vectoriser=part.vectoriser, regression=_fit(material, point, part))


def quality(scores: Floats, labels: Booleans, judged: Booleans, folds: Folds) -> float:
    """Return the mean average precision over ``folds``, of the documents that are ``judged``, each once.

    Folds without a positive among them are left out; there must be one with.
    """
    found = []
    for _learn, judge in folds:
        places = judge[judged[judge]]
        if labels[places].any():
            ones = np.ones(len(places))
            scored = Scored(labels=labels[places], probabilities=scores[places], weights=ones)
            found.append(float(average_precision(scored, ones[np.newaxis])[0]))
    return float(np.mean(found))


def _by_shape(grid: Sequence[HyperParameters]) -> Iterator[list[HyperParameters]]:
    for _shape, points in groupby(grid, key=attrgetter("shape")):
        yield list(points)


def _prepare(material: Material, documents: Places, shape: Shape) -> _Part:
    counted = material.counted[shape.form]
    prior = material.prior
    vectoriser = vectors.fit(
        counted,
        documents,
        form=shape.form,
        longest=shape.longest,
        rarity=shape.rarity,
        known=prior.vectoriser if prior else None,
    )
    rows = vectoriser.rows(counted, documents)
    carried = _carried_over(prior, vectoriser) if prior else None
    shares = (
        carried.shares(rows)
        if carried
        else learned_shares(vectoriser.without_words(rows), material.labels[documents], material.trust[documents])
    )
    return _Part(documents=documents, vectoriser=vectoriser, rows=rows, shares=shares, prior=carried)


def _fit(material: Material, point: HyperParameters, part: _Part) -> PooledRegression:
    return pooled.fit(
        part.rows,
        material.labels[part.documents],
        _weights(material, point)[part.documents],
        penalty=part.vectoriser.penalties(point.penalty, cue_penalty=point.cue_penalty),
        prior=part.prior,
        shares=part.shares,
    )


def _weights(material: Material, point: HyperParameters) -> Floats:
    counts = np.select(
        [material.origins == Origin.STARTER, material.origins == Origin.OWNER],
        [point.starter_weight, point.owner_weight],
        1.0,
    )
    weights: Floats = counts * material.trust
    return weights


def _carried_over(prior: Fitted, vectoriser: Vectoriser) -> PooledRegression:
    """Return the prior's weights over a vocabulary that holds its own and more; what is new starts from nothing."""
    return prior.regression.over(
        messages=vectors.places(prior.vectoriser, vectoriser, of_sentences=False),
        sentences=vectors.places(prior.vectoriser, vectoriser, of_sentences=True),
    )
