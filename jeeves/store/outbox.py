"""Alerts on their way out, in PostgreSQL: transactions T3 and T4, and what follows after sending.

Lives here: ``PostgresOutbox``. Must not live here: sending, back-off times, which channel comes next, the owner's
orders (``outbox_desk``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, case, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from jeeves.store import rows
from jeeves.store.escalation import call_off_elsewhere, escalate_row, finish_attempt, queue_on
from jeeves.store.failures import translated
from jeeves.store.holding import Holding, is_free, wait_for
from jeeves.store.schema import delivery_attempts, messages, notifications
from jeeves.types import NotificationStatus

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Row, Select

    from jeeves.types import Notification

_PENDING = NotificationStatus.PENDING.value
_SENT = NotificationStatus.SENT.value
_UNCONFIRMED = NotificationStatus.UNCONFIRMED.value
_RUNNING = (_PENDING, NotificationStatus.SENDING.value, _UNCONFIRMED)
_LEASE_EXPIRED = "lease_expired"
# What was written by a clock that has been set back since lies further ahead than anything ever does.
_CLOCK_TOLERANCE = timedelta(minutes=1)  # between two machines on one database
_OTHERS_WITHIN = timedelta(days=7)  # far longer than any alert is on its way
_LONGEST_CHECK_WAIT = timedelta(hours=1)
# The mailbox an alert is about: it decides on the channels.
_ACCOUNT = (
    select(messages.c.account).where(messages.c.id == notifications.c.message_id).scalar_subquery().label("account")
)


class PostgresOutbox:
    """Satisfies ``ports.Outbox``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine
        self._holding = Holding(engine)

    def claim(self, now: datetime, lease: timedelta, *, quiet: bool = False) -> Notification | None:
        """T3: take one due notification, raise its attempt, set the lease, commit; None when nothing is due.

        Pending ones past ``expires_at`` become ``expired``. One whose lease ran out is handed out as
        ``unconfirmed``, however old: whether it went out is worth knowing even when sending again is not. A holder
        whose process and connection still live keeps it, whatever the clock says. While it is ``quiet`` nothing is
        handed out to be sent, except the answer to a text of the owner's: what is found unsent waits.
        """
        with translated(), self._holding.connection() as connection:
            while True:
                with connection.begin():
                    _expire(connection, now)
                    _follow_clock_set_back(connection, now)
                    row = connection.execute(_due(now, lease, quiet=quiet)).one_or_none()
                    if row is None:
                        return None
                    if not _take_hold(connection, row):
                        _extend(connection, row, now + lease)
                        continue
                    if row.lease_until is not None:
                        finish_attempt(connection, row.id, row.attempt, outcome=_LEASE_EXPIRED, now=now)
                    notification = _lease(connection, row, now, now + lease)
                self._holding.keep(notification.id, connection)
                return notification

    def settle(  # noqa: PLR0913 - one transaction, each part named (the port says so)
        self,
        notification: Notification,
        status: NotificationStatus,
        *,
        now: datetime,
        outcome: str,
        provider_id: str = "",
        next_attempt_at: datetime | None = None,
        check_at: datetime | None = None,
        escalate_at: datetime | None = None,
        next_channel: str | None = None,
        next_body: str | None = None,
    ) -> bool:
        """T4: write how attempt ``notification.attempt`` ended, only if it is still the running one.

        ``next_attempt_at`` defaults to ``now``; ``escalate_at`` counts unless an earlier call set it. ``next_channel``
        queues the alert there in the same transaction, in the words of ``next_body`` if given. One that is proved to
        be delivered calls the same alert off on every other channel. Returns False, changing nothing, when another
        process has taken over meanwhile.
        """
        ended = {
            "status": status.value,
            "lease_until": None,
            "next_attempt_at": next_attempt_at or now,
            "provider_id": rows.clean(provider_id) or notifications.c.provider_id,
            "check_at": check_at,
            "escalate_at": func.coalesce(notifications.c.escalate_at, escalate_at),
        }
        try:
            with translated(), self._engine.begin() as connection:
                if not _write_if_running(connection, notification, ended):
                    return False
                if (notification.status, status) != (NotificationStatus.SENT, NotificationStatus.SENT):
                    finish_attempt(connection, notification.id, notification.attempt, outcome=outcome, now=now)
                if next_channel is not None:
                    queue_on(connection, notification.id, next_channel, now, body=next_body)
                if status is NotificationStatus.DELIVERED:
                    call_off_elsewhere(connection, notification)
                return True
        finally:
            self.release(notification)

    def release(self, notification: Notification) -> None:
        """Stop holding a notification that was claimed and may not have been settled; never raises."""
        self._holding.release(notification.id)

    def claim_check(self, now: datetime, hold: timedelta) -> Notification | None:
        """Take one sent notification whose provider is due to be asked how it fared; nobody else within ``hold``."""
        due = (
            select(notifications.c.id)
            .where(notifications.c.status == _SENT, _is_due(notifications.c.check_at, now, _LONGEST_CHECK_WAIT))
            .order_by(notifications.c.check_at, notifications.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        taken = (
            update(notifications)
            .where(notifications.c.id == due.scalar_subquery())
            .values(check_at=now + hold)
            .returning(notifications, _ACCOUNT)
        )
        with translated(), self._engine.begin() as connection:
            row = connection.execute(taken).one_or_none()
            return None if row is None else rows.notification(row)

    def escalate(
        self,
        now: datetime,
        following: Mapping[str, str],
        *,
        longest: timedelta,
        accounts: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    ) -> int:
        """Queue each alert whose time without proof is over on the channel ``following`` its own; return how many.

        One that has not gone out, or may not have, is given up on its old channel. Nothing moves for a get-together
        that needs no place any more. ``longest``: no wait is longer; a moment further away means that the clock was
        set back. ``accounts``: another order of channels for alerts about the mail of one.
        """
        overdue = (
            select(notifications, _ACCOUNT)
            .where(
                notifications.c.status.in_((_PENDING, _UNCONFIRMED, _SENT)),
                notifications.c.lease_until.is_(None),
                ~notifications.c.held,
                _is_due(notifications.c.escalate_at, now, longest),
            )
            .with_for_update(skip_locked=True)
        )
        with translated(), self._engine.begin() as connection:
            found = connection.execute(overdue).all()
            orders = [(row, accounts.get(row.account, following)) for row in found]
            return sum(escalate_row(connection, row, order.get(row.channel), now) for row, order in orders)


def _is_due(moment: Any, now: datetime, longest: timedelta) -> Any:  # noqa: ANN401 - SQLAlchemy's column types
    return or_(moment <= now, moment > now + longest + _CLOCK_TOLERANCE)


def _expire(connection: Connection, now: datetime) -> None:
    worthless = (
        select(notifications.c.id)
        .where(notifications.c.status == _PENDING, notifications.c.expires_at <= now)
        .with_for_update(skip_locked=True)
    )
    connection.execute(
        update(notifications).where(notifications.c.id.in_(worthless)).values(status=NotificationStatus.EXPIRED.value)
    )


def _follow_clock_set_back(connection: Connection, now: datetime) -> None:
    """Make due at once what was put off by a clock that was ahead: its moments may be hours or years away."""
    last_written = func.coalesce(notifications.c.tried_at, notifications.c.created_at)
    pending = notifications.c.status == _PENDING
    connection.execute(
        update(notifications)
        .where(
            notifications.c.status.in_((_PENDING, _UNCONFIRMED)),
            notifications.c.lease_until.is_(None),
            last_written > now + _CLOCK_TOLERANCE,
        )
        .values(
            next_attempt_at=func.least(notifications.c.next_attempt_at, now),
            tried_at=func.least(notifications.c.tried_at, now),
            created_at=case((pending, func.least(notifications.c.created_at, now)), else_=notifications.c.created_at),
        )
    )


def _due(now: datetime, lease: timedelta, *, quiet: bool) -> Select[Any]:
    lease_is_over = _is_due(notifications.c.lease_until, now, lease)
    wait_is_over = notifications.c.lease_until.is_(None) & (notifications.c.next_attempt_at <= now)
    return (
        select(notifications)
        .where(
            notifications.c.status.in_(_RUNNING),
            ~notifications.c.held,
            or_(lease_is_over, wait_is_over),
            or_(notifications.c.status != _PENDING, notifications.c.expires_at > now),
            or_(literal(value=not quiet), notifications.c.status != _PENDING, notifications.c.kind == "answer"),
        )
        .order_by(notifications.c.next_attempt_at, notifications.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _write_if_running(connection: Connection, notification: Notification, ended: Mapping[str, Any]) -> bool:
    """Write how the attempt ended; False, changing nothing, when it is not the running one any more."""
    written = connection.execute(
        update(notifications)
        .where(
            notifications.c.id == notification.id,
            notifications.c.attempt == notification.attempt,
            notifications.c.status == notification.status.value,
            or_(notifications.c.status == _SENT, notifications.c.lease_until.is_not(None)),
        )
        .values(ended)
        .returning(notifications.c.id)
    )
    return written.one_or_none() is not None


def _take_hold(connection: Connection, row: Row[Any]) -> bool:
    if row.lease_until is not None:
        return is_free(connection, row.id)
    wait_for(connection, row.id)
    return True


def _extend(connection: Connection, row: Row[Any], until: datetime) -> None:
    connection.execute(update(notifications).where(notifications.c.id == row.id).values(lease_until=until))


def _lease(connection: Connection, row: Row[Any], now: datetime, until: datetime) -> Notification:
    # A fresh attempt number even for a look at the provider: the worker whose lease ran out must not settle it.
    sends = row.status == _PENDING
    taken = NotificationStatus.SENDING if sends else NotificationStatus.UNCONFIRMED
    claimed = connection.execute(
        update(notifications)
        .where(notifications.c.id == row.id)
        .values(
            status=taken.value,
            attempt=row.attempt + 1,
            lease_until=until,
            tried_at=now if sends else notifications.c.tried_at,
        )
        .returning(notifications, _ACCOUNT)
    ).one()
    connection.execute(
        insert(delivery_attempts).values(notification_id=row.id, attempt=claimed.attempt, started_at=now)
    )
    notification = rows.notification(claimed)
    return notification if sends else replace(notification, other_ids=_other_ids(connection, row))


def _other_ids(connection: Connection, row: Row[Any]) -> frozenset[str]:
    """Return what the provider called the other alerts of about the same time on this channel."""
    query = select(notifications.c.provider_id).where(
        notifications.c.channel == row.channel,
        notifications.c.id != row.id,
        notifications.c.provider_id != "",
        notifications.c.created_at > row.created_at - _OTHERS_WITHIN,
    )
    return frozenset(connection.execute(query).scalars())
