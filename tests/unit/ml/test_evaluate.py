from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from jeeves.ml.evaluate import Scored, choose_threshold, figures, measure, recall_within, reliability


def scored(labels: list[int], probabilities: list[float], weights: list[float] | None = None) -> Scored:
    return Scored(
        labels=np.array(labels, dtype=np.bool_),
        probabilities=np.array(probabilities),
        weights=np.array(weights or [1.0] * len(labels)),
    )


def test_precision_and_recall_count_messages_at_or_above_the_threshold() -> None:
    measured = measure(scored([1, 1, 0, 0, 0], [0.9, 0.4, 0.5, 0.3, 0.1]), 0.5)
    assert measured["precision_at_threshold"] == 0.5
    assert measured["recall_at_threshold"] == 0.5
    assert measured["alerts_per_1000_at_threshold"] == 400
    assert measured["prevalence"] == 0.4


def test_a_weight_of_two_counts_like_two_messages() -> None:
    weighted = measure(scored([1, 0, 0], [0.9, 0.6, 0.2], [1, 2, 1]), 0.5)
    repeated = measure(scored([1, 0, 0, 0], [0.9, 0.6, 0.6, 0.2]), 0.5)
    assert weighted == pytest.approx(repeated)


def test_silence_has_no_false_alarms() -> None:
    measured = measure(scored([1, 0], [0.4, 0.3]), 0.5)
    assert measured["precision_at_threshold"] == 1
    assert measured["recall_at_threshold"] == 0


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


def lottery(size: int, *, ties: bool) -> Scored:
    random = np.random.default_rng(3)
    probabilities = random.random(size)
    return Scored(
        labels=random.random(size) < probabilities,
        probabilities=probabilities.round(1) if ties else probabilities,
        weights=random.integers(1, 9, size).astype(np.float64),
    )


@pytest.mark.parametrize("ties", [False, True])
def test_figures_agree_with_scikit_learn(ties: bool) -> None:  # noqa: FBT001 - a parameter of the test
    sample = lottery(400, ties=ties)
    measured = measure(sample, 0.5)
    expected = {
        "average_precision": average_precision_score(sample.labels, sample.probabilities, sample_weight=sample.weights),
        "roc_auc": roc_auc_score(sample.labels, sample.probabilities, sample_weight=sample.weights),
        "log_loss": log_loss(sample.labels, sample.probabilities, sample_weight=sample.weights),
        "brier_score": brier_score_loss(sample.labels, sample.probabilities, sample_weight=sample.weights),
        "average_precision_unweighted": average_precision_score(sample.labels, sample.probabilities),
        "roc_auc_unweighted": roc_auc_score(sample.labels, sample.probabilities),
    }
    assert {name: measured[name] for name in expected} == pytest.approx(expected)


def test_messages_of_weight_zero_count_in_no_figure() -> None:
    sample = lottery(60, ties=False)
    stranger = Scored(
        labels=np.append(sample.labels, True),
        probabilities=np.append(sample.probabilities, 0.01),
        weights=np.append(sample.weights, 0.0),
    )
    assert measure(stranger, 0.5) == pytest.approx(measure(sample, 0.5))
    assert reliability(stranger) == reliability(sample)


def test_a_weighting_without_positives_gives_no_recall_and_no_ranking() -> None:
    sample = scored([1, 0, 0], [0.9, 0.6, 0.2])
    row = figures(sample, 0.5, np.array([[0.0, 1.0, 1.0]]))
    assert all(np.isnan(row[name][0]) for name in ("average_precision", "roc_auc", "recall_at_threshold"))
    assert row["alerts_per_1000_at_threshold"][0] == 500


def test_reliability_sets_the_mean_promise_against_the_weighted_outcome() -> None:
    parts = reliability(scored([0, 1, 1, 1], [0.12, 0.18, 0.95, 1.0], [3, 1, 1, 1]))
    assert [(part.low, part.messages) for part in parts] == [(0.1, 2), (0.9, 2)]
    assert parts[0].predicted == pytest.approx(0.135)
    assert parts[0].observed == pytest.approx(0.25)
    assert parts[1].observed == 1
