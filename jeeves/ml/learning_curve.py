"""How much more labels would bring: quality against the number of messages learned from.

Lives here: training on growing shares of a corpus. Must not live here: the method and its features (``contest``),
drawing, wording.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.stats import rankdata

from jeeves.ml.contest import METHODS, features_step
from jeeves.ml.evaluate import Scored, average_precision, drawn
from jeeves.ml.intervals import Interval, intervals
from jeeves.ml.train import FOLDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from jeeves.ml.contest import Ground

    Floats = NDArray[np.float64]

SHARES: Final = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
LEAST_LEARNED: Final = 20  # messages; from fewer there is no vocabulary to speak of
_REGRESSION: Final = METHODS[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningPoint:
    """What a model is worth that learned from so many messages."""

    messages: int  # learned from, on average over the folds
    average_precision: Interval  # on the messages of the other threads, each counted once


def learning_curve(ground: Ground, *, seed: int, progress: Callable[[int, int], None]) -> list[LearningPoint]:
    """Return one point per share of ``SHARES`` that holds both answers and enough messages, smallest first.

    Every share of a fold's learning part holds whole threads, and the smaller shares lie within the larger. The
    penalty of the regression is chosen anew for each share. ``progress`` hears (folds done, folds in all).
    """
    points = []
    for number, share in enumerate(SHARES):
        learned = [_share_of(ground, fold, share, seed=seed) for fold in range(FOLDS)]
        if all(_can_learn(ground, places) for places in learned):
            heard = partial(_hear, progress, number * FOLDS)
            points.append(
                LearningPoint(
                    messages=round(float(np.mean([len(places) for places in learned]))),
                    average_precision=_best(ground, learned, heard, seed=seed),
                )
            )
    progress(len(SHARES) * FOLDS, len(SHARES) * FOLDS)
    return points


def gain_by_doubling(points: Sequence[LearningPoint]) -> float:
    """Return what the last doubling of the messages learned from added to the average precision.

    There must be at least two points.
    """
    earlier, last = points[-2:]
    gain = last.average_precision.estimate - earlier.average_precision.estimate
    return gain / float(np.log2(last.messages / earlier.messages))


def _hear(progress: Callable[[int, int], None], before: int, done: int) -> None:
    progress(before + done, len(SHARES) * FOLDS)


def _share_of(ground: Ground, fold: int, share: float, *, seed: int) -> list[int]:
    learn, _judge = ground.folds[fold]
    threads = sorted({ground.labelled.threads[place] for place in learn})
    order = np.random.default_rng([seed, fold]).permutation(len(threads))
    kept = {threads[place] for place in order[: max(1, round(share * len(threads)))]}
    return [int(place) for place in learn if ground.labelled.threads[place] in kept]


def _can_learn(ground: Ground, places: Sequence[int]) -> bool:
    return len(places) >= LEAST_LEARNED and len(set(ground.labelled.labels[list(places)].tolist())) > 1


def _best(ground: Ground, learned: Sequence[Sequence[int]], done: Callable[[int], None], *, seed: int) -> Interval:
    """Return the average precision of the best penalty, the ranks of all folds taken together."""
    labelled = ground.labelled
    ranks = np.zeros((len(_REGRESSION.grid), len(labelled.labels)))
    for fold, places in enumerate(learned):
        judge = ground.folds[fold][1]
        for point, scores in enumerate(_scores(ground, places, judge.tolist())):
            ranks[point, judge] = rankdata(scores) / len(judge)
        done(fold + 1)
    candidates = [Scored(labels=labelled.labels, probabilities=row, weights=labelled.weights) for row in ranks]
    weights = drawn(candidates[0]).weights
    best = max(candidates, key=lambda each: float(average_precision(each, weights[np.newaxis])[0]))
    return intervals(partial(_quality, best), weights, labelled.threads, seed=seed)["average_precision"]


def _quality(scored: Scored, weights: Floats) -> Mapping[str, Floats]:
    return {"average_precision": average_precision(scored, weights)}


def _scores(ground: Ground, learn: Sequence[int], judge: Sequence[int]) -> Iterator[Floats]:
    documents, labels = ground.labelled.documents, ground.labelled.labels[list(learn)]
    step = features_step()
    learned: Any = step.fit_transform([documents[place] for place in learn])
    judged: Any = step.transform([documents[place] for place in judge])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what does not converge shows in the curve
        for setting in _REGRESSION.grid:
            yield _REGRESSION.build(ground.seed, **setting).fit(learned, labels).decision_function(judged)
