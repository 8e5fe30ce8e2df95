"""Records with plain defaults, for tests that care about one field at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from jeeves.types import Message, Notification, NotificationStatus, Person, Prediction, StoredMessage

NOON = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)

_MESSAGE = Message(
    message_key="<m1@example.org>",
    thread_key="<m1@example.org>",
    sender=Person(name="Ada Holm", address="ada@example.org"),
    recipients=(Person(address="me@example.com"),),
    subject="Thursday",
    text="Shall we have lunch on Thursday at 12:30?",
    sent_at=NOON,
    received_at=NOON,
)
_PREDICTION = Prediction(
    probability=0.9,
    needs_place=True,
    sentence="Shall we have lunch on Thursday at 12:30?",
    model_version="test-1",
)
_NOTIFICATION = Notification(
    id=1,
    dedupe_key="<m1@example.org>#1",
    channel="sms",
    body="Ada Holm suggests: lunch. Where? [b2]",
    reference="b2",
    status=NotificationStatus.SENDING,
    attempt=1,
    created_at=NOON,
    expires_at=NOON.replace(hour=23),
)


def message(**changes: object) -> Message:
    """Return a message inviting to lunch, with ``changes``."""
    return replace(_MESSAGE, **changes)  # type: ignore[arg-type]  # field names and types are the caller's business


def stored(number: int = 1, **changes: object) -> StoredMessage:
    """Return the same as a stored message."""
    return StoredMessage(id=number, message=message(**changes))


def prediction(**changes: object) -> Prediction:
    """Return a confident prediction that a place is needed, with ``changes``."""
    return replace(_PREDICTION, **changes)  # type: ignore[arg-type]  # as above


def notification(**changes: object) -> Notification:
    """Return a notification being sent by text message, with ``changes``."""
    return replace(_NOTIFICATION, **changes)  # type: ignore[arg-type]  # as above
