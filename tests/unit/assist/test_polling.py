from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.assist.polling import next_poll_at
from tests.unit.records import NOON

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("age", "pace"),
    [
        (timedelta(0), 15),
        (HOUR - SECOND, 15),
        (HOUR, 60),
        (6 * HOUR - SECOND, 60),
        (6 * HOUR, 300),
        (48 * HOUR - SECOND, 300),
    ],
)
def test_the_longer_ago_the_alert_the_slower_the_looking(age: timedelta, pace: int) -> None:
    assert next_poll_at(NOON - age, NOON, NOON) == NOON + pace * SECOND


def test_the_first_look_is_at_once() -> None:
    assert next_poll_at(NOON, None, NOON) == NOON


def test_nobody_looks_when_nothing_was_told_or_two_days_have_gone() -> None:
    assert next_poll_at(None, None, NOON) is None
    assert next_poll_at(NOON - 48 * HOUR, None, NOON) is None


def test_a_clock_set_back_does_not_end_the_looking() -> None:
    assert next_poll_at(NOON + 100 * HOUR, NOON + 100 * HOUR, NOON) == NOON


@given(st.integers(0, 50 * 3600), st.integers(0, 7200))
def test_the_next_look_is_never_further_away_than_five_minutes(told: int, polled: int) -> None:
    due = next_poll_at(NOON - told * SECOND, NOON - polled * SECOND, NOON)
    assert due is None or due <= NOON + 300 * SECOND
