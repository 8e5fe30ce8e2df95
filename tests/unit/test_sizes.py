from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.cli.backfill import parse_since
from jeeves.config.sizes import format_size, parse_size

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "size"), [("500MB", 500_000_000), ("2 GB", 2_000_000_000), (" 1kB ", 1_000), ("0kB", 0)]
)
def test_amounts_of_data_are_read_as_people_write_them(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "500", "500mb", "1.5GB", "-1MB", "500 MiB", "MB", "1234567890MB"])
def test_anything_else_is_no_amount_of_data(text: str) -> None:
    with pytest.raises(ValueError, match="500MB"):
        parse_size(text)


@given(st.integers(0, 10**6))
def test_an_amount_written_is_read_as_the_same(thousands: int) -> None:
    assert parse_size(format_size(thousands * 1000)) == thousands * 1000


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("0d", TODAY),
        ("90d", date(2026, 8, 23)),
        ("8w", date(2026, 9, 26)),
        ("6m", date(2026, 5, 22)),
        ("2y", date(2024, 11, 21)),
        ("2024-01-31", date(2024, 1, 31)),
    ],
)
def test_a_day_is_named_by_how_long_ago_it_was_or_as_it_is(text: str, day: date) -> None:
    assert parse_since(text, today=TODAY) == day


@pytest.mark.parametrize("text", ["", "soon", "2", "y", "-2y", "2 years", "99999y", "2024-02-31"])
def test_anything_else_is_no_day(text: str) -> None:
    assert parse_since(text, today=TODAY) is None
