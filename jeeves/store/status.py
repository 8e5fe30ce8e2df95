"""The figures behind ``jeeves status``: read only.

Lives here: ``read_status`` and its record. Must not live here: formatting, anything that writes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, and_, func, select, true

from jeeves.store import rows
from jeeves.store.canary import read_canary
from jeeves.store.database import daemon_runs
from jeeves.store.drift import DriftReport, read_drift
from jeeves.store.failures import translated
from jeeves.store.health import Trouble, read_errors, read_heartbeat, read_troubles
from jeeves.store.schema import mailboxes, messages, notifications, predictions, replies
from jeeves.types import Arrivals, MailboxState, NotificationStatus, ReplyOutcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement

_DAY: Final = timedelta(days=1)
_HABIT: Final = timedelta(days=60)  # of mail show how long a silence is usual
_ALL: Final = true()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """What the database knows of the service, at one moment."""

    mailboxes: tuple[MailboxState, ...]  # by account, then folder
    messages: int  # stored
    decided: int  # of these, classified and decided on
    alerts: Mapping[NotificationStatus, int]  # outbox rows; every state is a key
    models: Mapping[str, int]  # model version -> predictions made with it, the latest used first
    database_bytes: int
    daemon_running: bool  # some process holds the daemon's lock now
    heartbeat: datetime | None  # aware UTC; None when no daemon ever ran
    troubles: tuple[Trouble, ...]  # what is wrong now, the latest first
    last_error: Trouble | None  # the latest error, over or not
    drift: DriftReport | None = None  # how the mail has changed, as measured last
    held: int = 0  # of the pending alerts, those that wait for the end of quiet hours or for the digest
    held_until: datetime | None = None  # aware UTC; when the first of them is due
    replies: Mapping[ReplyOutcome, int] = field(default_factory=dict)  # texts that came in; every outcome is a key
    errors: Mapping[str, int] = field(default_factory=dict)  # component -> failures ever
    original_bytes: int = 0  # of ``database_bytes``: messages as the server sent them
    lag_seconds: float | None = None  # from arrival to decision, the median of the last day; None: no mail
    arrivals: Arrivals | None = None  # None: no mail
    arrivals_in: Mapping[str, Arrivals] = field(default_factory=dict)  # account -> the same; empty where there is one
    canary_at: datetime | None = None  # aware UTC; when a self-test last came through; None: none ever did


def read_status(engine: Engine) -> StatusReport:
    """Read every figure in one snapshot.

    Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun.
    """
    with translated(), engine.connect() as connection:
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        errors = read_troubles(connection)
        stored, decided = _count_messages(connection)
        held, held_until = _count_held(connection)
        return StatusReport(
            mailboxes=_list_mailboxes(connection),
            messages=stored,
            decided=decided,
            alerts=_count_alerts(connection),
            models=_count_predictions(connection),
            database_bytes=connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one(),
            daemon_running=daemon_runs(connection),
            heartbeat=read_heartbeat(connection),
            troubles=tuple(error for error in errors if error.cleared_at is None),
            last_error=errors[0] if errors else None,
            drift=read_drift(connection),
            held=held,
            held_until=held_until,
            replies=_count_replies(connection),
            errors=read_errors(connection),
            original_bytes=connection.execute(select(func.pg_total_relation_size("raw_messages"))).scalar_one(),
            lag_seconds=_lag(connection),
            arrivals=_arrivals(connection),
            arrivals_in=_arrivals_in_each(connection),
            canary_at=read_canary(connection),
        )


def _lag(connection: Connection) -> float | None:
    seconds = func.extract("epoch", predictions.c.decided_at - messages.c.received_at)
    query = (
        select(func.percentile_cont(0.5).within_group(seconds))
        .join_from(messages, predictions)
        .where(messages.c.received_at > func.now() - _DAY, predictions.c.decided_at >= messages.c.received_at)
    )
    found: float | None = connection.execute(query).scalar_one()
    return None if found is None else float(found)


def _arrivals_in_each(connection: Connection) -> Mapping[str, Arrivals]:
    accounts = connection.execute(select(mailboxes.c.account).distinct().order_by(mailboxes.c.account)).scalars().all()
    if len(accounts) == 1:
        return {}
    found = {account: _arrivals(connection, messages.c.account == account) for account in accounts}
    return {account: arrivals for account, arrivals in found.items() if arrivals is not None}


def _arrivals(connection: Connection, of: ColumnElement[bool] = _ALL) -> Arrivals | None:
    """Look at the time up to the latest mail: the silence since then is not part of the habit."""
    past = and_(messages.c.received_at <= func.now(), of)
    last = connection.execute(select(func.max(messages.c.received_at)).where(past)).scalar_one()
    if last is None:
        return None
    gap = messages.c.received_at - func.lag(messages.c.received_at).over(order_by=messages.c.received_at)
    gaps = select(gap.label("gap"), messages.c.received_at).where(past, messages.c.received_at > last - _HABIT)
    each = gaps.subquery()
    row = connection.execute(select(func.count(), func.min(each.c.received_at), func.max(each.c.gap))).one()
    return Arrivals(last=last, first=row[1], count=row[0], longest_gap=row[2] or timedelta())


def _list_mailboxes(connection: Connection) -> tuple[MailboxState, ...]:
    query = select(mailboxes).order_by(mailboxes.c.account, mailboxes.c.folder)
    return tuple(rows.mailbox_state(row) for row in connection.execute(query))


def _count_messages(connection: Connection) -> tuple[int, int]:
    # count(column) leaves out nulls.
    row = connection.execute(select(func.count(messages.c.id), func.count(messages.c.decided_at))).one()
    return row[0], row[1]


def _count_alerts(connection: Connection) -> Mapping[NotificationStatus, int]:
    # What is texted back to the owner is no alert.
    alerts = select(notifications.c.status, func.count()).where(notifications.c.kind != "answer")
    query = alerts.group_by(notifications.c.status)
    counted = {row[0]: row[1] for row in connection.execute(query)}
    return {status: counted.get(status.value, 0) for status in NotificationStatus}


def _count_held(connection: Connection) -> tuple[int, datetime | None]:
    query = select(func.count(), func.min(notifications.c.next_attempt_at)).where(
        notifications.c.held, notifications.c.status == NotificationStatus.PENDING.value
    )
    row = connection.execute(query).one()
    return row[0], row[1]


def _count_predictions(connection: Connection) -> Mapping[str, int]:
    query = (
        select(predictions.c.model_version, func.count())
        .group_by(predictions.c.model_version)
        .order_by(func.max(predictions.c.decided_at).desc())
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _count_replies(connection: Connection) -> Mapping[ReplyOutcome, int]:
    query = select(replies.c.outcome, func.count()).group_by(replies.c.outcome)
    counted = {row[0]: row[1] for row in connection.execute(query)}
    return {outcome: counted.get(outcome.value, 0) for outcome in ReplyOutcome}
