from __future__ import annotations

import numpy as np
import pytest

from jeeves.ml.evaluate import Scored, choose_threshold, measure, recall_within


def scored(labels: list[int], probabilities: list[float], weights: list[float] | None = None) -> Scored:
    return Scored(
        labels=np.array(labels, dtype=np.bool_),
        probabilities=np.array(probabilities),
        weights=np.array(weights or [1.0] * len(labels)),
    )


def test_precision_and_recall_count_messages_at_or_above_the_threshold() -> None:
    figures = measure(scored([1, 1, 0, 0, 0], [0.9, 0.4, 0.5, 0.3, 0.1]), 0.5)
    assert figures["precision_at_threshold"] == 0.5
    assert figures["recall_at_threshold"] == 0.5
    assert figures["alerts_per_1000_at_threshold"] == 400
    assert figures["prevalence"] == 0.4


def test_a_weight_of_two_counts_like_two_messages() -> None:
    weighted = measure(scored([1, 0, 0], [0.9, 0.6, 0.2], [1, 2, 1]), 0.5)
    repeated = measure(scored([1, 0, 0, 0], [0.9, 0.6, 0.6, 0.2]), 0.5)
    assert weighted == pytest.approx(repeated)


def test_silence_has_no_false_alarms() -> None:
    figures = measure(scored([1, 0], [0.4, 0.3]), 0.5)
    assert figures["precision_at_threshold"] == 1
    assert figures["recall_at_threshold"] == 0


def test_recall_within_a_budget_takes_the_likeliest_first() -> None:
    labels = [1] + [0] * 9 + [1] + [0] * 9
    probabilities = [1.0 - number / 100 for number in range(20)]
    assert recall_within(scored(labels, probabilities), 50) == 0.5
    assert recall_within(scored(labels, probabilities), 550) == 1


def test_equal_probabilities_do_not_depend_on_the_order_of_messages() -> None:
    one_way, other_way = scored([1, 0, 0, 0], [0.5] * 4), scored([0, 0, 0, 1], [0.5] * 4)
    assert recall_within(one_way, 500) == recall_within(other_way, 500) == 0.5


def test_a_dear_miss_lowers_the_threshold() -> None:
    sample = scored([1, 0, 0, 1, 0], [0.9, 0.7, 0.6, 0.5, 0.1])
    assert choose_threshold(sample, miss_cost=8, prevalence=0.4) == pytest.approx(0.3)
    assert choose_threshold(sample, miss_cost=1, prevalence=0.4) == pytest.approx(0.8)


def test_a_rarer_class_raises_the_threshold() -> None:
    sample = scored([1, 0, 0, 1, 0], [0.9, 0.7, 0.6, 0.5, 0.1])
    assert choose_threshold(sample, miss_cost=8, prevalence=0.01) == pytest.approx(0.8)


def test_of_equally_cheap_thresholds_the_quietest_is_taken() -> None:
    sample = scored([0, 1], [0.5, 0.5])
    assert choose_threshold(sample, miss_cost=1, prevalence=0.5) == pytest.approx(0.75)
