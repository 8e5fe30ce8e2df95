from __future__ import annotations

import itertools

import numpy as np
import pytest

from jeeves.ml.contest import METHODS, Ground, Method, compete
from jeeves.ml.evaluate import average_precision, roc_auc
from jeeves.ml.train import FOLDS
from tests.unit.ml.contestants import GUESSER, LEARNER, labelled


@pytest.fixture(scope="module")
def ground() -> Ground:
    return Ground(labelled(), seed=3)


def silent(_done: int, _total: int) -> None:
    """Take no notice of progress."""


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_method_learns_to_rank_a_small_mailbox(method: Method, ground: Ground) -> None:
    quick = Method(name=method.name, preparation=method.preparation, build=method.build, grid=method.grid[:1])
    ticks = itertools.count()

    finished = compete(quick, ground, timer=lambda: float(next(ticks)), progress=silent)

    size = len(finished.scored.labels)
    assert average_precision(finished.scored, np.ones((1, size)))[0] > 0.6
    assert 0 < finished.scored.probabilities.min() <= finished.scored.probabilities.max() <= 1
    assert finished.seconds_to_train == 1
    assert finished.milliseconds_per_message == pytest.approx(1_000 / size)
    assert 0 < finished.megabytes < 5


def test_the_best_point_of_the_grid_is_taken(ground: Ground) -> None:
    assert compete(LEARNER, ground, timer=lambda: 0.0, progress=silent).setting == {"learns": 1}


def test_who_guesses_ranks_nothing(ground: Ground) -> None:
    finished = compete(GUESSER, ground, timer=lambda: 0.0, progress=silent)
    assert roc_auc(finished.scored, np.ones((1, 50)))[0] == pytest.approx(0.5, abs=0.05)


def test_progress_rises_to_the_end(ground: Ground) -> None:
    heard: list[tuple[int, int]] = []
    compete(LEARNER, ground, timer=lambda: 0.0, progress=lambda done, total: heard.append((done, total)))
    total = 2 * FOLDS + 1
    assert heard == [(done, total) for done in range(1, total + 1)]


def test_no_thread_is_learned_from_and_judged_at_once(ground: Ground) -> None:
    for learn, judge in ground.folds:
        assert not {ground.labelled.threads[place] for place in learn} & {
            ground.labelled.threads[place] for place in judge
        }
    assert sorted(place for _learn, judge in ground.folds for place in judge) == list(range(50))
