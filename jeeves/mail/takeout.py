"""A message of an archive as the mailbox it was taken from knew it: identity, labels, arrival.

Lives here: what mbox "From " lines and Google Takeout's own header fields tell, pure and total. Must not live here:
reading files (``archive``), reading the message itself (``parse``).

Google Takeout writes the message's Gmail number into the "From " line ("From 1734...@xxx Sat Nov 21 14:30:00 +0000
2026") and puts X-GM-THRID and X-Gmail-Labels before every other field. Only there are they believed: a mail server
puts its own fields on top of whatever the sender wrote, so nobody can mail them in.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from jeeves.mail import headers
from jeeves.mail.parse import parse_bytes
from jeeves.types import ArchivedMessage

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.mail.archive import RawItem

_FIELD = re.compile(rb"(x-gm-thrid|x-gmail-labels):([^\n]*\n(?:[ \t][^\n]*\n){0,2000})", re.IGNORECASE)
_LARGEST_FIELD = 64 * 1024  # bytes; below what the csv module takes as one field
_NUMBER = re.compile(rb"[0-9]{1,20}")
_LARGEST_NUMBER = 2**64 - 1
_SENDER = re.compile(rb"From ([0-9]{1,20})@xxx ")
_WEEKDAY = re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b,?")
_PARTS_OF_DATE = {  # writers differ in their order, and in which there are
    "day": re.compile(r"\d{1,2}"),
    "month": re.compile(r"[A-Z][a-z]{2}"),
    "year": re.compile(r"\d{4}"),
    "time": re.compile(r"\d{1,2}:\d{2}(?::\d{2})?"),
    "zone": re.compile(r"[+-]\d{4}"),
}
# As nearly all are written: weekday, month, day, time, perhaps a zone, year.
_PLAIN_ENVELOPE = re.compile(
    r"From [!-~]+ (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) +([0-9]{1,2}) ([0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?: ([+-][0-9]{4}))? ([0-9]{4})\r?\n?\Z"
)
_LONGEST_DATE = 100  # characters
_PLAUSIBLE_DELAY = timedelta(days=2)  # between sending and arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class Takeout:
    """What Google says of a message in its export."""

    gmail_id: int | None = None
    gmail_thread: int | None = None
    labels: tuple[str, ...] = ()


def archived_message(item: RawItem) -> ArchivedMessage:
    """Return the message of ``item`` under the identity it would have if it came from its server. Raises nothing."""
    rfc822 = as_sent(item)
    takeout = read_takeout(item.envelope, rfc822)
    message = parse_bytes(rfc822, gmail_id=takeout.gmail_id, gmail_thread=takeout.gmail_thread)
    arrived = arrival(read_envelope_date(item.envelope), message.sent_at) or message.received_at
    return ArchivedMessage(
        message=message if arrived == message.received_at else replace(message, received_at=arrived),
        gmail_id=takeout.gmail_id,
        gmail_thread=takeout.gmail_thread,
        labels=takeout.labels,
    )


def as_sent(item: RawItem) -> bytes:
    """Return the bytes a server would send (RFC 5322, section 2.1: lines end in CR LF).

    The empty line an mbox has before its next "From " line (RFC 4155, appendix A) is no part of the message. A
    message without Message-ID is known by its digest, so each byte counts.
    """
    rfc822 = item.rfc822
    if b"\r" not in rfc822 or b"\r\n" not in rfc822:  # one byte is found faster than two
        rfc822 = rfc822.replace(b"\n", b"\r\n")
    if item.envelope and rfc822.endswith(b"\r\n\r\n"):
        return rfc822[:-2]
    return rfc822


def read_takeout(envelope: bytes, rfc822: bytes) -> Takeout:
    """Return what Google Takeout added to a message; an empty record when it added nothing."""
    thread: int | None = None
    labels: tuple[str, ...] = ()
    at = 0
    while field := _FIELD.match(rfc822, at):
        at = field.end()
        value = field[2][:_LARGEST_FIELD]
        if field[1].lower() == b"x-gm-thrid":
            thread = _gmail_number(value.strip())
        else:
            labels = read_labels(value)
    if thread is None:
        return Takeout(labels=labels)
    sender = _SENDER.match(envelope)
    return Takeout(gmail_id=_gmail_number(sender[1]) if sender else None, gmail_thread=thread, labels=labels)


def read_labels(value: bytes) -> tuple[str, ...]:
    """Return the labels of an X-Gmail-Labels field: encoded words (RFC 2047) holding comma-separated names.

    Decoded first and split then: the commas may lie within the encoded words. A name with a comma is in quotes.
    """
    text = headers.decode_text(b" ".join(line.strip() for line in value.split(b"\n")))
    names = next(csv.reader([text], skipinitialspace=True), [])
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))


def read_envelope_date(envelope: bytes) -> datetime | None:
    """Return the date of an mbox "From " line as aware UTC; UTC where it names no zone (RFC 4155, appendix A)."""
    text = envelope[:1_000].decode("latin-1")
    if plain := _PLAIN_ENVELOPE.match(text):
        month, day, time, zone, year = plain.groups("+0000")
        return headers.read_date(f"{day} {month} {year} {time} {zone}")[0]
    weekdays = list(_WEEKDAY.finditer(text))
    if not weekdays:
        return None
    words = text[weekdays[-1].end() :][:_LONGEST_DATE].replace(",", " ").split()
    parts = {
        name: next(filter(pattern.fullmatch, words), "+0000" if name == "zone" else "")
        for name, pattern in _PARTS_OF_DATE.items()
    }
    return headers.read_date(" ".join(parts.values()))[0]


def arrival(envelope: datetime | None, sent: datetime | None) -> datetime | None:
    """Return when a message arrived, by its "From " line and its Date header; None when neither tells.

    Mail programs write the day they copied a message into the "From " line, and junk is dated in the future: where
    the two lie far apart the earlier one counts, so that old mail never passes for new.
    """
    if envelope is None or sent is None:
        return envelope or sent
    return envelope if timedelta() <= envelope - sent <= _PLAUSIBLE_DELAY else min(envelope, sent)


def _gmail_number(digits: bytes) -> int | None:
    """Return an unsigned 64-bit number, or None when ``digits`` are none."""
    number = int(digits) if _NUMBER.fullmatch(digits) else _LARGEST_NUMBER + 1
    return number if number <= _LARGEST_NUMBER else None
