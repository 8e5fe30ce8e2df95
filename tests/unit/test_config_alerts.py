from datetime import time
from pathlib import Path

import pytest

from jeeves.config import load_config
from jeeves.config.restraint import restraint_of
from jeeves.errors import ConfigError
from jeeves.types import DailySpan, Restraint


def restraint(folder: Path, *lines: str) -> Restraint:
    file = folder / "jeeves.toml"
    file.write_text("\n".join(['[mail]\nusername = "me@gmail.com"\n[alerts]', *lines]), encoding="utf-8")
    return restraint_of(load_config(file))


def test_by_default_every_alert_goes_out_at_once(tmp_path: Path) -> None:
    assert restraint(tmp_path) == Restraint()


def test_quiet_hours_working_days_and_budgets_are_read(tmp_path: Path) -> None:
    assert restraint(
        tmp_path,
        'quiet_hours = "22:00 - 07:00"',
        'working_days = ["mon", "fri"]',
        "budget_per_day = 3",
        "budget_per_week = 10",
        'digest_at = "17:30"',
    ) == Restraint(
        quiet_hours=DailySpan(start=time(22), end=time(7)),
        working_days=frozenset({0, 4}),
        budget_per_day=3,
        budget_per_week=10,
        digest_at=time(17, 30),
    )


def test_quiet_hours_may_last_until_midnight(tmp_path: Path) -> None:
    assert restraint(tmp_path, 'quiet_hours = "21:30-24:00"').quiet_hours == DailySpan(start=time(21, 30), end=time())


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('quiet_hours = "00:00-24:00"', '"00:00-24:00" leaves no moment of the day to speak'),
        ('quiet_hours = "08:00-08:00"', "leaves no moment of the day to speak, or means nothing"),
        ('quiet_hours = "22-7"', '"22-7" is not a span of hours; write it as "22:00-07:00", or "" for none'),
        ('quiet_hours = "22:00"', "is not a span of hours"),
        ('quiet_hours = "24:00-07:00"', "is not a span of hours"),
        ('quiet_hours = ["22:00", "07:00"]', "must be text in quotes"),
        ('working_days = ["monday"]', '"monday" is not a day; write "mon", "tue"'),
        ('working_days = ["mom"]', 'did you mean "mon"?'),
        ("working_days = []", "is empty, so that no alert would ever go out"),
        ('working_days = "mon"', "must be a list in square brackets"),
        ("budget_per_day = 0", "is not a count; write a whole number from 1 up"),
        ('digest_at = "6pm"', '"6pm" is not a time of day; write it as "18:00"'),
        ('digest_at = "24:00"', "is not a time of day"),
    ],
)
def test_what_is_written_wrongly_is_one_clear_sentence(tmp_path: Path, line: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        restraint(tmp_path, line)
    (problem,) = caught.value.problems
    assert problem.startswith(f"alerts.{line.partition(' ')[0]}: ")
    assert sentence in problem
