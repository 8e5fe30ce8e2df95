from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.mail.archive import RawItem
from jeeves.mail.parse import parse_bytes
from jeeves.mail.takeout import archived_message, arrival, as_sent, read_envelope_date, read_labels, read_takeout

ENVELOPE = b"From 1734000000000000001@xxx Sat Nov 21 14:30:00 +0000 2026\n"
OWN = b"X-GM-THRID: 1733999999999999999\nX-Gmail-Labels: Inbox,Jeeves/yes\n"
LETTER = b"From: ann@example.com\nMessage-ID: <1@example.com>\nDate: Sat, 21 Nov 2026 15:29:58 +0100\n\nShall we?\n"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def item(rfc822: bytes, envelope: bytes = ENVELOPE) -> RawItem:
    return RawItem(path="x.mbox", position="message 1 (offset 0)", envelope=envelope, rfc822=rfc822)


def test_a_message_of_takeout_has_the_identity_gmail_gives_it() -> None:
    archived = archived_message(item(OWN + LETTER))

    assert (archived.gmail_id, archived.gmail_thread) == (1734000000000000001, 1733999999999999999)
    assert (archived.message.message_key, archived.message.thread_key) == ("1734000000000000001", "1733999999999999999")
    assert archived.labels == ("Inbox", "Jeeves/yes")
    assert archived.message.received_at == datetime(2026, 11, 21, 14, 30, tzinfo=UTC)


def test_numbers_beyond_a_signed_bigint_are_read_and_beyond_64_bits_are_none() -> None:
    assert read_takeout(b"", b"X-GM-THRID: 18446744073709551615\n\n").gmail_thread == 2**64 - 1
    assert read_takeout(b"", b"X-GM-THRID: 18446744073709551616\n\n").gmail_thread is None
    assert read_takeout(b"", b"X-GM-THRID: ten\n\n").gmail_thread is None


@pytest.mark.parametrize("above", [b"Received: by mx.example.org\n", b"From: eve@example.com\n", b"\n"])
def test_fields_the_sender_wrote_below_others_are_not_believed(above: bytes) -> None:
    archived = archived_message(item(above + OWN + LETTER))

    assert (archived.gmail_id, archived.gmail_thread, archived.labels) == (None, None, ())


def test_another_archive_has_no_gmail_number_even_if_its_from_line_looks_so() -> None:
    archived = archived_message(item(LETTER))

    assert archived.gmail_id is None
    assert archived.message.message_key == "1@example.com"


@pytest.mark.parametrize(
    ("field", "labels"),
    [
        (b" Inbox,Important\n", ("Inbox", "Important")),
        (b' Inbox, "Lunch, dinner" ,Jeeves\n', ("Inbox", "Lunch, dinner", "Jeeves")),
        (b" =?UTF-8?Q?Gesendet,Ge=C3=B6ffnet,Jeeves/yes?=\n", ("Gesendet", "Geöffnet", "Jeeves/yes")),
        (b" =?UTF-8?B?SW5ib3gs?=\n =?UTF-8?B?SmVldmVzL25v?=\n", ("Inbox", "Jeeves/no")),
        (b" =?UTF-8?Q?=22Essen,_Trinken=22,Post?=\n", ("Essen, Trinken", "Post")),
        (b" Inbox,\n\tJeeves\n", ("Inbox", "Jeeves")),
        (b" Inbox,Inbox,,\n", ("Inbox",)),
        (b"\n", ()),
        (b' "never closed, x\n', ("never closed, x",)),
    ],
)
def test_labels_are_decoded_before_they_are_split(field: bytes, labels: tuple[str, ...]) -> None:
    assert read_labels(field) == labels


@pytest.mark.parametrize(
    ("line", "date"),
    [
        (b"From a@b.example Sat Nov 21 14:30:05 2026\n", datetime(2026, 11, 21, 14, 30, 5, tzinfo=UTC)),
        (b"From 17@xxx Sat Nov 21 14:30:05 +0000 2026\r\n", datetime(2026, 11, 21, 14, 30, 5, tzinfo=UTC)),
        (b"From a@b.example Sat Nov  7 14:30:05 2026 +0200\n", datetime(2026, 11, 7, 12, 30, 5, tzinfo=UTC)),
        (b"From - Sat Nov  7 14:30 2026\n", datetime(2026, 11, 7, 14, 30, tzinfo=UTC)),
        (b"From a@b.example Sat, 7 Nov 2026 14:30:05 -0500\n", datetime(2026, 11, 7, 19, 30, 5, tzinfo=UTC)),
        (b"From Mon@b.example Sat Nov  7 14:30:05 CET 2026\n", datetime(2026, 11, 7, 14, 30, 5, tzinfo=UTC)),
        (b"From a@b.example Sat Nov 31 14:30:05 2026\n", None),
        (b"From a@b.example some day\n", None),
        (b"From \n", None),
        (b"", None),
    ],
)
def test_the_date_of_a_from_line_is_read_however_its_writer_orders_it(line: bytes, date: datetime | None) -> None:
    assert read_envelope_date(line) == date


def test_old_mail_copied_today_does_not_pass_for_new() -> None:
    years_ago = NOON - timedelta(days=3000)

    assert arrival(NOON, years_ago) == years_ago
    assert arrival(years_ago, NOON) == years_ago
    assert arrival(NOON, NOON - timedelta(minutes=3)) == NOON
    assert arrival(None, NOON) == arrival(NOON, None) == NOON
    assert arrival(None, None) is None


def test_a_message_that_names_no_date_at_all_is_old() -> None:
    assert archived_message(item(b"Subject: x\n\n", b"")).message.received_at.year == 1970


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_message_without_message_id_has_the_key_it_would_have_from_its_server(end: bytes) -> None:
    sent = b"From: ann@example.com\r\nSubject: x\r\n\r\nShall we?\r\n"
    in_mbox = sent.replace(b"\r\n", end) + end  # the empty line before the next "From " line

    assert as_sent(item(in_mbox)) == sent
    assert as_sent(item(sent.replace(b"\r\n", end), envelope=b"")) == sent
    assert archived_message(item(in_mbox)).message.message_key == parse_bytes(sent).message_key


@given(st.binary(max_size=400), st.binary(max_size=200), st.booleans())
def test_no_bytes_raise(rfc822: bytes, envelope: bytes, own: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
    archived = archived_message(item(OWN + rfc822 if own else rfc822, envelope))

    assert archived.message.received_at.tzinfo is not None


@given(st.binary(max_size=300))
def test_no_label_field_raises(value: bytes) -> None:
    assert all(label.strip() == label != "" for label in read_labels(value))
