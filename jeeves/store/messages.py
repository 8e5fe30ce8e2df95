"""Mailboxes, messages, predictions and threads in PostgreSQL: transactions T1 and T2.

Lives here: ``PostgresMessages``. Must not live here: what a row looks like as a record (``rows``), any decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Connection, Engine, Row, bindparam, case, delete, func, literal, select, true, update
from sqlalchemy.dialects.postgresql import insert

from jeeves.store import rows
from jeeves.store.arrays import any_of, as_table
from jeeves.store.bulk import WORTH_A_COPY, copy_messages
from jeeves.store.copies import IS_COPY, join_all, name_gmail_threads, take_turns
from jeeves.store.failures import translated
from jeeves.store.forgotten import forgotten_among, keep_forgotten_places, stored_or_forgotten
from jeeves.store.history import HISTORY, with_history
from jeeves.store.schema import (
    forgotten_locations,
    mailboxes,
    message_locations,
    messages,
    notifications,
    predictions,
    raw_messages,
    threads,
)
from jeeves.store.thread_states import save_state
from jeeves.types import Alert, Cause, MailboxState, StoredMessage, Suppressed, ThreadState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from jeeves.types import FetchPlan, Message, Prediction, RawMessage

_PORTION = 8 * 1024 * 1024  # bytes of mail per statement; the server takes 1 GiB, hex-encoded, and keeps it in memory


class PostgresMessages:
    """Satisfies ``ports.MessageStore``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def mailbox(self, account: str, folder: str) -> MailboxState | None:
        """Return how far a folder is synced, or None before its first sync."""
        query = select(mailboxes).where(
            mailboxes.c.account == rows.clean(account), mailboxes.c.folder == rows.clean(folder)
        )
        with translated(), self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else rows.mailbox_state(row)

    def store_batch(
        self, account: str, batch: Sequence[tuple[RawMessage, Message]], cursor: MailboxState, *, reset: bool
    ) -> int:
        """T1: store the messages, their locations and the cursor in one transaction; return how many were new."""
        with translated(), self._engine.begin() as connection:
            mailbox_id = _move_cursor(connection, account, cursor, reset=reset)
            if batch:
                take_turns(connection, account)
            if reset:
                for places in (message_locations, forgotten_locations):
                    connection.execute(delete(places).where(places.c.mailbox_id == mailbox_id))
            new = [
                stored
                for portion in _portions(batch)
                for stored in _store_portion(connection, account, mailbox_id, portion)
            ]
            join_all(connection, account, new)
            return len(new)

    def stored_uids(self, account: str, plan: FetchPlan) -> list[int]:
        """Return the UIDs within the plan's range, of its folder and UIDVALIDITY, under which messages are stored."""
        query = stored_or_forgotten(account, plan.folder, plan.uidvalidity, first=plan.first_uid, last=plan.last_uid)
        with translated(), self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def unclassified(self, limit: int) -> list[StoredMessage]:
        """Return up to ``limit`` messages nobody has decided on yet, oldest arrival first."""
        location = (
            select(mailboxes.c.folder, message_locations.c.uidvalidity, message_locations.c.uid)
            .join_from(message_locations, mailboxes)
            .where(message_locations.c.message_id == messages.c.id)
            .order_by(mailboxes.c.id, message_locations.c.uidvalidity.desc(), message_locations.c.uid)
            .limit(1)
            .lateral()
        )
        query = (
            select(messages, location, *HISTORY, IS_COPY.label("is_copy"))
            .join(location, true(), isouter=True)
            .where(messages.c.decided_at.is_(None))
            .order_by(messages.c.received_at, messages.c.id)
            .limit(limit)
        )
        with translated(), self._engine.connect() as connection:
            return [
                StoredMessage(id=row.id, message=with_history(row), account=row.account, is_copy=row.is_copy)
                for row in connection.execute(query)
            ]

    def thread(self, thread_key: str) -> ThreadState:
        """Return a thread's state; a fresh one when it is unknown."""
        query = select(threads).where(threads.c.thread_key == rows.key(thread_key))
        with translated(), self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return ThreadState(thread_key=thread_key) if row is None else rows.thread_state(row)

    def record_decision(  # noqa: PLR0913 - one transaction, each part named (the port says so)
        self,
        stored: StoredMessage,
        prediction: Prediction,
        thread: ThreadState,
        decision: Alert | Suppressed,
        *,
        channel: str,
        expires_at: datetime,
        now: datetime,
    ) -> bool:
        """T2: prediction, thread state and outbox row in one transaction.

        Returns False, changing nothing, when the message was decided before, or joined another thread since it was
        handed out, or ``thread`` was made from a state that no longer holds (it is then handed out again). The outbox
        row goes to ``channel`` and only if its dedupe key is new on every channel. Where the get-together is no longer
        open, the alert that waits for it is withdrawn.
        """
        with translated(), self._engine.connect() as connection, connection.begin() as transaction:
            # The row lock of this update makes a second caller wait, and then find the message decided.
            decided = connection.execute(
                update(messages)
                .where(
                    messages.c.id == stored.id,
                    messages.c.decided_at.is_(None),
                    messages.c.thread_key == rows.key(thread.thread_key),
                )
                .values(decided_at=now)
                .returning(messages.c.id)
            ).one_or_none()
            if decided is None:
                return False
            _insert_prediction(connection, stored.id, prediction, decision, now)
            if not save_state(
                connection, thread, cause=Cause.MESSAGE, message_id=stored.id, now=now, expires_at=expires_at
            ):
                transaction.rollback()
                return False
            if isinstance(decision, Alert):
                row = rows.notification_row(decision, stored.id, channel, expires_at, now)
                connection.execute(insert(notifications).values(row).on_conflict_do_nothing())
            return True


def _move_cursor(connection: Connection, account: str, cursor: MailboxState, *, reset: bool) -> int:
    place = {"account": rows.clean(account), "folder": rows.clean(cursor.folder)}
    reached = {
        "uidvalidity": cursor.uidvalidity,
        "last_uid": cursor.last_uid,
        "last_synced_at": cursor.last_synced_at,
    }
    furthest = case(
        (mailboxes.c.uidvalidity == cursor.uidvalidity, func.greatest(mailboxes.c.last_uid, cursor.last_uid)),
        else_=cursor.last_uid,
    )
    statement = (
        insert(mailboxes)
        .values(place | reached)
        .on_conflict_do_update(
            index_elements=["account", "folder"], set_=reached if reset else reached | {"last_uid": furthest}
        )
        .returning(mailboxes.c.id)
    )
    mailbox_id: int = connection.execute(statement).scalar_one()
    return mailbox_id


def _portions(batch: Sequence[tuple[RawMessage, Message]]) -> Iterator[list[tuple[RawMessage, Message]]]:
    portion: list[tuple[RawMessage, Message]] = []
    size = 0
    for raw, message in batch:
        if portion and size + len(raw.rfc822) > _PORTION:
            yield portion
            portion, size = [], 0
        portion.append((raw, message))
        size += len(raw.rfc822)
    if portion:
        yield portion


def _store_portion(
    connection: Connection, account: str, mailbox_id: int, portion: Sequence[tuple[RawMessage, Message]]
) -> list[tuple[int, RawMessage, Message]]:
    """Store a portion with its places; return what was new, each with its row's id."""
    # The same message may lie twice in one folder: the first copy is stored, both places are.
    prepared = [(raw, message, rows.message_row(account, raw, message)) for raw, message in portion]
    gone = forgotten_among(connection, account, [str(row["message_key"]) for _, _, row in prepared])
    if gone:
        void = [raw.ref for raw, _, row in prepared if row["message_key"] in gone]
        keep_forgotten_places(connection, mailbox_id, [(ref.uidvalidity, ref.uid) for ref in void])
        prepared = [each for each in prepared if each[2]["message_key"] not in gone]
    first: dict[str, tuple[RawMessage, Message, dict[str, object]]] = {}
    for raw, message, row in prepared:
        first.setdefault(str(row["message_key"]), (raw, message, row))
    new = insert_messages(connection, [row for _, _, row in first.values()])
    if new:
        originals = [{"message_id": row.id, "rfc822": first[row.message_key][0].rfc822} for row in new]
        connection.execute(insert(raw_messages), originals)
    numbers = message_numbers(connection, account, first, new)
    places = {(raw.ref.uidvalidity, raw.ref.uid): numbers[str(row["message_key"])] for raw, _, row in prepared}
    save_places(connection, mailbox_id, places)
    save_labels(connection, {numbers[each]: raw.labels for each, (raw, _, _) in first.items() if raw.gmail_id})
    return [(row.id, *first[row.message_key][:2]) for row in new]


def save_labels(connection: Connection, labels: Mapping[int, tuple[str, ...]]) -> None:
    """Write down Gmail's labels where they differ from what is known; in the order of the rows, as in inserting."""
    if not labels:
        return
    wanted = bindparam("wanted", type_=messages.c.labels.type)
    connection.execute(
        update(messages).where(messages.c.id == bindparam("row"), messages.c.labels != wanted).values(labels=wanted),
        [{"row": number, "wanted": [rows.clean(label) for label in each]} for number, each in sorted(labels.items())],
    )


def insert_messages(connection: Connection, prepared: Sequence[dict[str, object]]) -> Sequence[Row[tuple[int, str]]]:
    """Insert the rows whose key is new; return ``id`` and ``message_key`` of these. None may be forgotten.

    In the order of their keys: two transactions that share keys wait for each other, and never in a circle.
    """
    if not prepared:
        return []
    name_gmail_threads(connection, prepared)
    prepared = sorted(prepared, key=lambda row: str(row["message_key"]))
    if len(prepared) >= WORTH_A_COPY:
        return copy_messages(connection, prepared)
    statement = (
        insert(messages)
        .on_conflict_do_nothing(index_elements=["account", "message_key"])
        .returning(messages.c.id, messages.c.message_key)
    )
    return connection.execute(statement, prepared).all()


def message_numbers(
    connection: Connection, account: str, keys: Iterable[str], new: Iterable[Row[tuple[int, str]]]
) -> dict[str, int]:
    """Return the ids of those ``keys`` that are stored; ``new`` tells those of what was just inserted."""
    numbers = {row.message_key: row.id for row in new}
    others = [key for key in keys if key not in numbers]
    if others:
        query = select(messages.c.message_key, messages.c.id).where(
            messages.c.account == rows.clean(account), messages.c.message_key == any_of(others)
        )
        numbers |= {row.message_key: row.id for row in connection.execute(query)}
    return numbers


def save_places(connection: Connection, mailbox_id: int, places: Mapping[tuple[int, int], int]) -> None:
    """Store where messages lie: (UIDVALIDITY, UID) to message id."""
    if not places:
        return
    ordered = sorted(places.items())
    listed = as_table(
        "listed",
        uidvalidity=(BigInteger, [uidvalidity for (uidvalidity, _), _ in ordered]),
        uid=(BigInteger, [uid for (_, uid), _ in ordered]),
        message_id=(BigInteger, [message_id for _, message_id in ordered]),
    )
    statement = insert(message_locations).from_select(
        ["mailbox_id", "uidvalidity", "uid", "message_id"], select(literal(mailbox_id), *listed.c)
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["mailbox_id", "uidvalidity", "uid"], set_={"message_id": statement.excluded.message_id}
        )
    )


def _insert_prediction(
    connection: Connection, message_id: int, prediction: Prediction, decision: Alert | Suppressed, now: datetime
) -> None:
    row = rows.prediction_row(message_id, prediction, decision, now)
    connection.execute(insert(predictions).values(row).on_conflict_do_nothing())
