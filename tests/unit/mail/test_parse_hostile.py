from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.mail.parse import parse, parse_bytes
from jeeves.types import Message, MessageRef, RawMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

DEADLINE_SECONDS = 10.0  # generous: each of these takes well under one second when the time is linear
_MULTIPART = b"Content-Type: multipart/mixed; boundary=b\n\n"


def _texts(message: Message) -> Iterator[str]:
    yield from (
        message.message_key,
        message.thread_key,
        message.subject,
        message.text,
        message.quoted,
        *message.defects,
    )
    for person in (message.sender, *message.recipients):
        yield from (person.name, person.address)
    if message.invite is not None:
        yield from (message.invite.method, message.invite.summary, message.invite.location, message.invite.conference)


def _assert_fit_to_store(message: Message) -> None:
    for text in _texts(message):
        assert "\0" not in text
        assert "\x1b" not in text
        text.encode("utf-8")
    for moment in (message.sent_at, message.received_at):
        assert moment is None or moment.tzinfo is UTC


@pytest.mark.parametrize(
    "mail",
    [
        _MULTIPART + b"--b\n\nhello\n" * 10_000 + b"--b--",
        _MULTIPART + b"--b\n\n" * 100_000,
        _MULTIPART + b"--x\n" * 200_000,
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(10_000)),
        b"".join(b"Content-Type: multipart/alternative; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(39))
        + b"\nx" * 100_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 10_000,
        b"Content-Type: message/rfc822\n\n" * 10_000,
        b"A: b\n" * 100_000,
        b"Subject: a\n" + b" b\n" * 100_000,
        b"From: " + b"(" * 60_000,
        b"To: " + b"a@b <" * 12_000,
        b"Subject: " + b"=?a?q?" * 10_000,
        b"Subject: " + b"=?a?q?b?=" * 7_000,
        b"References: " + b"<" * 60_000,
        b"Content-Type: text/plain" + b'; a="b' * 10_000,
        b"\n" + b"begin 644 x\n" * 50_000,
        b"Content-Type: text/enriched\n\n" + b"<param>" * 50_000,
        b"Content-Transfer-Encoding: base64\n\n" + b"!a b\n" * 100_000,
    ],
    ids=range(18),
)
def test_hostile_structure_takes_linear_time(mail: bytes) -> None:
    started = time.process_time()

    _assert_fit_to_store(parse_bytes(mail))

    assert time.process_time() - started < DEADLINE_SECONDS


def test_ten_thousand_parts_are_all_read() -> None:
    message = parse_bytes(_MULTIPART + b"".join(b"--b\n\nnumber %d\n" % number for number in range(10_000)) + b"--b--")

    assert message.text.startswith("number 0\n")
    assert message.text.endswith("number 9999")


def test_more_parts_and_deeper_ones_than_anyone_sends_are_left_out_and_noted() -> None:
    assert "mime.parts" in parse_bytes(_MULTIPART + b"--b\n\n" * 100_000).defects
    assert "mime.depth" in parse_bytes(b"Content-Type: message/rfc822\n\n" * 100).defects


@given(st.binary())
def test_any_bytes_are_a_message(rfc822: bytes) -> None:
    _assert_fit_to_store(parse_bytes(rfc822))


_LINES = st.sampled_from(
    [
        b"From: =?utf-8?q?=00?= <a@b>",
        b"From ",
        b">From x",
        b"Subject: =?utf-7?q?+2AA-?=",
        b"Date: 99 Mar 99999 99:99 +9999",
        b"Date: Mon, 1 Jan 0001 00:00:00 +2359",
        b"Content-Type: multipart/mixed; boundary=b",
        b'Content-Type: multipart/alternative; boundary="b"',
        b"Content-Type: message/rfc822",
        b"Content-Type: text/html",
        b"Content-Type: text/calendar; method=\x00",
        b"Content-Type: text/plain; charset=utf-16; format=flowed",
        b"Content-Type: text/plain; charset=idna",
        b"Content-Transfer-Encoding: base64",
        b"Content-Disposition: attachment",
        b"Content-Transfer-Encoding: quoted-printable",
        b"--b",
        b"--b--",
        b"",
        b" folded",
        b"BEGIN:VEVENT",
        b"DTSTART:1",
        b"END:VEVENT",
        b"SGVsbG8=",
        b"=ZZ=3D=",
        b"> quoted",
        b"<p style='display:none'>",
        b"\x00\xff\x1b[31m",
        b"Message-ID: <\x00>",
    ]
)


@given(st.lists(_LINES | st.binary(max_size=20), max_size=40), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_any_shuffle_of_mail_is_a_message(lines: list[bytes], ending: bytes) -> None:
    _assert_fit_to_store(parse_bytes(ending.join(lines)))


@given(st.datetimes(timezones=st.timezones() | st.none()), st.integers(0, 2**64 - 1))
def test_any_server_time_and_id_is_kept_in_range(received_at: datetime, number: int) -> None:
    raw = RawMessage(
        ref=MessageRef(mailbox="INBOX", uidvalidity=1, uid=1), gmail_id=number, received_at=received_at, rfc822=b"\n"
    )

    message = parse(raw)

    assert message.message_key == message.thread_key == str(number)
    assert 1970 <= message.received_at.year < 2100
