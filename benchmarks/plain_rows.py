"""A message as a row of the table ``messages``, read the way one writes it in an afternoon.

Lives here: what the anchors of ``import_mail`` and ``backfill`` store, by ``email`` with its default policy (compat32).
Must not live here: how they store it. No quotes are taken off, and no threads joined.
"""

from __future__ import annotations

import email.header
import email.utils
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from psycopg2.extras import Json

if TYPE_CHECKING:
    from email.message import Message

ACCOUNT = "me@example.com"
COLUMNS = (
    *("account", "message_key", "thread_key", "sender_name", "sender_address", "recipients", "subject", "text"),
    *("quoted", "sent_at", "received_at", "bulk", "defects", "decided_at", "base_subject"),
)


def plain_row(message: Message) -> tuple[Any, ...]:
    """Return the values of ``COLUMNS``, as psycopg2 takes them."""
    own = str(message["message-id"] or "").strip() or hashlib.sha256(message.as_bytes()).hexdigest()
    references = str(message["references"] or message["in-reply-to"] or own).split()
    name, address = email.utils.parseaddr(_decoded(message["from"]))
    people = email.utils.getaddresses([_decoded(each) for field in ("to", "cc") for each in message.get_all(field, [])])
    sent = email.utils.parsedate_to_datetime(message["date"]).astimezone(UTC)
    subject = _decoded(message["subject"])
    bulk = "list-id" in message or "list-unsubscribe" in message
    base = subject.removeprefix("Re: ").lower()
    return (
        *(ACCOUNT, own.strip("<>"), references[0].strip("<>"), name, address.lower(), Json(people), subject),
        *(_text(message), "", sent, sent, bulk, [], datetime.now(UTC), base),
    )


def _decoded(value: str | None) -> str:
    return str(email.header.make_header(email.header.decode_header(value or "")))


def _text(message: Message) -> str:
    parts = {part.get_content_type(): part for part in reversed(list(message.walk()))}
    part = parts.get("text/plain") or parts.get("text/html")
    if part is None:
        return ""
    content = part.get_payload(decode=True)
    charset = part.get_content_charset("utf-8")
    return content.decode(charset, "replace").replace("\0", "") if isinstance(content, bytes) else ""
