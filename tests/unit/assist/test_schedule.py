from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.assist.schedule import backoff_delay, next_attempt_at
from tests.unit.records import NOON


@pytest.mark.parametrize(("failures", "seconds"), [(1, 5), (2, 10), (3, 20), (8, 640), (9, 900), (10_000, 900)])
def test_back_off_doubles_up_to_a_quarter_of_an_hour(failures: int, seconds: int) -> None:
    assert backoff_delay(failures, 0.0) == timedelta(seconds=seconds)


@given(st.integers(1, 10**9), st.floats(0, 1, exclude_max=True))
def test_jitter_takes_away_at_most_half(failures: int, random: float) -> None:
    whole = backoff_delay(failures, 0.0)
    assert whole / 2 <= backoff_delay(failures, random) <= whole


def test_retry_after_is_a_lower_bound() -> None:
    assert next_attempt_at(1, NOON, 0.5, retry_after=60.0) == NOON + timedelta(seconds=60)
    assert next_attempt_at(9, NOON, 0.0, retry_after=60.0) == NOON + timedelta(minutes=15)
