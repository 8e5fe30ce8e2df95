"""The search for marks passes over no line that a question about marks would say yes to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.mail import quotes
from jeeves.mail.quote_marks import MAX_MARKS, find_marks
from tests.unit.mail.test_quotes_by_language import (
    GMAIL_APPLE_THUNDERBIRD,
    OUTLOOK,
    SENT_FROM,
    SEPARATORS,
    each,
)

_OPENINGS = [
    *each(GMAIL_APPLE_THUNDERBIRD),
    *(header.partition("\n")[0] for header in OUTLOOK.values()),
    *each(SEPARATORS),
    *each(SENT_FROM),
    *(
        "> quoted",
        ">> From: x",
        "JD> quoted",
        " > quoted",
        ">From here",
        "-- ",
        "--",
        "_" * 24,
        "=" * 30,
        "*From:* Ines",
    ),
    *("To: Max", "Ines 03/05/2024 09:12 AM To: Max Subject: x", "wrote:", "ines@example.org wrote: ", "Ines wrote:*"),
]
_LINES = [
    *_OPENINGS,
    *(line for header in OUTLOOK.values() for line in header.split("\n")),
    *("cc: Bo", "03/05/2024 09:12 AM", "You can unsubscribe", "On Friday", "Ines said", "On 5 March *", "", " ", "| x"),
]


def _is_mark(lines: list[str], at: int) -> bool:
    line = lines[at]
    return bool(
        quotes.prefix_length(line)
        or quotes.starts_original(lines, at)
        or quotes.attribution_lines(lines, at)
        or quotes.is_signature_delimiter(line)
        or quotes.is_footer(lines, at)
        or quotes.is_sent_from(line)
    )


@pytest.mark.parametrize("line", _OPENINGS)
def test_each_mark_is_found_between_plain_lines(line: str) -> None:
    assert (1, 2) in find_marks(f"Yes\n{line}\nYes", ["Yes", line, "Yes"])


@given(st.lists(st.sampled_from(_LINES) | st.text("aO>:-_ \t*", max_size=12), max_size=30))
def test_no_mark_is_passed_over(lines: list[str]) -> None:
    found = find_marks("\n".join(lines), lines)

    covered = {number for first, end in found for number in range(first, end)}
    assert {at for at in range(len(lines)) if _is_mark(lines, at)} <= covered


@given(st.lists(st.sampled_from(_LINES), max_size=30))
def test_marks_come_in_order_and_runs_hold_quotes_only(lines: list[str]) -> None:
    found = find_marks("\n".join(lines), lines)

    assert found == sorted(found)
    assert all(quotes.prefix_length(line) for first, end in found if end > first + 1 for line in lines[first:end])


def test_no_more_marks_of_a_kind_are_found_than_any_letter_has() -> None:
    lines = ["> a", "b"] * (2 * MAX_MARKS)

    assert len(find_marks("\n".join(lines), lines)) == MAX_MARKS
