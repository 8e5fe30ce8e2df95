from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jeeves.actions.compare import NOTEBOOK, Entry, compare, prepare
from jeeves.errors import NotEnoughLabels, UserError
from tests.unit.actions.judged import labelled as judged
from tests.unit.ml.contestants import GUESSER, LEARNER, labelled

if TYPE_CHECKING:
    from pathlib import Path

    from jeeves.ml.contest import Labelled, Method


class Contest:
    """A contest of two methods in one folder; ``trained`` names who trained, once per model."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.trained: list[str] = []
        self.breaks_off_at = ""

    def hold(
        self, *, seed: int = 1, corpus: Labelled | None = None, methods: tuple[Method, ...] = (GUESSER, LEARNER)
    ) -> list[Entry]:
        self.trained.clear()
        return list(
            compare(
                corpus or labelled(),
                seed=seed,
                directory=self.directory,
                timer=lambda: 0.0,
                progress=self._hear,
                methods=methods,
            )
        )

    def _hear(self, method: str, _done: int, _total: int) -> None:
        if method == self.breaks_off_at:
            raise KeyboardInterrupt
        self.trained.append(method)


@pytest.fixture
def contest(tmp_path: Path) -> Contest:
    return Contest(tmp_path / "contest")


def test_each_method_gets_an_entry_with_its_curve_and_intervals(contest: Contest) -> None:
    guesser, learner = contest.hold()
    assert (guesser.method, learner.method) == ("guesser", "learner")
    assert guesser.average_precision.estimate < learner.average_precision.estimate
    assert learner.roc_auc.low <= learner.roc_auc.estimate <= learner.roc_auc.high
    assert (learner.false_alarm_rate[0], learner.recall[0]) == (0, 0)
    assert (learner.false_alarm_rate[-1], learner.recall[-1]) == (1, 1)


def test_a_finished_contest_is_remembered_to_the_last_digit(contest: Contest) -> None:
    first = contest.hold()
    assert contest.hold() == first
    assert contest.trained == []


def test_a_contest_broken_off_goes_on_where_it_was(contest: Contest) -> None:
    contest.breaks_off_at = "learner"
    with pytest.raises(KeyboardInterrupt):
        contest.hold()

    contest.breaks_off_at = ""
    assert [entry.method for entry in contest.hold()] == ["guesser", "learner"]
    assert set(contest.trained) == {"learner"}
    assert [path.name for path in contest.directory.iterdir()] == [NOTEBOOK]


def test_another_seed_corpus_or_grid_is_another_contest(contest: Contest) -> None:
    contest.hold(methods=(LEARNER,))
    contest.hold(methods=(LEARNER,), seed=2)
    assert contest.trained
    contest.hold(methods=(LEARNER,), corpus=replace(labelled(), weights=np.full(50, 2.0)))
    assert contest.trained
    contest.hold(methods=(replace(LEARNER, grid=LEARNER.grid[:1]),))
    assert contest.trained
    contest.hold(methods=(LEARNER,))
    assert contest.trained == []


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 100_000])
def test_a_damaged_notebook_is_refused_and_left_alone(contest: Contest, content: str) -> None:
    contest.directory.mkdir()
    notebook = contest.directory / NOTEBOOK
    notebook.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match="damaged"):
        contest.hold()
    assert notebook.read_text(encoding="utf-8") == content


def test_an_entry_that_is_none_is_refused(contest: Contest) -> None:
    contest.hold(methods=(GUESSER,))
    notebook = contest.directory / NOTEBOOK
    notebook.write_text(notebook.read_text(encoding="utf-8").replace('"megabytes"', '"stones"'), encoding="utf-8")
    with pytest.raises(UserError, match="damaged"):
        contest.hold(methods=(GUESSER,))


def test_a_corpus_too_small_for_folds_is_refused() -> None:
    with pytest.raises(NotEnoughLabels, match="labelled conversations that need a place: there are 2, needed are"):
        prepare([judged(0.5, number < 2, id=str(number)) for number in range(40)])
