from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from jeeves.ml.evaluate import Scored, average_precision, figures
from jeeves.ml.intervals import intervals, paired_difference, resampled


def share_of_positives(labels: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    return {"share": weights @ labels / weights.sum(axis=1)}


def mailbox(random: np.random.Generator, threads: int, *, noise: float = 0.3) -> Scored:
    labels = random.random(threads) < 0.3
    probabilities = np.clip(np.where(labels, 0.6, 0.3) + random.normal(0, noise, threads), 0, 1)
    return Scored(labels=labels, probabilities=probabilities, weights=np.ones(threads))


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(11)
    inside = 0
    for trial in range(200):
        # Five messages to a thread, all with the same answer: 60 independent facts, not 300.
        labels = np.repeat(random.random(60) < 0.3, 5)
        threads = [f"thread {number // 5}" for number in range(300)]
        figure = partial(share_of_positives, labels)
        measured = intervals(figure, np.ones(300), threads, seed=trial, resamples=300)["share"]
        inside += measured.low <= 0.3 <= measured.high
    assert 0.88 <= inside / 200 <= 0.99


def test_the_interval_surrounds_the_estimate_and_narrows_with_more_threads() -> None:
    widths = []
    for threads in (50, 2_000):
        sample = mailbox(np.random.default_rng(5), threads)
        names = [str(number) for number in range(threads)]
        measured = intervals(partial(figures, sample, 0.5), sample.weights, names, seed=1, resamples=200)
        assert set(measured) == set(figures(sample, 0.5, sample.weights[np.newaxis]))
        for interval in measured.values():
            assert interval.low <= interval.estimate <= interval.high
        widths.append(measured["average_precision"].high - measured["average_precision"].low)
    assert widths[1] < widths[0] / 3


def test_a_thread_is_drawn_whole_and_as_many_threads_as_there_are() -> None:
    rows = np.concatenate(list(resampled(np.array([1.0, 1.0, 2.0]), ["a", "a", "b"], seed=2, resamples=50)))
    assert rows.shape == (50, 3)
    assert (rows[:, 0] == rows[:, 1]).all()
    assert (rows[:, 0] + rows[:, 2] / 2 == 2).all()


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    sample = mailbox(np.random.default_rng(5), 80)
    names = [str(number) for number in range(80)]
    once, again, other = (
        intervals(partial(figures, sample, 0.5), sample.weights, names, seed=seed, resamples=100) for seed in (1, 1, 2)
    )
    assert once == again
    assert once != other


def test_a_small_but_steady_gain_shows_in_the_paired_difference_only() -> None:
    random = np.random.default_rng(8)
    champion = mailbox(random, 400)
    better = Scored(
        labels=champion.labels,
        probabilities=champion.probabilities + champion.labels * 0.05,
        weights=champion.weights,
    )
    names = [str(number) for number in range(400)]

    difference = paired_difference(
        partial(average_precision, better), partial(average_precision, champion), champion.weights, names, seed=1
    )

    assert difference.low > 0
    assert difference.share_above > 0.99
    alone = [
        intervals(partial(figures, sample, 0.5), sample.weights, names, seed=1)["average_precision"]
        for sample in (better, champion)
    ]
    assert alone[0].low < alone[1].high


def test_a_model_against_itself_differs_by_nothing() -> None:
    sample = mailbox(np.random.default_rng(8), 40)
    figure = partial(average_precision, sample)
    difference = paired_difference(figure, figure, sample.weights, [str(n) for n in range(40)], seed=1, resamples=50)
    assert (difference.estimate, difference.low, difference.high, difference.share_above) == (0, 0, 0, 0)


def test_resamples_without_a_positive_are_passed_over() -> None:
    sample = Scored(labels=np.array([True, False, False]), probabilities=np.array([0.9, 0.6, 0.2]), weights=np.ones(3))
    measured = intervals(partial(figures, sample, 0.5), sample.weights, ["a", "b", "c"], seed=1, resamples=100)
    assert measured["average_precision"].low == pytest.approx(1)
