"""Trying every setting of a grid on the same folds, and fitting one of them to everything.

Lives here: what is shared between settings and folds, the pieces of work that run side by side, the figure settings
are chosen by. Must not live here: which settings there are (``settings``), calibration and threshold (``train``).

A piece of work is one fold and one form of words, with all settings of that form. It is a module's function of
plain arguments, so that joblib can hand it to a thread, a process or another machine.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby, product
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from jeeves.ml import batch, fitting, vectors
from jeeves.ml.counting import count_forms
from jeeves.ml.evaluate import Scored, average_precision
from jeeves.ml.evidence import extract
from jeeves.ml.fitted import Fitted
from jeeves.ml.names import name_words
from jeeves.ml.tellers import learned_shares, most_telling
from jeeves.types import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from jeeves.ml.pooled import PooledRegression
    from jeeves.ml.settings import HyperParameters, Shape
    from jeeves.ml.tellers import Telling
    from jeeves.ml.vectors import Counted, Vectoriser
    from jeeves.ml.word_forms import WordForm
    from jeeves.types import Example

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]
    Places = NDArray[np.intp]
    Folds = Sequence[tuple[Places, Places]]  # documents to learn from, documents to judge by

_EVERY_CORE: Final = -1  # as joblib has it
_AT_ONCE: Final = 16  # settings; their numbers side by side fill a cache line, and more need more memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Labelled documents as numbers, counted once for all folds and settings."""

    counted: Mapping[WordForm, Counted]
    labels: Booleans
    trust: Floats  # how much each label counts in learning, before any setting
    origins: NDArray[np.object_]
    prior: Fitted | None  # the model to start from


def gather(examples: Sequence[Example], *, forms: Collection[WordForm], prior: Fitted | None = None) -> Material:
    """Read and count ``examples`` in each of ``forms``."""
    return Material(
        counted=count_forms(
            [extract(example.document) for example in examples],
            [example.thread_key for example in examples],
            forms=forms,
            names=name_words(example.document for example in examples),
            known=prior.vectoriser if prior else None,
        ),
        labels=np.array([example.label for example in examples], dtype=np.bool_),
        trust=np.array([example.trust for example in examples], dtype=np.float64),
        origins=np.array([example.origin for example in examples], dtype=object),
        prior=prior,
    )


def cross_validate(
    material: Material, folds: Folds, grid: Sequence[HyperParameters], *, progress: Callable[[int, int], None]
) -> list[Floats]:
    """Return, for each point of the grid, every document's log-odds by a model that saw none of its fold.

    The pieces of work run side by side, in threads unless ``joblib.parallel_config`` says otherwise, with the same
    result. ``progress`` hears (fits done, fits in all) after each, in the thread that called.
    """
    scores = np.zeros((len(grid), len(material.labels)))
    # A piece is many small products; threads within one would wait for each other.
    with threadpool_limits(limits=1):
        with _side_by_side(delayed(tell)(material, learn) for learn, _judge in folds) as results:
            told = list(results)
        pieces = list(product(zip(folds, told, strict=True), _by_form(grid)))
        calls = (
            delayed(score_fold)(_in_one_form(material, points), learn, judge, telling, points)
            for ((learn, judge), telling), numbers in pieces
            for points in [[grid[number] for number in numbers]]
        )
        done = 0
        with _side_by_side(calls) as results:
            for (((_learn, judge), _telling), numbers), found in zip(pieces, results, strict=True):
                scores[np.array(numbers)[:, None], judge] = found
                done += len(numbers)
                progress(done, len(folds) * len(grid))
    return list(scores)


@contextmanager
def _side_by_side(calls: Iterable[Any]) -> Iterator[Generator[Any]]:
    """Yield the results of ``calls`` in their order, as they come."""
    results = Parallel(n_jobs=_EVERY_CORE, prefer="threads", return_as="generator")(calls)
    try:
        yield results
    finally:
        with warnings.catch_warnings():  # broken off by Ctrl-C, joblib regrets the work that is thrown away
            warnings.simplefilter("ignore", UserWarning)
            results.close()


def tell(material: Material, documents: Places) -> Telling:
    """Return which sentences of ``documents`` are learned from, and how much each earned its label.

    What the prior says; without one, what the cues say, which are the same in every form.
    """
    form, counted = next(iter(material.counted.items()))
    prior = material.prior
    vectoriser = prior.vectoriser if prior else vectors.fit(counted, documents, form=form)
    rows = vectoriser.rows(counted, documents)
    if prior:
        return most_telling(prior.regression.shares(rows), rows.starts)
    labels, trust = material.labels[documents], material.trust[documents]
    return most_telling(learned_shares(vectoriser.without_words(rows), labels, trust), rows.starts)


def score_fold(
    material: Material, learn: Places, judge: Places, telling: Telling, points: Sequence[HyperParameters]
) -> Floats:
    """Fit every one of ``points``, all of one form, to ``learn`` and return the log-odds of ``judge``, a row each."""
    found, near = [], None
    for shape, alike in groupby(points, key=attrgetter("shape")):
        vectoriser, start = _vocabulary(material, learn, shape)
        counted = material.counted[shape.form]
        rows, judged = telling.of(vectoriser.rows(counted, learn)), vectoriser.rows(counted, judge)
        given = batch.lesson(rows, material.labels[learn], telling.shares, start or fitting.nothing_known(rows))
        group = list(alike)
        fits = [
            batch.fit_all(
                given,
                np.column_stack([_weights(material, point)[learn] for point in some]),
                np.column_stack([_penalties(vectoriser, point) for point in some]),
                near=near[number] if near else None,
            )
            for number, some in enumerate(_at_once(group))
        ]
        near = [each.mixtures for each in fits]  # another shape's rows are the same documents and sentences
        found += [batch.log_odds(each, judged, given.start.temperature) for each in fits]
    return np.concatenate(found)


def fit(material: Material, point: HyperParameters) -> Fitted:
    """Fit ``point`` to everything."""
    everything = np.arange(len(material.labels))
    telling = tell(material, everything)
    vectoriser, start = _vocabulary(material, everything, point.shape)
    regression = fitting.fit(
        telling.of(vectoriser.rows(material.counted[point.shape.form], everything)),
        material.labels,
        _weights(material, point),
        penalty=_penalties(vectoriser, point),
        prior=start,
        shares=telling.shares,
    )
    return Fitted(vectoriser=vectoriser, regression=regression)


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


def _in_one_form(material: Material, points: Sequence[HyperParameters]) -> Material:
    """Return what a piece of work needs, in case it travels."""
    form = points[0].shape.form
    return replace(material, counted={form: material.counted[form]})


def _by_form(grid: Sequence[HyperParameters]) -> Iterator[list[int]]:
    """Yield the numbers of the points of each form."""
    for _form, numbers in groupby(range(len(grid)), key=lambda number: grid[number].shape.form):
        yield list(numbers)


def _at_once(points: Sequence[HyperParameters]) -> Iterator[Sequence[HyperParameters]]:
    for first in range(0, len(points), _AT_ONCE):
        yield points[first : first + _AT_ONCE]


def _vocabulary(material: Material, documents: Places, shape: Shape) -> tuple[Vectoriser, PooledRegression | None]:
    """Return the vocabulary of ``documents`` in that shape, and the prior over it."""
    prior = material.prior
    vectoriser = vectors.fit(
        material.counted[shape.form],
        documents,
        form=shape.form,
        longest=shape.longest,
        rarity=shape.rarity,
        known=prior.vectoriser if prior else None,
    )
    return vectoriser, _carried_over(prior, vectoriser) if prior else None


def _penalties(vectoriser: Vectoriser, point: HyperParameters) -> Floats:
    return vectoriser.penalties(point.penalty, cue_penalty=point.cue_penalty)


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
