"""Records to rows and back: pure.

Lives here: what PostgreSQL cannot hold is replaced here, once (NUL, lone surrogates, over-long keys). Must not
live here: statements, connections, decisions.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jeeves.store.schema import LONGEST_KEY
from jeeves.types import (
    Alert,
    Held,
    Invite,
    MailboxState,
    Message,
    MessageRef,
    Notification,
    NotificationStatus,
    Person,
    PlaceState,
    ThreadState,
    When,
)

if TYPE_CHECKING:
    from sqlalchemy import Row

    from jeeves.types import ArchivedMessage, Prediction, RawMessage, Suppressed


def clean(text: str) -> str:
    """Return ``text`` as PostgreSQL takes it: NUL and lone surrogates become U+FFFD, all else stays."""
    text = text.replace("\0", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def key(text: str) -> str:
    """Return ``text`` fit for a unique index: one longer than LONGEST_KEY becomes its digest, always the same."""
    text = clean(text)
    if len(text) <= LONGEST_KEY:
        return text
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def mailbox_state(row: Row[Any]) -> MailboxState:
    """Return the record of a row of ``mailboxes``."""
    return MailboxState(
        account=row.account,
        folder=row.folder,
        uidvalidity=row.uidvalidity,
        last_uid=row.last_uid,
        last_synced_at=row.last_synced_at,
    )


def message_row(account: str, raw: RawMessage | ArchivedMessage, message: Message) -> dict[str, object]:
    """Return the row of ``messages`` for a message; ``raw`` has what its keeper knows about it."""
    return {
        "account": clean(account),
        "message_key": key(message.message_key),
        "thread_key": key(message.thread_key),
        "message_id": key(message.links.message_id) or None,
        "gmail_id": raw.gmail_id,
        "gmail_thread": raw.gmail_thread,
        "labels": [clean(label) for label in raw.labels],
        # Gmail tells threads itself; elsewhere subjects help to join them (joining).
        "base_subject": key(message.links.base_subject) if raw.gmail_thread is None else "",
        "orphan_reply": raw.gmail_thread is None and _is_orphan_reply(message),
        "sender_name": clean(message.sender.name),
        "sender_address": clean(message.sender.address),
        "recipients": [[clean(person.name), clean(person.address)] for person in message.recipients],
        "subject": clean(message.subject),
        "text": clean(message.text),
        "quoted": clean(message.quoted),
        "sent_at": message.sent_at,
        "sent_offset": message.sent_offset,
        "received_at": message.received_at,
        "invite": None if message.invite is None else _invite_row(message.invite),
        "bulk": message.bulk,
        "defects": [clean(defect) for defect in message.defects],
    }


def _is_orphan_reply(message: Message) -> bool:
    """Tell whether a person answers without naming the message they answer: the subject alone can tell which."""
    links = message.links
    return links.is_reply and bool(links.base_subject) and not links.ancestors and not message.bulk


def message(row: Row[Any]) -> Message:
    """Return the message of a row of ``messages`` joined with one of its locations, if it has any."""
    ref = None if row.uid is None else MessageRef(mailbox=row.folder, uidvalidity=row.uidvalidity, uid=row.uid)
    return Message(
        ref=ref,
        message_key=row.message_key,
        thread_key=row.thread_key,
        sender=Person(name=row.sender_name, address=row.sender_address),
        recipients=tuple(Person(name=name, address=address) for name, address in row.recipients),
        subject=row.subject,
        text=row.text,
        quoted=row.quoted,
        sent_at=row.sent_at,
        sent_offset=row.sent_offset,
        received_at=row.received_at,
        invite=None if row.invite is None else _invite(row.invite),
        bulk=row.bulk,
        defects=tuple(row.defects),
    )


def _invite_row(invite: Invite) -> dict[str, str | None]:
    return {
        "method": clean(invite.method),
        "summary": clean(invite.summary),
        "start": None if invite.start is None else invite.start.isoformat(),
        "end": None if invite.end is None else invite.end.isoformat(),
        "location": clean(invite.location),
        "conference": clean(invite.conference),
        "partstat": clean(invite.partstat),
    }


def _invite(value: dict[str, Any]) -> Invite:
    return Invite(
        method=value["method"],
        summary=value["summary"],
        start=_moment(value["start"]),
        end=_moment(value["end"]),
        location=value["location"],
        conference=value["conference"],
        partstat=value.get("partstat", ""),  # rows written before it was read lack it
    )


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).astimezone(UTC)


def thread_state(row: Row[Any]) -> ThreadState:
    """Return the record of a row of ``threads``."""
    return ThreadState(
        thread_key=row.thread_key,
        place_state=PlaceState(row.place_state),
        proposal=row.proposal,
        place=row.place,
        when=when(row),
        opened_at=row.opened_at,
        as_of=row.as_of,
        words=row.words,
        revision=row.revision,
    )


def when(row: Row[Any]) -> When | None:
    """Return the time of a get-together in a row of ``threads`` or ``thread_states``."""
    return None if row.when_day is None else When(day=row.when_day, at=row.when_at)


def state_values(state: ThreadState) -> dict[str, object]:
    """Return the columns that ``threads`` and ``thread_states`` have in common."""
    return {
        "place_state": state.place_state.value,
        "proposal": state.proposal,
        "place": clean(state.place),
        "when_day": state.when and state.when.day,
        "when_at": state.when and state.when.at,
        "words": clean(state.words),
    }


def prediction_row(
    message_id: int, prediction: Prediction, decision: Alert | Suppressed, now: datetime
) -> dict[str, object]:
    """Return the row of ``predictions`` for what was decided at ``now``."""
    alerts = isinstance(decision, Alert)
    return {
        "message_id": message_id,
        "model_version": clean(prediction.model_version),
        "probability": prediction.probability,
        "needs_place": prediction.needs_place,
        "reasons": [[clean(reason.feature), reason.weight] for reason in prediction.reasons],
        "sentence": clean(prediction.sentence),
        "decision": "alert" if alerts else "suppressed",
        "why": key(decision.dedupe_key) if isinstance(decision, Alert) else clean(decision.reason),
        "decided_at": now,
    }


def notification_row(
    alert: Alert, message_id: int, channel: str, expires_at: datetime, now: datetime
) -> dict[str, object]:
    """Return the row of ``notifications`` for a new alert, due at once unless the alert says otherwise."""
    return {
        "message_id": message_id,
        "dedupe_key": key(alert.dedupe_key),
        "channel": clean(channel),
        "body": clean(alert.body),
        "reference": clean(alert.reference),
        "status": NotificationStatus.PENDING.value,
        "attempt": 0,
        "created_at": now,
        "next_attempt_at": alert.due_at or now,
        "held": alert.held is not Held.NO,
        "held_for": alert.held.value,
        "expires_at": expires_at,
        "provider_id": "",
    }


def notification(row: Row[Any]) -> Notification:
    """Return the record of a row of ``notifications`` with the ``account`` of its message."""
    return Notification(
        id=row.id,
        dedupe_key=row.dedupe_key,
        channel=row.channel,
        body=row.body,
        reference=row.reference,
        status=NotificationStatus(row.status),
        attempt=row.attempt,
        created_at=row.created_at,
        expires_at=row.expires_at,
        provider_id=row.provider_id,
        tried_at=row.tried_at,
        account=row.account,
    )
