"""Records for the tests of the store: one message, one decision, each part replaceable."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from jeeves.types import (
    Alert,
    MailboxState,
    Message,
    MessageRef,
    Person,
    PlaceState,
    Prediction,
    RawMessage,
    Reason,
    StoredMessage,
    ThreadState,
)

ACCOUNT = "anna@example.org"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=12)
SECOND = timedelta(seconds=1)


def received(uid: int, **changes: Any) -> tuple[RawMessage, Message]:  # noqa: ANN401 - fields of Message
    ref = MessageRef(mailbox="INBOX", uidvalidity=7, uid=uid)
    when = NOW + timedelta(minutes=uid)
    message = Message(
        ref=ref,
        message_key=f"<{uid}@example.org>",
        thread_key=f"<{uid}@example.org>",
        sender=Person(name="Ben", address="ben@example.org"),
        recipients=(Person(name="Anna", address=ACCOUNT),),
        subject="Lunch?",
        text="Shall we have lunch on Friday?",
        received_at=when,
    )
    raw = RawMessage(ref=ref, received_at=when, rfc822=b"Subject: Lunch?\r\n\r\nShall we?\r\n")
    return raw, replace(message, **changes)


def cursor(last_uid: int, **changes: Any) -> MailboxState:  # noqa: ANN401 - fields of MailboxState
    state = MailboxState(account=ACCOUNT, folder="INBOX", uidvalidity=7, last_uid=last_uid, last_synced_at=NOW)
    return replace(state, **changes)


PREDICTION = Prediction(
    probability=0.93,
    needs_place=True,
    reasons=(Reason(feature="lunch on", weight=1.5), Reason(feature="at", weight=-0.25)),
    sentence="Shall we have lunch on Friday?",
    model_version="starter-1",
)
ALERT = Alert(dedupe_key="<1@example.org>#1", reference="k7", body="Ben wants lunch on Friday; no place yet.")


def opened(stored: StoredMessage) -> ThreadState:
    return ThreadState(thread_key=stored.message.thread_key, place_state=PlaceState.OPEN, proposal=1)
