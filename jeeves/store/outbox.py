"""Alerts on their way out, in PostgreSQL: transactions T3 and T4.

Lives here: ``PostgresOutbox``. Must not live here: sending, back-off times, which channel comes next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from jeeves.store import rows
from jeeves.store.failures import translated
from jeeves.store.schema import delivery_attempts, notifications
from jeeves.types import NotificationStatus

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy import Row, Select

    from jeeves.types import Notification

_PENDING = NotificationStatus.PENDING.value
_RUNNING = (_PENDING, NotificationStatus.SENDING.value, NotificationStatus.UNCONFIRMED.value)
_LEASE_EXPIRED = "lease_expired"


class PostgresOutbox:
    """Satisfies ``ports.Outbox``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def claim(self, now: datetime, lease: timedelta) -> Notification | None:
        """T3: take one due notification, raise its attempt, set the lease, commit; None when nothing is due.

        Pending ones past ``expires_at`` become ``expired``. One whose lease ran out is handed out as
        ``unconfirmed``, however old: whether it went out is worth knowing even when sending again is not.
        """
        with translated(), self._engine.begin() as connection:
            _expire(connection, now)
            row = connection.execute(_due(now)).one_or_none()
            if row is None:
                return None
            if row.lease_until is not None:
                _finish_attempt(connection, row.id, row.attempt, outcome=_LEASE_EXPIRED, now=now)
            return _lease(connection, row, now, now + lease)

    def settle(  # noqa: PLR0913 - one transaction, each part named (the port says so)
        self,
        notification: Notification,
        status: NotificationStatus,
        *,
        now: datetime,
        outcome: str,
        provider_id: str = "",
        next_attempt_at: datetime | None = None,
        next_channel: str | None = None,
    ) -> bool:
        """T4: write how attempt ``notification.attempt`` ended, only if it is still the running one.

        ``next_attempt_at`` defaults to ``now``. ``next_channel`` queues the same alert there in the same
        transaction. Returns False, changing nothing, when another process has taken over meanwhile.
        """
        ended = {
            "status": status.value,
            "lease_until": None,
            "next_attempt_at": next_attempt_at or now,
            "provider_id": rows.clean(provider_id) or notifications.c.provider_id,
        }
        still_running = (
            update(notifications)
            .where(
                notifications.c.id == notification.id,
                notifications.c.attempt == notification.attempt,
                notifications.c.lease_until.is_not(None),
            )
            .values(ended)
            .returning(notifications.c.id)
        )
        with translated(), self._engine.begin() as connection:
            if connection.execute(still_running).one_or_none() is None:
                return False
            _finish_attempt(connection, notification.id, notification.attempt, outcome=outcome, now=now)
            if next_channel is not None:
                _escalate(connection, notification.id, next_channel, now)
            return True


def _expire(connection: Connection, now: datetime) -> None:
    worthless = (
        select(notifications.c.id)
        .where(notifications.c.status == _PENDING, notifications.c.expires_at <= now)
        .with_for_update(skip_locked=True)
    )
    connection.execute(
        update(notifications).where(notifications.c.id.in_(worthless)).values(status=NotificationStatus.EXPIRED.value)
    )


def _due(now: datetime) -> Select[Any]:
    return (
        select(notifications)
        .where(
            notifications.c.status.in_(_RUNNING),
            ~notifications.c.held,
            func.coalesce(notifications.c.lease_until, notifications.c.next_attempt_at) <= now,
            or_(notifications.c.status != _PENDING, notifications.c.expires_at > now),
        )
        .order_by(notifications.c.next_attempt_at, notifications.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _lease(connection: Connection, row: Row[Any], now: datetime, until: datetime) -> Notification:
    # A fresh attempt number even for a look at the provider: the worker whose lease ran out must not settle it.
    taken = NotificationStatus.SENDING if row.status == _PENDING else NotificationStatus.UNCONFIRMED
    claimed = connection.execute(
        update(notifications)
        .where(notifications.c.id == row.id)
        .values(status=taken.value, attempt=row.attempt + 1, lease_until=until)
        .returning(notifications)
    ).one()
    connection.execute(
        insert(delivery_attempts).values(notification_id=row.id, attempt=claimed.attempt, started_at=now)
    )
    return rows.notification(claimed)


def _finish_attempt(connection: Connection, notification_id: int, attempt: int, *, outcome: str, now: datetime) -> None:
    connection.execute(
        update(delivery_attempts)
        .where(delivery_attempts.c.notification_id == notification_id, delivery_attempts.c.attempt == attempt)
        .values(finished_at=now, outcome=rows.clean(outcome))
    )


def _escalate(connection: Connection, notification_id: int, channel: str, now: datetime) -> None:
    copied = ("message_id", "dedupe_key", "kind", "body", "reference", "expires_at")
    fresh = {
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
    connection.execute(insert(notifications).from_select([*copied, *fresh], same_alert).on_conflict_do_nothing())
