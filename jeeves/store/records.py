"""Everything that is known of one message, read back for its owner.

Lives here: ``read_record`` and its records. Must not live here: anything that writes, wording.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, func, select

from jeeves.store.decisions import DecidedMessage, read_decisions
from jeeves.store.failures import translated
from jeeves.store.labels import read_history
from jeeves.store.schema import mailboxes, message_locations, messages, notifications, threads
from jeeves.types import NotificationStatus, PlaceState

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.types import LabelEntry

_THREAD_SHOWN = 20  # messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """An alert that was written for the message."""

    reference: str
    channel: str
    status: NotificationStatus
    created_at: datetime  # aware UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRecord:
    """The thread a message is in."""

    place_state: PlaceState
    proposals: int  # get-togethers it has opened so far
    size: int  # messages in it
    latest: tuple[int, ...]  # numbers of up to ``_THREAD_SHOWN`` of them, the latest first


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecord:
    """A message and what became of it."""

    id: int
    account: str
    decided: DecidedMessage
    labels: tuple[LabelEntry, ...]  # the first one first
    gmail_labels: tuple[str, ...]
    folders: tuple[str, ...]  # where it lies
    thread: ThreadRecord
    alerts: tuple[Spoken, ...]  # the first one first


def read_record(engine: Engine, message_id: int) -> MessageRecord | None:
    """Return all that is known of the message of that number; None when there is none.

    Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun.
    """
    decided = read_decisions(engine, message_id)
    if decided is None:
        return None
    with translated(), engine.connect() as connection:
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        own = connection.execute(
            select(messages.c.account, messages.c.labels, messages.c.thread_key).where(messages.c.id == message_id)
        ).one_or_none()
        if own is None:
            return None
        return MessageRecord(
            id=message_id,
            account=own.account,
            decided=decided,
            labels=read_history(connection, message_id),
            gmail_labels=tuple(own.labels),
            folders=_folders(connection, message_id),
            thread=_thread(connection, own.thread_key),
            alerts=_alerts(connection, message_id),
        )


def _folders(connection: Connection, message_id: int) -> tuple[str, ...]:
    query = (
        select(mailboxes.c.folder)
        .join_from(message_locations, mailboxes)
        .where(message_locations.c.message_id == message_id)
        .distinct()
        .order_by(mailboxes.c.folder)
    )
    return tuple(connection.execute(query).scalars())


def _thread(connection: Connection, thread_key: str) -> ThreadRecord:
    state = connection.execute(select(threads).where(threads.c.thread_key == thread_key)).one_or_none()
    members = messages.c.thread_key == thread_key
    latest = (
        select(messages.c.id)
        .where(members)
        .order_by(messages.c.received_at.desc(), messages.c.id.desc())
        .limit(_THREAD_SHOWN)
    )
    return ThreadRecord(
        place_state=PlaceState.NONE if state is None else PlaceState(state.place_state),
        proposals=0 if state is None else state.proposal,
        size=connection.execute(select(func.count()).select_from(messages).where(members)).scalar_one(),
        latest=tuple(connection.execute(latest).scalars()),
    )


def _alerts(connection: Connection, message_id: int) -> tuple[Spoken, ...]:
    query = select(notifications).where(notifications.c.message_id == message_id).order_by(notifications.c.id)
    return tuple(
        Spoken(
            reference=row.reference,
            channel=row.channel,
            status=NotificationStatus(row.status),
            created_at=row.created_at,
        )
        for row in connection.execute(query)
    )
