"""The section [classifier]: what a mistake costs and when to learn again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from jeeves.config import ClassifierSettings, load_config
from jeeves.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def loaded(folder: Path, lines: str) -> ClassifierSettings:
    path = folder / "jeeves.toml"
    path.write_text(f'[mail]\nusername = "a"\n[classifier]\n{lines}\n', encoding="utf-8")
    return load_config(path).classifier


def test_a_missed_get_together_is_worth_eight_false_alarms_unless_told_otherwise(tmp_path: Path) -> None:
    assert loaded(tmp_path, "").miss_cost == 8
    assert loaded(tmp_path, "miss_cost = 2.5").miss_cost == 2.5


def test_it_learns_weekly_or_after_some_labels_unless_told_otherwise(tmp_path: Path) -> None:
    usual = loaded(tmp_path, "")
    assert (usual.retrain, usual.retrain_after, usual.alert_budget) == (timedelta(days=7), 25, None)

    told = loaded(tmp_path, 'retrain = "12h"\nretrain_after = 3\nalert_budget = 4')
    assert (told.retrain, told.retrain_after, told.alert_budget) == (timedelta(hours=12), 3, 4)

    assert loaded(tmp_path, 'retrain = "never"').retrain is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("miss_cost = 0", "classifier.miss_cost: 0 is not a number above 0"),
        ("miss_cost = inf", "classifier.miss_cost: inf is not a number above 0"),
        ("miss_cost = nan", "classifier.miss_cost: nan is not a number above 0"),
        ("miss_cost = true", "is not a number above 0"),
        ('alert_budget = "5"', "classifier.alert_budget: "),
        ("retrain_after = 0", "write a whole number from 1 up"),
        ("retrain_after = 2.5", "write a whole number from 1 up"),
        ('retrain = "weekly"', "is not a length of time"),
        ('retrain = "1m"', "allowed is 1h to 3650d"),
    ],
)
def test_a_mistake_names_its_key_and_what_is_allowed(tmp_path: Path, line: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, line)

    [problem] = caught.value.problems
    assert expected in problem
