"""What a FETCH answered, however odd, becomes a record or is recognised as no message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.mail.fetched import EPOCH, decode_name, raw_message
from jeeves.types import MessageRef

if TYPE_CHECKING:
    from jeeves.types import RawMessage

REF = MessageRef(mailbox="INBOX", uidvalidity=1, uid=9)


def read(fields: dict[bytes, object], body: bytes = b"Subject: x\r\n\r\ny\r\n") -> RawMessage:
    raw = raw_message(REF, {b"BODY[]": body, **fields})
    assert raw is not None
    return raw


def test_a_response_without_a_body_is_no_message() -> None:
    assert raw_message(REF, {b"FLAGS": (b"\\Seen",)}) is None
    assert raw_message(REF, {b"BODY[]": None}) is None


def test_an_empty_message_is_a_message() -> None:
    assert read({}, body=b"").rfc822 == b""


def test_gmails_numbers_are_unsigned_64_bit() -> None:
    raw = read({b"X-GM-MSGID": 2**64 - 1, b"X-GM-THRID": 2**63})

    assert (raw.gmail_id, raw.gmail_thread) == (2**64 - 1, 2**63)


def test_other_servers_leave_gmails_fields_empty() -> None:
    raw = read({})

    assert (raw.gmail_id, raw.gmail_thread, raw.labels) == (None, None, ())


def test_labels_are_decoded_whatever_the_response_parser_made_of_them() -> None:
    raw = read({b"X-GM-LABELS": (b"\\Inbox", b"Caf&AOk-", 2024, None, b"R&-D")})

    assert raw.labels == ("\\Inbox", "Café", "2024", "NIL", "R&D")


def test_internaldate_keeps_the_moment_and_becomes_utc() -> None:
    moment = datetime(2024, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))

    assert read({b"INTERNALDATE": moment}).received_at == datetime(2023, 12, 31, 19, 0, tzinfo=UTC)


def test_without_internaldate_the_date_header_stands_in() -> None:
    body = b"Date: Tue, 5 Mar 2024 10:00:00 +0200\r\n\r\nx"

    assert read({b"INTERNALDATE": None}, body=body).received_at == datetime(2024, 3, 5, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "date",
    [b"", b"yesterday", b"Tue, 99 Mar 2024 10:00:00 +0000", b"1 " * 5000, b"9" * 9000],
)
def test_without_any_usable_date_it_is_old(date: bytes) -> None:
    assert read({}, body=b"Date: " + date + b"\r\n\r\nx").received_at == EPOCH


def test_a_date_in_the_body_is_not_the_date() -> None:
    assert read({}, body=b"Subject: x\r\n\r\nDate: Tue, 5 Mar 2024 10:00:00 +0200\r\n").received_at == EPOCH


def test_a_moment_outside_the_calendar_falls_back() -> None:
    first = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))

    assert read({b"INTERNALDATE": first}).received_at == EPOCH


@pytest.mark.parametrize("name", [b"&2AA-", b"&", b"&AGE", b"&!!!-", b"\xff\xfe", b"&AAA-x", b"\x1b[31m", 7, None])
def test_names_always_become_storable_text(name: object) -> None:
    decoded = decode_name(name)

    assert decoded.encode("utf-8").decode("utf-8") == decoded
    assert "\0" not in decoded
    assert "\x1b" not in decoded


@given(
    fields=st.dictionaries(
        st.sampled_from([b"FLAGS", b"INTERNALDATE", b"X-GM-LABELS", b"X-GM-MSGID", b"X-GM-THRID"]),
        st.none() | st.integers() | st.binary() | st.datetimes() | st.lists(st.none() | st.binary()).map(tuple),
    ),
    body=st.binary(),
)
def test_nothing_a_server_answers_raises(fields: dict[bytes, object], body: bytes) -> None:
    raw = read(fields, body)

    assert raw.rfc822 == body
    assert raw.received_at.tzinfo is UTC
    assert all(label.encode("utf-8") for label in raw.labels if label)
