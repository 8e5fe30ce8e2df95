"""From raw bytes, or the fields of a JSON record, to a Message: total and linear.

Lives here: which header and which part fill which field of a Message. Must not live here: how to decode a header
(``headers``), find parts (``mime``), read bodies (``bodies``), split quotes (``text``).

Defect codes, each at most once per message: "header.missing", "header.syntax", "header.cap", "sender.missing",
"date.missing", "date.syntax", "date.range", "date.offset", "received.range", "mime.boundary", "mime.depth",
"mime.parts", "body.base64", "body.charset", "text.binary", "text.cap", "text.nul", "text.surrogate" and those of
``invites``.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jeeves.mail import headers, mime
from jeeves.mail.bodies import Body, read_body, readable
from jeeves.mail.invites import read_invite
from jeeves.mail.text import split_text
from jeeves.mail.threads import thread_links
from jeeves.sanitise import one_line
from jeeves.types import Message, Person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jeeves.mail.fields import Header
    from jeeves.mail.mime import Part
    from jeeves.types import Invite, MessageRef, RawMessage, ThreadLinks

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_SUBJECT = 2_000
_MAX_KEY = 500
_MAX_NUMBER = 2**64  # of an id; str() of a larger one may raise
_SENDER_FIELDS = ("from", "sender", "reply-to", "return-path")
_BULK_PRECEDENCE = frozenset({b"bulk", b"list", b"junk"})


def parse(raw: RawMessage) -> Message:
    """Return what a person would read of ``raw``. Raises nothing on any bytes; time linear in their number.

    The keys prefer what Gmail knows: message_key its X-GM-MSGID, thread_key its X-GM-THRID, as decimal digits.
    """
    return _parse(
        raw.rfc822, ref=raw.ref, received_at=raw.received_at, gmail_id=raw.gmail_id, gmail_thread=raw.gmail_thread
    )


def parse_bytes(
    rfc822: bytes,
    *,
    received_at: datetime | None = None,
    gmail_id: int | None = None,
    gmail_thread: int | None = None,
) -> Message:
    """Return the message in a file (RFC 5322, or one entry of an mbox). Raises nothing on any bytes.

    ``received_at`` (aware) defaults to the Date header, then to the epoch; Gmail's numbers go into the keys as with
    ``parse``.
    """
    return _parse(rfc822, received_at=received_at, gmail_id=gmail_id, gmail_thread=gmail_thread)


def _parse(
    rfc822: bytes,
    *,
    received_at: datetime | None,
    ref: MessageRef | None = None,
    gmail_id: int | None = None,
    gmail_thread: int | None = None,
) -> Message:
    root, defects = mime.read(rfc822)
    header = root.header
    body = read_body(root)
    date = headers.decode_text(header.first("date"))
    sent_at, date_defect = headers.read_date(date)
    arrived = headers.plausible(received_at) if received_at else None
    defects += [date_defect, "received.range" if received_at and not arrived else "", *body.defects]
    invite = _invite(body, defects)
    charset = _charset(root)
    sender = _sender(header, charset)
    if not sender.address:
        defects.append("sender.missing")
    split = split_text(body.text)
    subject = headers.decode_text(header.first("subject"), charset)[:_MAX_SUBJECT]
    links = _links(header, subject)
    message_key = str(gmail_id) if gmail_id is not None else links.message_id or hashlib.sha256(rfc822).hexdigest()
    root_id = links.ancestors[0] if links.ancestors else ""
    return Message(
        ref=ref,
        message_key=message_key,
        thread_key=str(gmail_thread) if gmail_thread is not None else root_id or message_key,
        sender=sender,
        recipients=tuple(person for name in ("to", "cc") for person in headers.people(header.joined(name), charset)),
        subject=subject,
        text=split.text,
        quoted="\n\n".join(filter(None, [split.quoted, "\n".join(body.forwarded).strip()])),
        sent_at=sent_at,
        sent_offset=headers.read_offset(date) if sent_at else None,
        received_at=arrived or sent_at or _EPOCH,
        invite=invite,
        bulk=_is_bulk(header),
        defects=_codes(defects),
        links=links,
    )


def message_from_fields(fields: Mapping[str, object]) -> Message:
    """Return the message of a JSON record with id, message_id, from, to, cc, date, subject and body.

    Any of them may be missing, None or of a wrong type: then it counts as empty. ``message_key`` is message_id, else
    id, else a SHA-256 of the record. Raises nothing.
    """
    defects: list[str] = []
    sent_at, date_defect = headers.read_date(_field(fields, "date"))
    defects.append(date_defect)
    message_key = (
        _first_id(_field(fields, "message_id")) or one_line(_field(fields, "id"))[:_MAX_KEY] or _digest(fields)
    )
    sender = next(iter(_people(fields, "from")), Person())
    if not sender.address:
        defects.append("sender.missing")
    split = split_text(readable(_field(fields, "body"), defects))
    return Message(
        message_key=message_key,
        thread_key=_first_id(_field(fields, "references")) or _first_id(_field(fields, "in_reply_to")) or message_key,
        sender=sender,
        recipients=(*_people(fields, "to"), *_people(fields, "cc")),
        subject=headers.decode_text(_encoded(_field(fields, "subject")))[:_MAX_SUBJECT],
        text=split.text,
        quoted=split.quoted,
        sent_at=sent_at,
        sent_offset=headers.read_offset(_field(fields, "date")) if sent_at else None,
        received_at=sent_at or _EPOCH,
        defects=_codes(defects),
    )


def _charset(root: Part) -> str:
    """Return the charset of the first text part: raw 8-bit headers are mostly in the same one."""
    part = root
    while part.children:
        part = part.children[0]
    return part.header.parameters.get("charset", "")


def _sender(header: Header, charset: str) -> Person:
    """Return the first of From, Sender, Reply-To and Return-Path that names somebody."""
    nameless = Person()
    for name in _SENDER_FIELDS:
        for person in headers.people(header.joined(name), charset)[:1]:
            if person.address:
                return person
            nameless = nameless if nameless.name else person
    return nameless


def _links(header: Header, subject: str) -> ThreadLinks:
    references = headers.message_ids(header.first("references"))
    return thread_links(
        message_id=next(iter(headers.message_ids(header.first("message-id"))), ""),
        references=references,
        in_reply_to=() if references else headers.message_ids(header.first("in-reply-to")),
        subject=subject,
    )


def _is_bulk(header: Header) -> bool:
    """Return whether a list or a machine sent it (RFC 2369, RFC 2919, RFC 3834)."""
    if "list-id" in header.fields or "list-unsubscribe" in header.fields:
        return True
    automatic = header.first("auto-submitted").strip().lower()
    return (automatic not in {b"", b"no"}) or header.first("precedence").strip().lower() in _BULK_PRECEDENCE


def _invite(body: Body, defects: list[str]) -> Invite | None:
    if not body.calendar:
        return None
    invite, found = read_invite(body.calendar, body.calendar_method)
    defects += found
    return invite


def _codes(defects: list[str]) -> tuple[str, ...]:
    return tuple(sorted({defect for defect in defects if defect}))


def _field(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if isinstance(value, list | tuple):
        return ", ".join(each for each in value if isinstance(each, str))
    if isinstance(value, int) and not isinstance(value, bool) and name == "id":
        return hex(value) if abs(value) > _MAX_NUMBER else str(value)
    return value if isinstance(value, str) else ""


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _people(fields: Mapping[str, object], name: str) -> list[Person]:
    return headers.people(_encoded(_field(fields, name)))


def _first_id(text: str) -> str:
    return next(iter(headers.message_ids(_encoded(text))), "")


def _digest(fields: Mapping[str, object]) -> str:
    known = {name: _field(fields, name) for name in ("from", "to", "cc", "date", "subject", "body")}
    return hashlib.sha256(json.dumps(known).encode("ascii")).hexdigest()
