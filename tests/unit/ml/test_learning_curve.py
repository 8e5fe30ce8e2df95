from __future__ import annotations

import numpy as np
import pytest

from jeeves.ml.contest import Ground, Labelled
from jeeves.ml.intervals import Interval
from jeeves.ml.learning_curve import LEAST_LEARNED, LearningPoint, gain_by_doubling, learning_curve
from tests.unit.ml.contestants import labelled


def ground() -> Ground:
    """Return each message of the small mailbox four times, each time as a thread of its own."""
    once = labelled()
    return Ground(
        Labelled(
            documents=[*once.documents] * 4,
            labels=np.tile(once.labels, 4),
            weights=np.tile(once.weights, 4),
            threads=[f"{copy} {thread}" for copy in range(4) for thread in once.threads],
        ),
        seed=2,
    )


def test_the_curve_grows_to_the_whole_learning_part_and_tells_progress() -> None:
    heard: list[tuple[int, int]] = []
    points = learning_curve(ground(), seed=2, progress=lambda done, total: heard.append((done, total)))

    messages = [point.messages for point in points]
    assert messages == sorted(set(messages))
    assert messages[0] >= LEAST_LEARNED
    assert messages[-1] == 160  # four of five folds of 200
    assert points[-1].average_precision.estimate > 0.95
    assert heard[-1] == (25, 25)
    assert [done for done, _total in heard] == sorted(done for done, _total in heard)


def test_the_same_seed_gives_the_same_curve() -> None:
    once, again = (learning_curve(ground(), seed=2, progress=lambda _done, _total: None) for _ in range(2))
    assert once == again


def test_the_gain_is_counted_per_doubling() -> None:
    points = [
        LearningPoint(messages=messages, average_precision=Interval(estimate=estimate, low=0, high=1))
        for messages, estimate in ((100, 0.4), (400, 0.5))
    ]
    assert gain_by_doubling(points) == pytest.approx(0.05)
