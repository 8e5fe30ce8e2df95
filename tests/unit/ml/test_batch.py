from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random_array

from jeeves.ml import batch, fitting
from jeeves.ml.pooled import PooledRegression
from jeeves.ml.tellers import MOST, learned_shares, most_telling
from jeeves.ml.vectors import Rows

SETTINGS = [(penalty, cues, positive) for penalty in (0.2, 2.0) for cues in (0.5, 4.0) for positive in (1.0, 3.0)]


def some_mail(seed: int) -> tuple[Rows, np.ndarray]:
    """Return 80 documents of 12 features and 1 to 6 sentences of 30; their labels are hard to learn."""
    random = np.random.default_rng(seed)
    sizes = random.integers(1, 7, 80)
    rows = Rows(
        messages=csr_matrix(random_array((80, 12), density=0.3, rng=random)),
        sentences=csr_matrix(random_array((int(sizes.sum()), 30), density=0.2, rng=random)),
        starts=np.cumsum(sizes) - sizes,
    )
    return rows, random.random(80) < 0.3


def all_at_once(
    rows: Rows, labels: np.ndarray, shares: np.ndarray, start: PooledRegression, near: np.ndarray | None = None
) -> tuple[batch.Fits, np.ndarray, np.ndarray]:
    weights = np.column_stack([np.where(labels, positive, 1.0) for _, _, positive in SETTINGS])
    of_cues = np.arange(42) % 3 == 0
    penalties = np.column_stack([np.where(of_cues, penalty * cues, penalty) for penalty, cues, _ in SETTINGS])
    return (
        batch.fit_all(batch.lesson(rows, labels, shares, start), weights, penalties, near=near),
        weights,
        penalties,
    )


@pytest.mark.parametrize("from_prior", [False, True])
def test_each_setting_is_what_it_is_fitted_alone(from_prior: bool) -> None:  # noqa: FBT001 - a parameter of the test
    rows, labels = some_mail(1)
    random = np.random.default_rng(2)
    known = PooledRegression(
        message_weights=random.normal(size=12), sentence_weights=random.normal(size=30), intercept=-1.0
    )
    start = known if from_prior else fitting.nothing_known(rows)
    shares = known.shares(rows)

    fits, weights, penalties = all_at_once(rows, labels, shares, start)
    found = batch.log_odds(fits, rows, start.temperature)

    for number in range(len(SETTINGS)):
        alone = fitting.fit(rows, labels, weights[:, number], penalty=penalties[:, number], prior=start, shares=shares)
        assert found[number] == pytest.approx(alone.log_odds(rows), rel=0.02, abs=0.05)


def test_where_the_search_starts_changes_nothing() -> None:
    rows, labels = some_mail(3)
    start = fitting.nothing_known(rows)
    shares = start.shares(rows)
    cold, _, _ = all_at_once(rows, labels, shares, start)
    warm, _, _ = all_at_once(rows, labels, shares, start, near=cold.mixtures[:, ::-1] * np.float32(2))
    assert warm.weights == pytest.approx(cold.weights, abs=0.03)
    assert np.abs(cold.weights).max() > 1


def test_the_sentences_with_the_largest_shares_are_learned_from() -> None:
    shares = np.array([0.1, 0.3, 0.1, 0.2, 0.05, 0.25, 1.0])
    telling = most_telling(shares, np.array([0, 6]))
    assert telling.sentences.tolist() == [0, 1, 2, 3, 5, 6]
    assert telling.starts.tolist() == [0, MOST]
    assert telling.shares[:MOST] == pytest.approx(shares[: MOST + 1][[0, 1, 2, 3, 5]] / 0.95)
    assert telling.shares[MOST] == 1.0


def test_cues_tell_which_sentence_earned_a_label() -> None:
    """Only the first cue's sentences come in positive messages; which sentence it was, nobody says."""
    random = np.random.default_rng(3)
    labels = np.arange(60) % 2 == 0
    sentences = np.zeros((180, 3))
    sentences[np.arange(180), random.integers(1, 3, 180)] = 1.0
    earned = np.flatnonzero(labels) * 3 + random.integers(3, size=30)
    sentences[earned] = (1.0, 0.0, 0.0)
    rows = Rows(messages=csr_matrix((60, 1)), sentences=csr_matrix(sentences), starts=np.arange(60) * 3)
    assert learned_shares(rows, labels, np.ones(60))[earned].min() > 0.8
