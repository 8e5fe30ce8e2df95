"""What is read quickly because nearly everybody writes it so is read as the thorough way reads it."""

from __future__ import annotations

from email.utils import parsedate_tz

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.mail import headers, quote_marks
from jeeves.mail.mime import read
from jeeves.mail.takeout import read_envelope_date
from jeeves.types import Person
from tests.unit.mail.test_quote_marks import _LINES as LINES

_DISPLAYS = (
    "Ines Roth",
    '"Roth, Ines"',
    "Inés",
    "=?utf-8?q?In=C3=A9s?=",
    "O'Neil",
    '"a" b',
    "",
    " ",
    "\u00a0",
    "team:",
)
_ADDRESSES = ("ines@example.org", "<INES@example.org>", "<no at>", "<>", "(comment)", "\\", "[1]", "\x1b[31m", ">", '"')
_SEPARATORS = (",", ", ", ";", " ", ",,", "")
_MAILBOXES = st.lists(st.sampled_from((*_DISPLAYS, *_ADDRESSES, *_SEPARATORS)), max_size=12).map("".join)
_DATES = st.builds(
    "{}{} {} {} {}:{}:{} {}{}".format,
    st.sampled_from(("", "Tue, ", "tue, ", "Tue,", "Dienstag, ")),
    st.sampled_from(("1", "01", "10", "31", "32", "٣")),
    st.sampled_from(("Jan", "Feb", "nov", "Sept", "Dec")),
    st.sampled_from(("2020", "20", "99", "1969", "0020", "2100", "20201")),
    st.sampled_from(("2", "02", "23", "25")),
    st.sampled_from(("00", "5", "60")),
    st.sampled_from(("00", "59", "60", "61")),
    st.sampled_from(("+0000", "-0000", "-0800", "+0530", "+2399", "-9999", "0800", "GMT", "EDT", "+530", "")),
    st.sampled_from(("", " (PST)", " (Pacific Standard Time)", "(UTC)", " x", "\n")),
)
_ENVELOPE_DATES = st.builds(
    "{} {} {} {} {}{}\n".format,
    st.sampled_from(("Sat", "Mon", "Sat,", "sat")),
    st.sampled_from(("Nov", "Feb", "Foo", "nov")),
    st.sampled_from(("1", " 1", "30", "00")),
    st.sampled_from(("14:30:00", "25:00:00", "4:30")),
    st.sampled_from(("", "+0000 ", "-0830 ", "-0000 ", "GMT ")),
    st.sampled_from(("2020", "1969", "9999", "20")),
)


@given(_MAILBOXES)
def test_plain_mailboxes_are_read_as_any_other(text: str) -> None:
    quickly = [headers._person(*mailbox) for mailbox in headers._mailboxes(text)]  # noqa: SLF001 - both ways compared
    thoroughly = [headers._person(*mailbox) for mailbox in headers._odd_mailboxes(text)]  # noqa: SLF001 - the same

    nobody = Person()
    assert [each for each in quickly if each != nobody] == [each for each in thoroughly if each != nobody]


@given(_DATES)
def test_plain_dates_are_read_as_the_library_reads_them(text: str) -> None:
    try:
        expected = parsedate_tz(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        expected = None

    found = headers._date_fields(text)  # noqa: SLF001 - compared with what it stands in for

    assert found == expected


@pytest.mark.parametrize(
    ("value", "quickly"),
    [("Tue, 10 Nov 2020 02:00:00 -0800 (PST)", True), ("10 Nov 2020 02:00:00 +0000", True), ("2020-11-10", False)],
)
def test_the_date_that_mail_programs_write_is_a_plain_one(value: str, *, quickly: bool) -> None:
    assert (headers._PLAIN_DATE.match(value) is not None) is quickly  # noqa: SLF001 - else the test above shows little


@given(_ENVELOPE_DATES)
def test_a_plain_from_line_is_read_as_one_whose_sender_is_two_words(date: str) -> None:
    assert read_envelope_date(f"From ada {date}".encode()) == read_envelope_date(f"From ada b {date}".encode())


@given(st.lists(st.sampled_from((*LINES, "__x", "_ Original Message", "• From: x", "> -- ", "\t** Von:", "Deal", "A"))))
def test_in_front_of_the_first_opening_no_line_opens_anything(lines: list[str]) -> None:
    text = "\n".join(["", *lines, ""])
    patterns = (quote_marks._FIELD, quote_marks._RULE, quote_marks._WORDS)  # noqa: SLF001 - the search before theirs
    first = min((found.start() for pattern in patterns if (found := pattern.search(text))), default=None)

    opening = quote_marks._OPENING.search(text)  # noqa: SLF001 - the same

    assert first is None or (opening is not None and opening.start() <= first)


def test_fields_are_unfolded_when_they_are_asked_for() -> None:
    root, _ = read(b"Subject: one\r\n two\n\t three\r\nTo: x,\r\n y\nTo: z\n\n")

    assert root.header.first("subject") == b"one two  three"
    assert root.header.joined("to") == b"x, y, z"
    assert root.header.joined("cc") == root.header.first("cc") == b""
