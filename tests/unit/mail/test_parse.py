from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest

from jeeves.mail.parse import message_from_fields, parse, parse_bytes
from jeeves.types import Message, MessageRef, Person, RawMessage, ThreadLinks

ARRIVED = datetime(2024, 3, 5, 9, 13, tzinfo=UTC)


def _mail(*fields: str, body: str = "Hello", encoding: str = "utf-8") -> bytes:
    return ("\r\n".join([*fields, "", body]) + "\r\n").encode(encoding)


def _raw(rfc822: bytes, *, gmail_id: int | None = None, gmail_thread: int | None = None) -> RawMessage:
    return RawMessage(
        ref=MessageRef(mailbox="INBOX", uidvalidity=1, uid=7),
        gmail_id=gmail_id,
        gmail_thread=gmail_thread,
        received_at=ARRIVED,
        rfc822=rfc822,
    )


def test_an_ordinary_mail_is_read_whole() -> None:
    mail = _mail(
        "From: Ines Roth <Ines@Example.org>",
        'To: "Lind, Max" <max@example.org>, ada@example.org',
        "Cc: Rowers: bo@example.org;",
        "Subject: Rowing on",
        " Friday",
        "Date: Tue, 5 Mar 2024 10:12:00 +0100",
        "Message-ID: <a1@example.org>",
        "References: <root@example.org> <mid@example.org>",
        body="Shall we row on Friday?\r\n-- \r\nInes",
    )

    message = parse(_raw(mail))

    assert message == Message(
        ref=MessageRef(mailbox="INBOX", uidvalidity=1, uid=7),
        message_key="a1@example.org",
        thread_key="root@example.org",
        sender=Person(name="Ines Roth", address="ines@example.org"),
        recipients=(
            Person(name="Lind, Max", address="max@example.org"),
            Person(address="ada@example.org"),
            Person(address="bo@example.org"),
        ),
        subject="Rowing on Friday",
        text="Shall we row on Friday?",
        sent_at=datetime(2024, 3, 5, 9, 12, tzinfo=UTC),
        sent_offset=60,
        received_at=ARRIVED,
        links=ThreadLinks(
            message_id="a1@example.org",
            ancestors=("root@example.org", "mid@example.org"),
            base_subject="rowing on friday",
        ),
    )


def test_what_gmail_knows_names_message_and_thread() -> None:
    mail = _mail("Message-ID: <a@b>", "References: <r@b>")

    message = parse(_raw(mail, gmail_id=2**64 - 1, gmail_thread=0))

    assert (message.message_key, message.thread_key) == ("18446744073709551615", "0")


def test_a_reply_without_references_belongs_to_what_it_answers() -> None:
    assert parse_bytes(_mail("Message-ID: <a@b>", "In-Reply-To: <r@b>")).thread_key == "r@b"


@pytest.mark.parametrize("field", ["Message-ID:", "Message-ID: <>", f"Message-ID: <{'x' * 900}@b>", "X: y"])
def test_without_a_usable_id_the_bytes_name_the_message(field: str) -> None:
    mail = _mail(field)

    message = parse_bytes(mail)

    assert message.message_key == hashlib.sha256(mail).hexdigest()
    assert message.thread_key == message.message_key


@pytest.mark.parametrize(
    "field", ["Message-ID: <a@b>", "Message-Id:\r\n\t<a@b>", "message-id: a@b", "MESSAGE-ID: <a @b> x"]
)
def test_a_message_id_is_normalised(field: str) -> None:
    assert parse_bytes(_mail(field)).message_key == "a@b"


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ("Ines Roth <ines@example.org>", "Ines Roth", "ines@example.org"),
        ("ines@example.org (Ines Roth)", "Ines Roth", "ines@example.org"),
        ("ines@example.org", "", "ines@example.org"),
        ("<ines@example.org>", "", "ines@example.org"),
        ('"Roth, Ines" <ines@example.org>', "Roth, Ines", "ines@example.org"),
        (r'"Ines \"Boat\" Roth" <ines@example.org>', 'Ines "Boat" Roth', "ines@example.org"),
        ("=?utf-8?q?In=C3=A9s_Roth?= <ines@example.org>", "Inés Roth", "ines@example.org"),
        ('"=?utf-8?b?SW7DqXM=?=" <ines@example.org>', "Inés", "ines@example.org"),
        ("=?utf-8?q?In=C3=A9s_=3Cines=40example=2Eorg=3E?=", "Inés", "ines@example.org"),
        ("Inés <ines@example.org>", "Inés", "ines@example.org"),
        ("Ines Roth ines@example.org", "Ines Roth", "ines@example.org"),
        ("Ines [the boat] <ines@example.org>", "Ines [the boat]", "ines@example.org"),
        ("Ines <ines@example.org", "Ines", "ines@example.org"),
        ('"Ines <ines@example.org>', "Ines", "ines@example.org"),
        ("Ines\x1b[31m\u202e <ines@example.org>", "Ines", "ines@example.org"),
        ("The Boat House", "The Boat House", ""),
        ("undisclosed-recipients:;", "", ""),
        ("", "", ""),
    ],
)
def test_a_sender_reads_as_a_person_would(written: str, name: str, address: str) -> None:
    message = parse_bytes(_mail(f"From: {written}"))

    assert message.sender == Person(name=name, address=address)
    assert ("sender.missing" in message.defects) == (not address)


def test_a_mail_without_from_has_the_sender_named_elsewhere() -> None:
    assert parse_bytes(_mail("Reply-To: Ines <ines@example.org>")).sender.address == "ines@example.org"


def test_a_recipient_list_without_end_is_capped() -> None:
    message = parse_bytes(_mail("To: " + "a@b, " * 5000))

    assert len(message.recipients) == 1000


@pytest.mark.parametrize(
    ("written", "subject"),
    [
        ("=?utf-8?q?Caf=C3=A9_um_drei=3F?=", "Café um drei?"),
        ("=?UTF-8?B?Q2Fmw6kg?= =?UTF-8?B?dW0gZHJlaQ==?=", "Café um drei"),
        ("=?utf-8?b?4g==?= =?utf-8?b?gqw=?= please", "€ please"),
        ("Re: =?iso-8859-1?Q?Gr=FC=DFe?= an =?utf-8?q?B=C3=B6?=", "Re: Grüße an Bö"),
        ("=?windows-1252?Q?=93quoted=94?=", "“quoted”"),
        ("=?iso-8859-1*de?Q?Gr=FC=DFe?=", "Grüße"),
        ("=?utf-8?q?two words inside?=", "two words inside"),
        ("=?utf-8?q?cut off =C3=A9", "cut off é"),
        ("=?utf-8?q?glued?=text=?utf-8?q?again?=", "gluedtextagain"),
        ("=?no-such-charset?q?caf=C3=A9?=", "café"),
        ("=?gb2312?b?1tDOxA==?=", "中文"),
        ("=?iso-2022-jp?b?GyRCRnxLXBsoQg==?=", "日本"),
        ("raw Grüße", "raw Grüße"),
        ("what is 2=?3", "what is 2=?3"),
        ("bell\x07 and \x1b[2Jescape", "bell and escape"),
        ("", ""),
    ],
)
def test_a_subject_reads_as_a_person_would(written: str, subject: str) -> None:
    assert parse_bytes(_mail(f"Subject: {written}")).subject == subject


def test_a_raw_subject_is_in_the_charset_of_the_body() -> None:
    mail = _mail("Subject: Привет", "Content-Type: text/plain; charset=koi8-r", encoding="koi8-r")

    assert parse_bytes(mail).subject == "Привет"


@pytest.mark.parametrize(
    ("written", "sent_at", "defect"),
    [
        ("Tue, 5 Mar 2024 10:12:00 +0100", datetime(2024, 3, 5, 9, 12, tzinfo=UTC), None),
        ("5 Mar 24 09:12 GMT", datetime(2024, 3, 5, 9, 12, tzinfo=UTC), None),
        ("Tue, 5 Mar 2024 10:12:00 -1600", datetime(2024, 3, 5, 10, 12, tzinfo=UTC), "date.offset"),
        ("Tue, 5 Mar 2024 10:12:00 +99999999999", datetime(2024, 3, 5, 10, 12, tzinfo=UTC), "date.offset"),
        ("Tue, 5 Mar 0102 10:12:00 +0100", None, "date.range"),
        ("Tue, 5 Mar 9999 10:12:00 +0100", None, "date.range"),
        ("Fri, 31 Dec 9999 23:59:59 -0800", None, "date.range"),
        ("Tue, 31 Feb 2024 10:12:00 +0100", None, "date.range"),
        ("last Tuesday", None, "date.syntax"),
        ("", None, "date.missing"),
    ],
)
def test_a_date_is_utc_or_its_defect_is_noted(written: str, sent_at: datetime | None, defect: str | None) -> None:
    message = parse_bytes(_mail(f"Date: {written}", "From: a@b"))

    assert message.sent_at == sent_at
    assert message.defects == ((defect,) if defect else ())


def test_a_file_was_received_when_it_was_sent_or_at_the_epoch() -> None:
    assert parse_bytes(_mail("Date: Tue, 5 Mar 2024 09:12:00 +0000")).received_at == datetime(
        2024, 3, 5, 9, 12, tzinfo=UTC
    )
    assert parse_bytes(_mail("X: y")).received_at == datetime(1970, 1, 1, tzinfo=UTC)


def test_the_time_of_arrival_is_given_in_utc() -> None:
    local = datetime(2024, 3, 5, 10, tzinfo=timezone(timedelta(hours=1)))

    assert parse_bytes(_mail("X: y"), received_at=local).received_at.isoformat() == "2024-03-05T09:00:00+00:00"


@pytest.mark.parametrize(
    ("field", "bulk"),
    [
        ("List-Id: <rowers.example.org>", True),
        ("List-Unsubscribe: <mailto:x@example.org>", True),
        ("Precedence: Bulk", True),
        ("Auto-Submitted: auto-replied", True),
        ("Auto-Submitted: no", False),
        ("Precedence: normal", False),
    ],
)
def test_lists_and_machines_are_told_from_people(field: str, bulk: bool) -> None:  # noqa: FBT001 - a table's column
    assert parse_bytes(_mail(field)).bulk is bulk


@pytest.mark.parametrize(
    "start",
    [
        b"From ines@example.org Tue Mar  5 09:12:00 2024\n",
        b"\r\n\r\n",
        b"\xef\xbb\xbf",
        b">From x\r\n",
        b"stray line\n",
    ],
)
def test_what_mailboxes_put_before_the_header_is_skipped(start: bytes) -> None:
    message = parse_bytes(start + _mail("Subject: Rowing", "From: a@b"))

    assert (message.subject, message.text) == ("Rowing", "Hello")


def test_bytes_without_a_header_are_a_body() -> None:
    message = parse_bytes(b"Just words.\nNo header at all.\n")

    assert message.text == "Just words.\nNo header at all."
    assert "header.missing" in message.defects


def test_a_record_becomes_the_same_message_as_a_mail() -> None:
    message = message_from_fields(
        {
            "id": "EX1",
            "from": "Ines Roth <ines@example.org>",
            "to": "max@example.org, ada@example.org",
            "cc": ["bo@example.org"],
            "date": "Tue, 5 Mar 2024 10:12:00 +0100",
            "subject": "Rowing",
            "body": "Friday?\n\n-----Original Message-----\nFrom: Max\n\nWhen?",
        }
    )

    assert message.message_key == message.thread_key == "EX1"
    assert message.sender == Person(name="Ines Roth", address="ines@example.org")
    assert [person.address for person in message.recipients] == ["max@example.org", "ada@example.org", "bo@example.org"]
    assert (message.subject, message.text) == ("Rowing", "Friday?")
    assert message.quoted.endswith("When?")
    assert message.received_at == message.sent_at == datetime(2024, 3, 5, 9, 12, tzinfo=UTC)
    assert message.defects == ()


def test_a_record_prefers_its_message_id() -> None:
    assert message_from_fields({"id": "EX1", "message_id": "<a@b>"}).message_key == "a@b"


def test_records_without_any_id_differ_by_their_content() -> None:
    first, second = message_from_fields({"body": "a"}), message_from_fields({"body": "b"})

    assert first.message_key != second.message_key
    assert first.message_key == message_from_fields({"body": "a"}).message_key


@pytest.mark.parametrize(
    "value",
    [None, 3, 10**5000, True, 1.5, [], [None, 2], {"a": 1}, b"bytes", "\ud800\0", object()],
    ids=lambda value: type(value).__name__,
)
def test_a_record_with_wrong_types_counts_them_as_empty(value: object) -> None:
    names = ("id", "message_id", "from", "to", "cc", "date", "subject", "body", "references", "in_reply_to")

    message = message_from_fields(dict.fromkeys(names, value))

    assert message.message_key
    assert message.sent_at is None
    f"{message.message_key}{message.subject}{message.text}{message.sender.name}".encode()
