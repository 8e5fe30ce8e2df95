from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import auc, precision_recall_curve, roc_curve

from jeeves.ml.curves import precision_recall, precision_recall_band, roc, roc_band, thinned
from jeeves.ml.evaluate import Scored

if TYPE_CHECKING:
    from collections.abc import Callable

    from jeeves.ml.curves import Band, Curve


@pytest.fixture(scope="module")
def sample() -> Scored:
    random = np.random.default_rng(4)
    probabilities = random.random(300).round(2)
    return Scored(
        labels=random.random(300) < probabilities,
        probabilities=probabilities,
        weights=random.integers(0, 5, 300).astype(np.float64),
    )


THREADS = [f"thread {number // 2}" for number in range(300)]


def test_curves_agree_with_scikit_learn(sample: Scored) -> None:
    counted = sample.weights > 0
    labels, probabilities, weights = sample.labels[counted], sample.probabilities[counted], sample.weights[counted]
    false_alarms, recall, _ = roc_curve(labels, probabilities, sample_weight=weights, drop_intermediate=False)
    scored = Scored(labels=labels, probabilities=probabilities, weights=weights)
    curve = roc(scored)
    assert curve.x == pytest.approx(false_alarms)
    assert curve.y == pytest.approx(recall)

    precision, recall, _ = precision_recall_curve(labels, probabilities, sample_weight=weights)
    curve = precision_recall(scored)
    assert curve.x == pytest.approx(recall[-2::-1])
    assert curve.y == pytest.approx(precision[-2::-1])


@pytest.mark.parametrize(
    ("trace", "band"), [(roc, roc_band), (precision_recall, precision_recall_band)], ids=["roc", "precision-recall"]
)
def test_the_band_surrounds_most_of_its_curve(
    trace: Callable[[Scored], Curve], band: Callable[..., Band], sample: Scored
) -> None:
    drawn = band(sample, THREADS, seed=1)
    curve = trace(sample)
    heights = curve.y[np.minimum(np.searchsorted(curve.x, drawn.x), len(curve.y) - 1)]
    inside = (drawn.low - 0.02 <= heights) & (heights <= drawn.high + 0.02)
    assert inside.mean() > 0.9
    assert (drawn.high - drawn.low).mean() > 0.01
    again = band(sample, THREADS, seed=1)
    assert (again.low == drawn.low).all()


def test_a_thinned_curve_keeps_its_ends_and_nearly_its_area(sample: Scored) -> None:
    curve = roc(sample)
    fewer = thinned(curve, 40)
    assert len(fewer.x) <= 40
    assert (fewer.x[0], fewer.y[0], fewer.x[-1], fewer.y[-1]) == (0, 0, 1, 1)
    assert auc(fewer.x, fewer.y) == pytest.approx(auc(curve.x, curve.y), abs=0.02)
