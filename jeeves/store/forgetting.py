"""Taking mail out of the database: because the owner says so, or because of its age.

Lives here: the deletes, in portions that each hold their locks for a moment. Must not live here: what keeps the
forgotten from coming back (``forgotten``), when texts are old (the configuration).

Forgetting deletes the rows; purging empties them and keeps what decides (keys, places, predictions' figures, threads),
so that nothing is fetched or alerted again, and every text that has an answer, from which models learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    case,
    delete,
    exists,
    false,
    func,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from jeeves.store import rows
from jeeves.store.database import daemon_lock, wait_for_threads
from jeeves.store.failures import translated
from jeeves.store.forgotten import digest
from jeeves.store.schema import (
    LONGEST_KEY,
    METADATA,
    forgotten_locations,
    forgotten_messages,
    labels,
    left_of_sender,
    message_locations,
    messages,
    notifications,
    predictions,
    raw_messages,
    replies,
    thread_links,
    thread_states,
    threads,
)
from jeeves.store.tallies import predicted_by, take_off
from jeeves.types import NotificationStatus, PlaceState

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

PORTION: Final = 500  # messages a transaction
_PORTIONS_A_DAY: Final = 100
_PENDING: Final = NotificationStatus.PENDING.value
_RUNNING: Final = (NotificationStatus.SENDING.value, NotificationStatus.UNCONFIRMED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What was taken out because of its age."""

    originals: int = 0
    texts: int = 0  # messages whose texts were emptied


def written_by(address: str) -> ColumnElement[bool]:
    """Tell of a message whether its sender has that mail address."""
    wanted = rows.clean(address.lower())
    # The second condition follows from the first, and is what the index knows.
    return and_(messages.c.sender_address == wanted, left_of_sender(messages) == wanted[:LONGEST_KEY])


def received_before(moment: datetime) -> ColumnElement[bool]:
    """Tell of a message whether it arrived before then."""
    return messages.c.received_at < moment


def count(engine: Engine, which: ColumnElement[bool]) -> int:
    """Return how many messages are meant. Raises DatabaseUnavailable, DatabaseRefused."""
    with translated(), engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(messages).where(which)).scalar_one())


def forget(engine: Engine, which: ColumnElement[bool], *, now: datetime) -> int:
    """Delete those messages and all that was made of them; return how many. A daemon may run.

    What stays of each is a digest and its place on the server. Raises DatabaseUnavailable, DatabaseRefused; what was
    deleted until then stays deleted.
    """
    forgotten = 0
    while numbers := _forget_portion(engine, which, now):
        forgotten += numbers
    if forgotten:
        _vacuum(engine)
    return forgotten


def forget_all(engine: Engine) -> None:
    """Empty every table, as on the first day. Raises AlreadyRunning while a daemon serves the database."""
    names = ", ".join(table.name for table in METADATA.sorted_tables)
    with daemon_lock(engine), translated(), engine.begin() as connection:
        connection.execute(text(f"truncate {names}"))


def purge_old(engine: Engine, *, originals_for: timedelta | None, texts_for: timedelta | None, now: datetime) -> Purged:
    """Take out what is older than that (None: nothing), a bounded number at a time; the rest is for the next day."""
    originals = texts = 0
    for _ in range(_PORTIONS_A_DAY if originals_for else 0):
        originals += (taken := purge_originals(engine, now - (originals_for or timedelta())))
        if taken < PORTION:
            break
    for _ in range(_PORTIONS_A_DAY if texts_for else 0):
        texts += (taken := purge_texts(engine, now - (texts_for or timedelta()), now=now))
        if taken < PORTION:
            break
    return Purged(originals=originals, texts=texts)


def purge_originals(engine: Engine, before: datetime) -> int:
    """Delete up to ``PORTION`` original messages that arrived and were decided on before then; return how many.

    Looked at are the first ones stored that are old or arrived since: what was stored after something that arrived
    since was itself decided on since. The many that are not old yet are so not gone through every day.
    """
    is_old = case(
        (_is_older(before), true()),
        (and_(messages.c.received_at >= before, messages.c.decided_at >= before), false()),
    )
    # The limit keeps PostgreSQL from reading all old messages, of which hardly one has its original left.
    of_it = select(is_old.label("is_old")).where(messages.c.id == raw_messages.c.message_id).limit(1).lateral()
    first = (
        select(raw_messages.c.message_id, of_it.c.is_old)
        .join(of_it, of_it.c.is_old.is_not(None))
        .order_by(raw_messages.c.message_id)
        .limit(PORTION)
        .subquery()
    )
    old = select(first.c.message_id).where(first.c.is_old)
    statement = delete(raw_messages).where(raw_messages.c.message_id.in_(old)).returning(raw_messages.c.message_id)
    with translated(), engine.begin() as connection:
        return len(connection.execute(statement).all())


def purge_texts(engine: Engine, before: datetime, *, now: datetime) -> int:
    """Empty the texts of up to ``PORTION`` messages that arrived and were decided on before then; return how many.

    Those with an answer keep theirs, and those of a get-together that is still open.
    """
    is_open = exists().where(
        threads.c.thread_key == messages.c.thread_key, threads.c.place_state == PlaceState.OPEN.value
    )
    old = (
        select(messages.c.id)
        .where(
            messages.c.purged_at.is_(None),
            _is_older(before),
            ~exists().where(labels.c.message_id == messages.c.id),
            ~is_open,
        )
        .order_by(messages.c.received_at)
        .limit(PORTION)
        .with_for_update(of=messages, skip_locked=True)
    )
    with translated(), engine.begin() as connection:
        numbers = connection.execute(old).scalars().all()
        if not numbers:
            return 0
        connection.execute(
            update(messages).where(messages.c.id.in_(numbers)).values(text="", quoted="", invite=None, purged_at=now)
        )
        connection.execute(
            update(predictions).where(predictions.c.message_id.in_(numbers)).values(sentence="", reasons=[])
        )
        connection.execute(update(thread_states).where(thread_states.c.message_id.in_(numbers)).values(words=""))
        connection.execute(
            update(notifications)
            .where(notifications.c.message_id.in_(numbers), notifications.c.status.not_in((_PENDING, *_RUNNING)))
            .values(body="")
        )
        connection.execute(delete(raw_messages).where(raw_messages.c.message_id.in_(numbers)))
        return len(numbers)


def _is_older(before: datetime) -> ColumnElement[bool]:
    # Mail of the past that was imported yesterday is old, and still wanted: both moments count.
    return and_(messages.c.received_at < before, messages.c.decided_at < before)


def _forget_portion(engine: Engine, which: ColumnElement[bool], now: datetime) -> int:
    with translated(), engine.begin() as connection:
        wait_for_threads(connection)
        found = connection.execute(
            select(messages.c.id, messages.c.account, messages.c.message_key, messages.c.thread_key)
            .where(which)
            .order_by(messages.c.id)
            .limit(PORTION)
            .with_for_update()
        ).all()
        if not found:
            return 0
        numbers, joined = [row.id for row in found], {row.thread_key for row in found}
        connection.execute(
            insert(forgotten_messages).on_conflict_do_nothing(),
            [{"digest": digest(row.account, row.message_key), "forgotten_at": now} for row in found],
        )
        _keep_places(connection, numbers)
        _dissolve_digests(connection, numbers)
        _forget_words(connection, numbers)
        predicted = predicted_by(connection, numbers)
        connection.execute(delete(messages).where(messages.c.id.in_(numbers)))
        take_off(connection, numbers, predicted)
        drop_empty_threads(connection, joined)
        return len(numbers)


def _keep_places(connection: Connection, numbers: Sequence[int]) -> None:
    place = (message_locations.c.mailbox_id, message_locations.c.uidvalidity, message_locations.c.uid)
    known = select(*place).where(message_locations.c.message_id.in_(numbers))
    connection.execute(
        insert(forgotten_locations).from_select([each.name for each in place], known).on_conflict_do_nothing()
    )


def _dissolve_digests(connection: Connection, numbers: Sequence[int]) -> None:
    """Take the alerts out of what told of them: a digest that has not gone out is undone, one that has loses its text.

    What else an unsent digest told waits by itself again.
    """
    told_in = select(notifications.c.digest_key).where(
        notifications.c.message_id.in_(numbers), notifications.c.digest_key.is_not(None)
    )
    about = and_(
        notifications.c.kind == "digest",
        or_(notifications.c.dedupe_key.in_(told_in), notifications.c.message_id.in_(numbers)),
    )
    digests = connection.execute(
        select(notifications.c.id, notifications.c.dedupe_key, notifications.c.status).where(about).with_for_update()
    ).all()
    unsent = [row for row in digests if row.status == _PENDING]
    if unsent:
        connection.execute(
            update(notifications)
            .where(
                notifications.c.digest_key.in_([row.dedupe_key for row in unsent]),
                notifications.c.status == NotificationStatus.GATHERED.value,
            )
            .values(status=_PENDING, held=True, digest_key=None)
        )
        connection.execute(delete(notifications).where(notifications.c.id.in_([row.id for row in unsent])))
    # One that is on its way this moment is not sent again.
    going = [row.id for row in digests if row.status in _RUNNING]
    withdrawn = {"status": NotificationStatus.WITHDRAWN.value, "lease_until": None}
    connection.execute(update(notifications).where(notifications.c.id.in_(going)).values(withdrawn))
    connection.execute(update(notifications).where(notifications.c.id.in_([row.id for row in digests])).values(body=""))


def _forget_words(connection: Connection, numbers: Sequence[int]) -> None:
    """Take out what threads and the owner's answers say in the words of these messages."""
    said = thread_states.c.message_id.in_(numbers) & (thread_states.c.thread_key == threads.c.thread_key)
    for column in ("words", "place"):
        by_these = exists().where(said, thread_states.c[column] == threads.c[column])
        connection.execute(
            update(threads)
            .where(by_these, threads.c[column] != "")
            .values({column: "", "revision": threads.c.revision + 1})
        )
    connection.execute(delete(thread_states).where(thread_states.c.message_id.in_(numbers)))
    given = select(labels.c.id).where(labels.c.message_id.in_(numbers))
    connection.execute(update(replies).where(replies.c.label_id.in_(given)).values(place=""))


def drop_empty_threads(connection: Connection, joined: Collection[str]) -> None:
    """Delete those threads that no message is in any more."""
    left = set(
        connection.execute(select(messages.c.thread_key).where(messages.c.thread_key.in_(joined)).distinct()).scalars()
    )
    empty = set(joined) - left
    for table in (threads, thread_states, thread_links):
        connection.execute(delete(table).where(table.c.thread_key.in_(empty)))


def _vacuum(engine: Engine) -> None:
    """Have deleted rows taken out of the files' pages now, and not whenever PostgreSQL comes round to it."""
    with translated(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("set statement_timeout = 0"))
        connection.execute(text("vacuum messages, raw_messages, predictions, notifications, labels, thread_states"))
        connection.execute(text("reset statement_timeout"))
