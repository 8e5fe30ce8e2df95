from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imapclient.exceptions import IMAPClientError
from imapclient.response_parser import parse_fetch_response

from jeeves.mail.fetch_answer import Line, read_answer

REFUSALS = (IMAPClientError, ValueError, TypeError, LookupError, AttributeError)
EVENING = datetime(2026, 11, 7, 21, 30, 5, tzinfo=timezone(timedelta(hours=-8)))


def test_plain_answers_are_read() -> None:
    lines: list[Line | None] = [
        b'1 (UID 7 INTERNALDATE " 7-Nov-2026 21:30:05 -0800" RFC822.SIZE 4286 X-GM-LABELS ("\\\\Inbox" A "b \\"c\\""))',
        (b"2 (X-GM-THRID 18446744073709551615 UID 9 BODY[] {5}", b"Hel\r\n"),
        b" FLAGS (\\Seen $Forwarded))",
        (b"3 (UID 11 BODY[HEADER]<0> {4}", b"A: b"),
        (b" BODY[1.2.MIME]<0> {0}", b""),
        b")",
    ]

    assert read_answer(lines) == {
        7: {
            b"SEQ": 1,
            b"INTERNALDATE": EVENING,
            b"RFC822.SIZE": 4286,
            b"X-GM-LABELS": (b"\\Inbox", b"A", b'b "c"'),
        },
        9: {b"SEQ": 2, b"X-GM-THRID": 2**64 - 1, b"BODY[]": b"Hel\r\n", b"FLAGS": (b"\\Seen", b"$Forwarded")},
        11: {b"SEQ": 3, b"BODY[HEADER]<0>": b"A: b", b"BODY[1.2.MIME]<0>": b""},
    }


def test_nothing_answered_is_nothing() -> None:
    assert read_answer([None]) == {}
    assert read_answer([]) == {}


@pytest.mark.parametrize("line", [b"1 (UID 7", b"(UID 7)", b"1 (UID)", b"one (UID 7)", b"1 (UID 7))"])
def test_what_makes_no_sense_is_refused(line: bytes) -> None:
    with pytest.raises(IMAPClientError):
        read_answer([line])


NUMBERS = st.sampled_from([b"0", b"1", b"007", b"4286", b"18446744073709551615", b"-1", b"NIL", b'"5"', b"{"])
DATES = st.sampled_from(
    [
        b'" 7-Nov-2026 21:30:05 -0800"',
        b'"17-Jul-1996 02:44:25 +0000"',
        b'"17-Jul-1996 02:44:25 -0000"',
        b'"17-Jul-0096 02:44:25 +0000"',
        b'"31-Feb-2020 02:44:25 +0100"',
        b'"17-Jul-2020 25:44:25 +0100"',
        b'"17-Jul-2020 02:44:25 +2359"',
        b'"17-Jul-2020 02:44:25 +0190"',
        b'"17-Xyz-2020 02:44:25 +0100"',
        b'"17-Jul-2020 02.44.25 +0100"',
        b'"Fri, 17 Jul 2020 02:44:25 +0100"',
        b'""',
        b"NIL",
    ]
)
FLAGS = st.sampled_from([b"()", b"(\\Seen)", b"(\\Seen $Junk)", b"(NIL 12 word)", b"NIL", b'("a)b")', b"(\\*)"])
LABELS = st.lists(
    st.sampled_from(
        [b'"\\\\Inbox"', b"Work", b'""', b"NIL", b"nil", b"12", b'"a)\\"b"', b'"\\x"', b"&AOQ-", b"a[b]", b"{3}"]
    ),
    max_size=3,
).map(lambda labels: b"(" + b" ".join(labels) + b")")
SECTIONS = st.sampled_from([b"BODY[]", b"BODY[]<0>", b"BODY[1.2.MIME]<0>", b"body[TEXT]", b"BODY[HEADER.FIELDS (A)]"])
CONTENTS = st.sampled_from([b"", b"Hello\r\n", b")", b"1 (UID 5)\r\n", b'"\\', b"{3}", b"\x00\xff"])


@st.composite
def answers(draw: st.DrawFn) -> list[Line]:
    """Return the lines of one answer, plain or odd."""
    lines: list[Line] = []
    words = draw(st.sampled_from([b"1 (", b"2 (", b"2147483648 ("]))
    items = draw(st.lists(st.sampled_from([b"UID", b"RFC822.SIZE", b"X-GM-MSGID", b"D", b"F", b"L", b"S"]), max_size=4))
    for place, item in enumerate([b"UID", *items]):
        words += b" " if place else b""
        if item == b"S":
            content = draw(CONTENTS)
            lines.append((words + draw(SECTIONS) + b" {%d}" % len(content), content))
            words = b""
        elif item == b"D":
            words += b"INTERNALDATE " + draw(DATES)
        elif item == b"L":
            words += b"X-GM-LABELS " + draw(LABELS)
        elif item == b"F":
            words += b"FLAGS " + draw(FLAGS)
        else:
            words += item + b" " + draw(NUMBERS)
    return [*lines, words + draw(st.sampled_from([b")", b")", b")", b"))", b""]))]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(answers(), max_size=3))
def test_it_says_what_the_library_says(several: list[list[Line]]) -> None:
    lines = [line for answer in several for line in answer]
    try:
        expected = dict(parse_fetch_response(lines, normalise_times=False))
    except REFUSALS:
        with pytest.raises(REFUSALS):
            read_answer(lines)
    else:
        assert read_answer(lines) == expected
