"""The points of ROC and precision-recall curves, and the band they would mostly lie in.

Lives here: curves from answers, probabilities and weights. Must not live here: single figures (``evaluate``), drawing
(``plots``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from jeeves.ml.evaluate import cumulated
from jeeves.ml.intervals import LEVEL, resampled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from jeeves.ml.evaluate import Scored

    Floats = NDArray[np.float64]

GRID: Final = np.linspace(0.0, 1.0, 201)  # where a band is computed
_RESAMPLES: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Points to join, both axes 0 .. 1, x never falling."""

    x: Floats
    y: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Where 95 of 100 curves of other threads would run."""

    x: Floats
    low: Floats
    high: Floats


def roc(scored: Scored) -> Curve:
    """Return recall (y) against the false alarm rate (x), from (0, 0) to (1, 1). Both classes must have weight."""
    return _roc(*cumulated(scored, scored.weights[np.newaxis]))


def precision_recall(scored: Scored) -> Curve:
    """Return precision (y) against recall (x), one point per distinct probability. A positive must have weight."""
    return _precision_recall(*cumulated(scored, scored.weights[np.newaxis]))


def roc_band(scored: Scored, threads: Sequence[str], *, seed: int) -> Band:
    """Return the band of ``roc`` by bootstrap over threads; the same ``seed`` gives the same band."""
    return _band(scored, threads, seed, lambda curve: np.interp(GRID, curve.x, curve.y), _roc)


def precision_recall_band(scored: Scored, threads: Sequence[str], *, seed: int) -> Band:
    """Return the band of ``precision_recall``: the precision at the first point that reaches each recall."""
    return _band(scored, threads, seed, _at_least, _precision_recall)


def thinned(curve: Curve, points: int) -> Curve:
    """Return at most ``points`` of the curve's points, its ends among them."""
    kept = np.unique(np.linspace(0, len(curve.x) - 1, points).round().astype(np.intp))
    return Curve(x=curve.x[kept], y=curve.y[kept])


def _roc(alerts: Floats, hits: Floats) -> Curve:
    false_alarms = alerts[0] - hits[0]
    return Curve(
        x=np.append(0.0, false_alarms / false_alarms[-1]),
        y=np.append(0.0, hits[0] / hits[0, -1]),
    )


def _precision_recall(alerts: Floats, hits: Floats) -> Curve:
    spoken = alerts[0] > 0  # probabilities of weightless messages alone make no point
    return Curve(x=hits[0, spoken] / hits[0, -1], y=hits[0, spoken] / alerts[0, spoken])


def _at_least(curve: Curve) -> Floats:
    # A recall of 1 may come out as 0.9999999999999999: the last point then stands for it.
    return curve.y[np.minimum(np.searchsorted(curve.x, GRID), len(curve.y) - 1)]


def _band(
    scored: Scored,
    threads: Sequence[str],
    seed: int,
    on_grid: Callable[[Curve], Floats],
    trace: Callable[[Floats, Floats], Curve],
) -> Band:
    traced = [
        on_grid(trace(alerts[np.newaxis], hits[np.newaxis]))
        for rows in resampled(scored.weights, threads, seed=seed, resamples=_RESAMPLES)
        for alerts, hits in zip(*cumulated(scored, rows), strict=True)
        if 0 < hits[-1] < alerts[-1]  # both classes were drawn
    ]
    low, high = np.quantile(traced, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return Band(x=GRID, low=low, high=high)
