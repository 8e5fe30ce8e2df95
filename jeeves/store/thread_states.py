"""Where threads stand, in PostgreSQL: the state, its history, and what it means for alerts under way.

Lives here: ``PostgresThreads`` and the statements T2 shares with it. Must not live here: what a message makes of a
state (``assist.threads``), joining threads (``threads``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from jeeves.store import rows
from jeeves.store.failures import translated
from jeeves.store.labels import is_refused
from jeeves.store.mutes import is_muted
from jeeves.store.open_threads import read_open_threads
from jeeves.store.schema import messages, notifications, thread_states, threads
from jeeves.types import Cause, NotificationStatus, PlaceState, ThreadChange, ThreadState

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import ColumnElement

    from jeeves.types import Alert, OpenThread

_PENDING = NotificationStatus.PENDING.value


class PostgresThreads:
    """Satisfies ``ports.ThreadStore``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def settle_thread(self, thread_key: str, place: str, now: datetime) -> bool:
        """Take the owner's word that a thread's get-together is at ``place``; see the function of that name."""
        with translated(), self._engine.begin() as connection:
            return settle_thread(connection, thread_key, place, now)

    def open_threads(self, *, until: date | None = None) -> list[OpenThread]:
        """Return every get-together that lacks a place, the one open longest first, in one snapshot.

        ``until``: only those whose day is known and not after it.
        """
        with translated(), self._engine.connect() as connection:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            return read_open_threads(connection, until)

    def change(self, state: ThreadState, cause: Cause, now: datetime) -> bool:
        """Write a new state; False, changing nothing, when another was written since it was read."""
        with translated(), self._engine.begin() as connection:
            return save_state(connection, state, cause=cause, message_id=None, now=now)

    def remind(self, opened: OpenThread, reminder: Alert, *, channel: str, expires_at: datetime, now: datetime) -> bool:
        """Queue ``reminder`` unless the thread has changed since it was read, or was reminded of before.

        Nobody is reminded of what they muted, or said to be no wish to meet.
        """
        with translated(), self._engine.begin() as connection:
            if read_state(connection, opened.state.thread_key) != opened.state:
                return False
            silent = or_(is_muted(messages.c.sender_address, messages.c.thread_key, now), is_refused(messages.c.id))
            if connection.execute(select(silent).where(messages.c.id == opened.message_id)).scalar_one():
                return False
            row = rows.notification_row(reminder, opened.message_id, channel, expires_at, now)
            queued = insert(notifications).values(row).on_conflict_do_nothing().returning(notifications.c.id)
            return connection.execute(queued).one_or_none() is not None

    def withdraw_stale(self) -> int:
        """Withdraw alerts that wait although their get-together is no longer open; return how many.

        Such a one was on its way when its thread was settled, and came back because the channel did not take it.
        """
        found = (
            select(notifications.c.id, notifications.c.dedupe_key, threads)
            .join_from(notifications, messages, messages.c.id == notifications.c.message_id)
            .join(threads, threads.c.thread_key == messages.c.thread_key)
            .where(notifications.c.status == _PENDING, threads.c.place_state != PlaceState.OPEN.value)
        )
        with translated(), self._engine.begin() as connection:
            stale = [row.id for row in connection.execute(found) if row.dedupe_key in _keys(rows.thread_state(row))]
            return _withdraw(connection, notifications.c.id.in_(stale)) if stale else 0


def read_state(connection: Connection, thread_key: str) -> ThreadState:
    """Return a thread's state, a fresh one when it is unknown; nobody else can change it before the transaction ends.

    A thread without a row is not locked: ``save_state`` finds out.
    """
    query = select(threads).where(threads.c.thread_key == rows.key(thread_key)).with_for_update()
    row = connection.execute(query).one_or_none()
    return ThreadState(thread_key=thread_key) if row is None else rows.thread_state(row)


def save_state(
    connection: Connection,
    state: ThreadState,
    *,
    cause: Cause,
    message_id: int | None,
    now: datetime,
    expires_at: datetime | None = None,
) -> bool:
    """Write a thread's state and, when it changed, its history; False when another was written since it was read.

    An alert that waits for a get-together which is no longer open is withdrawn; where only the time has changed, it
    is worth telling until ``expires_at``.
    """
    before = read_state(connection, state.thread_key)
    if before.revision != state.revision:
        return False
    if before.revision and before == state:
        return True
    values = rows.state_values(state) | {
        "opened_at": state.opened_at,
        "as_of": state.as_of,
        "updated_at": now,
        "revision": state.revision + 1,
    }
    statement = (
        insert(threads)
        .values({"thread_key": rows.key(state.thread_key)} | values)
        .on_conflict_do_update(index_elements=["thread_key"], set_=values, where=threads.c.revision == state.revision)
        .returning(threads.c.thread_key)
    )
    if connection.execute(statement).one_or_none() is None:
        return False
    if _outcome(before) != _outcome(state):
        _remember(connection, state, cause=cause, message_id=message_id, now=now)
    if before.place_state is PlaceState.OPEN is not state.place_state:
        _withdraw(connection, notifications.c.dedupe_key.in_(_keys(before)))
    elif before.when != state.when and before.proposal == state.proposal and expires_at is not None:
        waiting = (notifications.c.dedupe_key.in_(_keys(state)), notifications.c.status == _PENDING)
        connection.execute(update(notifications).where(*waiting).values(expires_at=expires_at))
    return True


def settle_thread(connection: Connection, thread_key: str, place: str, now: datetime) -> bool:
    """Take the owner's word that a thread's get-together is at ``place``, within the caller's transaction.

    Its pending alert is withdrawn. Returns False, changing nothing, when no get-together of the thread was ever
    open.
    """
    before = read_state(connection, thread_key)
    if not before.proposal:
        return False
    settled = replace(before, place_state=PlaceState.SETTLED, place=place, as_of=now, words="")
    return save_state(connection, settled, cause=Cause.OWNER, message_id=None, now=now)


def read_history(connection: Connection, thread_key: str) -> tuple[ThreadChange, ...]:
    """Return every state a thread has been in, the first one first."""
    query = select(thread_states).where(thread_states.c.thread_key == rows.key(thread_key)).order_by(thread_states.c.id)
    return tuple(
        ThreadChange(
            state=ThreadState(
                thread_key=row.thread_key,
                place_state=PlaceState(row.place_state),
                proposal=row.proposal,
                place=row.place,
                when=rows.when(row),
                words=row.words,
            ),
            cause=Cause(row.cause),
            message_id=row.message_id,
            changed_at=row.changed_at,
        )
        for row in connection.execute(query)
    )


def _outcome(state: ThreadState) -> tuple[object, ...]:
    return state.place_state, state.proposal, state.place, state.when


def _remember(
    connection: Connection, state: ThreadState, *, cause: Cause, message_id: int | None, now: datetime
) -> None:
    row = rows.state_values(state) | {
        "thread_key": rows.key(state.thread_key),
        "message_id": message_id,
        "cause": cause.value,
        "changed_at": now,
    }
    connection.execute(insert(thread_states).values(row))


def _keys(state: ThreadState) -> tuple[str, str]:
    return rows.key(state.dedupe_key), rows.key(state.reminder_key)


def _withdraw(connection: Connection, these: ColumnElement[bool]) -> int:
    """Withdraw those of ``these`` notifications that nobody has claimed; return how many."""
    statement = (
        update(notifications)
        .where(these, notifications.c.status == _PENDING)
        .values(status=NotificationStatus.WITHDRAWN.value)
        .returning(notifications.c.id)
    )
    return len(connection.execute(statement).all())
