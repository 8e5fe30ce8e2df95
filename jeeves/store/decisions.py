"""What was decided on one message, and what became of its thread, read back for its owner.

Lives here: ``read_decisions``, ``find_thread`` and their records. Must not live here: anything that writes, scores
computed anew.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, and_, exists, func, or_, select

from jeeves.store import rows
from jeeves.store.failures import translated
from jeeves.store.history import HISTORY, with_history
from jeeves.store.labels import NOWHERE
from jeeves.store.schema import delivery_attempts, messages, models, notifications, predictions
from jeeves.store.thread_states import read_history
from jeeves.types import NotificationStatus, Reason

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.types import Message, ThreadChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The row in ``predictions``."""

    model_version: str
    probability: float  # 0 .. 1
    needs_place: bool
    alerts: bool  # False: silent, for the reason ``why``
    why: str  # code of the silence, or the get-together the alert names
    decided_at: datetime  # aware UTC
    sentence: str = ""  # that spoke most for it
    reasons: tuple[Reason, ...] = ()  # the strongest, as they were
    threshold: float | None = None  # 0 .. 1, of that model; None when nothing is known of it any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The row in ``delivery_attempts``."""

    started_at: datetime  # aware UTC
    outcome: str  # short code; empty while it runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The row in ``notifications``: one alert on one channel."""

    channel: str
    status: str
    created_at: datetime  # aware UTC
    is_reminder: bool
    attempts: tuple[Attempt, ...]  # the first one first
    in_digest: bool = False  # told together with others: these are the ways of the digest


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedMessage:
    """A stored message and what became of it."""

    message: Message
    decided_at: datetime | None  # aware UTC; None: its turn has not come; without decisions: it was filed as past
    decisions: tuple[Decision, ...]  # the latest first
    told: bool  # an alert was written for this very message, not for an earlier one of its thread
    thread: tuple[ThreadChange, ...] = ()  # the states of its thread, the first one first
    channels: tuple[Told, ...] = ()  # the alerts of its thread, the first one first
    account: str = ""  # the mailbox it came to


def read_decisions(engine: Engine, message_id: int) -> DecidedMessage | None:
    """Return the message of that number and what was decided on it, in one snapshot; None when there is none.

    Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun.
    """
    told = exists().where(notifications.c.message_id == messages.c.id).label("told")
    query = select(messages, told, *NOWHERE, *HISTORY).where(messages.c.id == message_id)
    with translated(), engine.connect() as connection:
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return DecidedMessage(
            message=with_history(row),
            decided_at=row.decided_at,
            decisions=_decisions(connection, message_id),
            told=row.told,
            thread=read_history(connection, row.thread_key),
            channels=_channels(connection, row.thread_key),
            account=row.account,
        )


def find_thread(engine: Engine, thread_key: str) -> int | None:
    """Return the number of the latest message of a thread; None when there is no such thread. Raises likewise."""
    latest = select(func.max(messages.c.id)).where(messages.c.thread_key == rows.key(thread_key))
    with translated(), engine.connect() as connection:
        number: int | None = connection.execute(latest).scalar_one()
    return number


def _channels(connection: Connection, thread_key: str) -> tuple[Told, ...]:
    """Return the ways of the thread's alerts; of one that was told in a digest, the ways of that."""
    carrier = notifications.alias()
    in_digest = notifications.c.status == NotificationStatus.GATHERED.value
    query = (
        select(carrier, notifications.c.dedupe_key.label("alert_key"), in_digest.label("in_digest"))
        .join_from(notifications, messages, messages.c.id == notifications.c.message_id)
        .join(
            carrier,
            or_(
                carrier.c.id == notifications.c.id,
                and_(in_digest, carrier.c.dedupe_key == notifications.c.digest_key),
            ),
        )
        .where(
            messages.c.thread_key == thread_key,
            notifications.c.kind == "alert",
            carrier.c.status != NotificationStatus.GATHERED.value,
        )
        .order_by(notifications.c.id, carrier.c.id)
    )
    found = connection.execute(query).all()
    attempts: dict[int, list[Attempt]] = defaultdict(list)
    tried = select(delivery_attempts).where(delivery_attempts.c.notification_id.in_([row.id for row in found]))
    for row in connection.execute(tried.order_by(delivery_attempts.c.attempt)):
        attempts[row.notification_id].append(Attempt(started_at=row.started_at, outcome=row.outcome or ""))
    return tuple(
        Told(
            channel=row.channel,
            status=row.status,
            created_at=row.created_at,
            is_reminder=row.alert_key.endswith("!"),
            in_digest=row.in_digest,
            attempts=tuple(attempts[row.id]),
        )
        for row in found
    )


def _decisions(connection: Connection, message_id: int) -> tuple[Decision, ...]:
    query = (
        select(predictions, models.c.threshold)
        .outerjoin(models, models.c.version == predictions.c.model_version)
        .where(predictions.c.message_id == message_id)
        .order_by(predictions.c.decided_at.desc())
    )
    return tuple(
        Decision(
            model_version=row.model_version,
            probability=row.probability,
            needs_place=row.needs_place,
            alerts=row.decision == "alert",
            why=row.why,
            decided_at=row.decided_at,
            sentence=row.sentence,
            reasons=tuple(Reason(feature=feature, weight=weight) for feature, weight in row.reasons),
            threshold=row.threshold,
        )
        for row in connection.execute(query)
    )
