"""From what a FETCH answered to a RawMessage, whatever the server left out or got wrong.

Lives here: reading the fields of one FETCH response, pure and total. Must not live here: any conversation with a
server (``mail.imap``), any reading of the mail itself beyond its Date header (``mail.parse``).
"""

from __future__ import annotations

import email.utils
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from functools import lru_cache
from typing import TYPE_CHECKING

from imapclient import imap_utf7

from jeeves.sanitise import without_controls
from jeeves.types import RawMessage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jeeves.types import MessageRef

_MAX_KNOWN = 250  # bytes; Gmail takes no longer name
EPOCH = datetime.fromtimestamp(0, tz=UTC)


def raw_message(ref: MessageRef, fields: Mapping[bytes, object]) -> RawMessage | None:
    """Make the record of one message from its FETCH response; None when the response carries no message.

    A message expunged meanwhile comes back without ``BODY[]`` or not at all (RFC 2180, section 4.1). When the
    server gives no usable INTERNALDATE, the Date header stands in, and 1970 when that is unusable too: such a
    message is stored, and being old it raises no alert.
    """
    rfc822 = fields.get(b"BODY[]")
    if not isinstance(rfc822, bytes):
        return None
    return RawMessage(
        ref=ref,
        gmail_id=_number(fields.get(b"X-GM-MSGID")),
        gmail_thread=_number(fields.get(b"X-GM-THRID")),
        labels=tuple(decode_name(label) for label in _items(fields.get(b"X-GM-LABELS"))),
        received_at=_as_utc(fields.get(b"INTERNALDATE")) or _date_header(rfc822) or EPOCH,
        flags=tuple(_text(flag) for flag in _items(fields.get(b"FLAGS"))),
        rfc822=rfc822,
    )


def decode_name(name: object) -> str:
    """Decode a folder or label name from modified UTF-7 (RFC 3501, section 5.1.3), harmless to store and show.

    A name that is no modified UTF-7 is taken as it stands.
    """
    return _known_name(name) if isinstance(name, bytes) and len(name) <= _MAX_KNOWN else _decoded_name(name)


@lru_cache(maxsize=1024)  # a mailbox has a few dozen labels, and each message says which
def _known_name(name: bytes) -> str:
    return _decoded_name(name)


def _decoded_name(name: object) -> str:
    try:
        return without_controls(str(imap_utf7.decode(name)) if isinstance(name, bytes) else _text(name))
    except ValueError:
        return without_controls(_text(name))


def _items(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()


def _text(value: object) -> str:
    """Read an atom: the response parser makes numbers of digits and None of NIL, both fine names for a label."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "NIL" if value is None else str(value)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _date_header(rfc822: bytes) -> datetime | None:
    head = rfc822.partition(b"\r\n\r\n")[0]
    try:
        return _as_utc(email.utils.parsedate_to_datetime(str(BytesHeaderParser().parsebytes(head)["Date"])))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _as_utc(moment: object) -> datetime | None:
    """Turn a date into aware UTC; None when it is missing, names no zone, or leaves the calendar."""
    if not isinstance(moment, datetime):
        return None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
