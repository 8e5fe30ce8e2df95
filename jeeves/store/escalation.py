"""From one channel to the next, within somebody else's transaction.

Lives here: queueing an alert on another channel, calling it off there, the history of attempts. Must not live here:
when that is due, which channel comes next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, case, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from jeeves.store import rows
from jeeves.store.labels import is_refused
from jeeves.store.mutes import is_muted
from jeeves.store.schema import delivery_attempts, messages, notifications, threads
from jeeves.types import NotificationStatus, PlaceState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row

    from jeeves.types import Notification

_PENDING: Final = NotificationStatus.PENDING.value
# What the history says of an alert that the next channel took over: whether it may have gone out on this one.
_GIVEN_UP: Final = {_PENDING: "escalated", NotificationStatus.UNCONFIRMED.value: "escalated_unconfirmed"}


def finish_attempt(connection: Connection, notification_id: int, attempt: int, *, outcome: str, now: datetime) -> None:
    """Write how an attempt ended into the history; no effect when there was none."""
    connection.execute(
        update(delivery_attempts)
        .where(delivery_attempts.c.notification_id == notification_id, delivery_attempts.c.attempt == attempt)
        .values(finished_at=now, outcome=rows.clean(outcome))
    )


def queue_on(connection: Connection, notification_id: int, channel: str, now: datetime, *, body: str | None) -> bool:
    """Queue the same alert on ``channel``; False when it has been there."""
    copied = ("message_id", "dedupe_key", "kind", "reference", "expires_at")
    fresh = {
        "body": notifications.c.body if body is None else literal(rows.clean(body)),
        "channel": literal(rows.clean(channel)),
        "escalated_from": notifications.c.id,
        "status": literal(_PENDING),
        "attempt": literal(0),
        "created_at": literal(now),
        "next_attempt_at": literal(now),
        "provider_id": literal(""),
    }
    same_alert = select(*(notifications.c[name] for name in copied), *fresh.values()).where(
        notifications.c.id == notification_id,
        notifications.c.kind != "answer",  # whoever texted waits for a text, not for a call
    )
    statement = insert(notifications).from_select([*copied, *fresh], same_alert).on_conflict_do_nothing()
    return connection.execute(statement.returning(notifications.c.id)).one_or_none() is not None


def escalate_row(connection: Connection, row: Row[Any], channel: str | None, now: datetime) -> bool:
    """Let the overdue alert of ``row`` go to ``channel``, if there is one and a place is still wanted; tell whether.

    It is given up on its old channel unless that took it.
    """
    ended: dict[str, object] = {"escalate_at": None}
    # A digest tells of several get-togethers and is looked at as a whole; an answer is a text message or nothing.
    wanted = row.kind == "digest" or _is_wanted(connection, row, now)
    goes_on = channel is not None and row.kind != "answer" and wanted
    if goes_on and row.status in _GIVEN_UP:
        ended["status"] = NotificationStatus.FAILED.value
        finish_attempt(connection, row.id, row.attempt, outcome=_GIVEN_UP[row.status], now=now)
    connection.execute(update(notifications).where(notifications.c.id == row.id).values(ended))
    return goes_on and channel is not None and queue_on(connection, row.id, channel, now, body=None)


def _is_wanted(connection: Connection, row: Row[Any], now: datetime) -> bool:
    """Tell whether the alert of ``row`` still has something to tell: see ``waiting`` for those that wait."""
    query = (
        select(
            threads,
            is_muted(messages.c.sender_address, messages.c.thread_key, now).label("muted"),
            is_refused(messages.c.id).label("refused"),
        )
        .join_from(messages, threads, threads.c.thread_key == messages.c.thread_key, isouter=True)
        .where(messages.c.id == row.message_id)
    )
    found = connection.execute(query).one()
    if found.muted or found.refused:
        return False
    if found.thread_key is None:
        return True
    state = rows.thread_state(found)
    latest = {rows.key(state.dedupe_key), rows.key(state.reminder_key)}
    outdated = row.dedupe_key.startswith(f"{state.thread_key}#") and row.dedupe_key not in latest
    return state.place_state is PlaceState.OPEN and not outdated


def call_off_elsewhere(connection: Connection, notification: Notification) -> None:
    """End the same alert on every other channel that has not sent it yet: its owner knows."""
    _call_off(connection, notifications.c.dedupe_key == notification.dedupe_key, notifications.c.status == _PENDING)


def call_off_following(connection: Connection, message_id: int) -> None:
    """Let no further channel tell what the owner has just answered: the alert of that message, or its digest."""
    digests = select(notifications.c.digest_key).where(
        notifications.c.message_id == message_id, notifications.c.digest_key.is_not(None)
    )
    answered = or_(
        (notifications.c.message_id == message_id) & (notifications.c.kind == "alert"),
        notifications.c.dedupe_key.in_(digests),
    )
    follows = (notifications.c.status == _PENDING) & notifications.c.escalated_from.is_not(None)
    _call_off(connection, answered, follows)


def _call_off(connection: Connection, these: ColumnElement[bool], withdrawn: ColumnElement[bool]) -> None:
    status = case((withdrawn, NotificationStatus.WITHDRAWN.value), else_=notifications.c.status)
    connection.execute(update(notifications).where(these).values(escalate_at=None, status=status))
