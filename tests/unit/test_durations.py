"""Lengths of time as the configuration writes them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.config.durations import format_duration, parse_duration


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=11)))
def test_a_length_of_time_reads_back_as_it_was_written(length: timedelta) -> None:
    whole = timedelta(milliseconds=length // timedelta(milliseconds=1))

    assert parse_duration(format_duration(whole)) == whole


@pytest.mark.parametrize("written", ["", "2", "m", "1.5h", "-1s", "2M", "1h30m", "٣s", "9" * 5000 + "s"])
def test_anything_else_is_no_length_of_time(written: str) -> None:
    with pytest.raises(ValueError, match="whole number"):
        parse_duration(written)
