"""From one channel to the next, within somebody else's transaction.

Lives here: queueing an alert on another channel, calling it off there, the history of attempts. Must not live here:
when that is due, which channel comes next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, case, exists, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from jeeves.store import rows
from jeeves.store.schema import delivery_attempts, messages, notifications, threads
from jeeves.types import NotificationStatus, PlaceState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

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
    wanted = row.kind == "digest" or not connection.execute(select(_needs_no_place(row))).scalar_one()
    goes_on = channel is not None and row.kind != "answer" and wanted
    if goes_on and row.status in _GIVEN_UP:
        ended["status"] = NotificationStatus.FAILED.value
        finish_attempt(connection, row.id, row.attempt, outcome=_GIVEN_UP[row.status], now=now)
    connection.execute(update(notifications).where(notifications.c.id == row.id).values(ended))
    return goes_on and channel is not None and queue_on(connection, row.id, channel, now, body=None)


def _needs_no_place(row: Row[Any]) -> Any:  # noqa: ANN401 - SQLAlchemy's own
    thread_key = select(messages.c.thread_key).where(messages.c.id == row.message_id).scalar_subquery()
    return exists().where(threads.c.thread_key == thread_key, threads.c.place_state != PlaceState.OPEN.value)


def call_off_elsewhere(connection: Connection, notification: Notification) -> None:
    """End the same alert on every other channel that has not sent it yet: its owner knows."""
    connection.execute(
        update(notifications)
        .where(notifications.c.dedupe_key == notification.dedupe_key)
        .values(
            escalate_at=None,
            status=case(
                (notifications.c.status == _PENDING, NotificationStatus.WITHDRAWN.value), else_=notifications.c.status
            ),
        )
    )
