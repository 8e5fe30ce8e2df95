from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix, identity

from benchmarks.sampling import Check, Corpus, Weights, draw, fit, needed, simulate, table
from jeeves.ml.sampling import Strategy

SIZE = 240


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Return mail of which one word tells the answer, and a start that has the word backwards."""
    random = np.random.default_rng(1)
    labels = random.random(SIZE) < 0.2
    telling = csr_matrix(np.column_stack([labels, ~labels, random.random(SIZE) < 0.5]).astype(np.float64))
    return Corpus(
        rows=telling,
        labels=labels,
        threads=np.array([f"t{number // 2}" for number in range(SIZE)]),
        counted=np.ones(SIZE, dtype=np.bool_),
        start=Weights(features=np.array([-1.0, 1.0, 0.0]), intercept=-2.0),
    )


@pytest.mark.parametrize("strategy", [Strategy.MIXED, Strategy.RANDOM])
def test_it_begins_with_the_start_and_asks_until_it_is_good_enough(corpus: Corpus, strategy: Strategy) -> None:
    checks = simulate(corpus, strategy, seed=3)

    assert checks[0].answers == 0
    assert checks[0].share < 0.5
    assert checks[-1].share == pytest.approx(1.0)
    assert needed(checks) <= 75
    assert simulate(corpus, strategy, seed=3) == checks


def test_one_lucky_check_is_not_enough() -> None:
    shares = [0.2, 0.97, 0.6, 0.94, 0.95, 0.97, 0.9]
    checks = [Check(answers=25 * number, share=share) for number, share in enumerate(shares)]

    assert needed(checks) == 75
    assert needed(checks[:3]) == 50


def test_weights_of_features_nobody_showed_stay_as_they_were() -> None:
    prior = Weights(features=np.array([0.5, -0.5, 0.25]), intercept=-1.0)
    rows = csr_matrix(identity(3, format="csr")[[0, 1, 0, 1]])

    fitted = fit(rows, np.array([True, False, True, False]), prior, penalty=0.1)

    assert fitted.features[2] == 0.25
    assert fitted.features[0] > 0.5
    assert fitted.features[1] < -0.5


def test_the_table_and_the_picture_show_every_strategy() -> None:
    quick = [[Check(answers=25 * number, share=min(1.0, 0.3 * number)) for number in range(6)] for _ in range(3)]
    slow = [[Check(answers=50 * number, share=min(1.0, 0.3 * number)) for number in range(6)] for _ in range(3)]
    results = {Strategy.MIXED: quick, Strategy.RANDOM: slow}

    shown = table(results)

    assert "| mixed | 75 | 75 to 75 | 50% |" in shown
    assert "| random | 150 | 150 to 150 | 100% |" in shown
    assert draw(results).startswith(b"\x89PNG")
