from __future__ import annotations

from datetime import timedelta

import pytest

from jeeves.actions.retrain import retrain_due
from jeeves.config import ClassifierSettings
from tests.unit.records import NOON

WEEKLY = ClassifierSettings(retrain="7d", retrain_after=25)  # type: ignore[arg-type]  # as written in the file
NEVER = ClassifierSettings(retrain="never", retrain_after=1)  # type: ignore[arg-type]  # likewise


@pytest.mark.parametrize(
    ("days", "labels", "due"),
    [
        (6.99, 24, False),
        (7, 24, True),
        (7, 1, True),
        (400, 0, False),  # the same labels give the same model
        (0, 25, True),
        (0, 24, False),
    ],
)
def test_it_is_due_weekly_if_there_are_new_answers_or_after_enough_of_them(days: float, labels: int, due: bool) -> None:  # noqa: FBT001 - a table
    assert retrain_due(NOON, NOON - timedelta(days=days), labels, WEEKLY) is due


def test_never_means_never() -> None:
    assert not retrain_due(NOON, NOON - timedelta(days=400), 1000, NEVER)


def test_a_clock_set_back_does_not_make_it_due() -> None:
    assert not retrain_due(NOON, NOON + timedelta(days=30), 3, WEEKLY)
