from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.sparse import csr_matrix
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from jeeves.ml import fitting
from jeeves.ml.pooled import PooledRegression, pool, probability
from jeeves.ml.vectors import Rows


def some_rows(seed: int) -> tuple[Rows, np.ndarray]:
    random = np.random.default_rng(seed)
    sizes = random.integers(1, 5, 40)
    starts = np.cumsum(sizes) - sizes
    rows = Rows(
        messages=csr_matrix(random.normal(size=(40, 3))),
        sentences=csr_matrix(random.normal(size=(int(sizes.sum()), 4))),
        starts=starts,
    )
    return rows, random.random(40) < 0.4


def test_the_gradient_is_that_of_the_loss() -> None:
    rows, labels = some_rows(1)
    loss = fitting._Loss(  # noqa: SLF001 - the one way to a gradient
        rows,
        labels,
        np.linspace(0.5, 2, 40),
        penalties=np.full(8, 0.3),
        centre=np.full(8, 0.1),
        temperature=0.5,
        shares=pool(rows.sentences @ np.arange(4.0), rows.starts, 0.5)[1],
    )
    for seed in range(5):
        point = np.random.default_rng(seed).normal(size=8)
        error = check_grad(lambda at: loss(at)[0], lambda at: loss(at)[1], point)
        assert error < 1e-4


def test_without_sentences_it_is_the_logistic_regression_of_scikit_learn() -> None:
    rows, labels = some_rows(2)
    rows = rows._replace(sentences=csr_matrix((40, 4)), starts=np.arange(40))
    ours = fitting.fit(rows, labels, np.ones(40), penalty=0.5)
    peer = LogisticRegression(C=2.0, tol=1e-8, max_iter=1_000).fit(rows.messages, labels)
    assert ours.message_weights == pytest.approx(peer.coef_[0], abs=1e-3)


def test_the_strongest_sentence_decides() -> None:
    scores, shares = pool(np.array([5.0, -3.0, 0.0, 1.0]), np.array([0, 3]), 0.1)
    assert scores == pytest.approx([5.0, 1.0], abs=1e-6)
    assert shares == pytest.approx([1.0, 0.0, 0.0, 1.0], abs=1e-6)


def test_the_pool_neither_overflows_nor_loses_a_lone_sentence() -> None:
    scores, shares = pool(np.array([-2e4, 3e4]), np.array([0, 1]), 0.5)
    assert scores.tolist() == [-2e4, 3e4]
    assert shares.tolist() == [1.0, 1.0]


def test_a_sentence_earns_the_label_of_its_message() -> None:
    """Only the first feature's sentences come in positive messages; which sentence it was, nobody says."""
    random = np.random.default_rng(3)
    labels = np.arange(60) % 2 == 0
    sentences = np.zeros((180, 3))
    sentences[np.arange(180), random.integers(1, 3, 180)] = 1.0
    for message in np.flatnonzero(labels):
        sentences[message * 3 + random.integers(3)] = (1.0, 0.0, 0.0)
    rows = Rows(messages=csr_matrix((60, 1)), sentences=csr_matrix(sentences), starts=np.arange(60) * 3)
    fitted = fitting.fit(rows, labels, np.ones(60), penalty=0.01)
    assert ((fitted.log_odds(rows) > 0) == labels).all()
    assert fitted.sentence_weights[0] > 1 > max(fitted.sentence_weights[1:])


def test_a_strong_prior_holds_the_weights_and_a_weak_one_lets_them_go() -> None:
    rows, labels = some_rows(4)
    prior = PooledRegression(message_weights=np.full(3, 2.0), sentence_weights=np.full(4, -1.0), intercept=-1.0)
    held = fitting.fit(rows, labels, np.ones(40), penalty=1e6, prior=prior)
    free = fitting.fit(rows, labels, np.ones(40), penalty=1e-3, prior=prior)
    assert held.message_weights == pytest.approx(prior.message_weights, abs=1e-3)
    assert np.abs(free.message_weights - prior.message_weights).max() > 0.5


def test_calibration_is_a_straight_line_in_log_odds() -> None:
    rows, labels = some_rows(5)
    fitted = fitting.fit(rows, labels, np.ones(40), penalty=0.1)
    assert fitted.calibrated(0.7, -1.5).log_odds(rows) == pytest.approx(0.7 * fitted.log_odds(rows) - 1.5)


def test_a_probability_is_the_logistic_function_of_the_log_odds_however_large() -> None:
    log_odds = np.array([-1e6, -745.2, -40.0, -2.5, -0.0, 0.0, 1e-9, 3.0, 36.7, 800.0, 1e300])

    assert probability(log_odds) == pytest.approx(expit(log_odds), rel=1e-15, abs=1e-300)
