"""Threads of messages whose server knows none, joined within T1 as the messages come in.

Lives here: the statements around ``joining``. Must not live here: which thread a message belongs to (``joining``),
what its headers mean (``mail.threads``).

Threads are told apart by Message-IDs, which are unique in the world, so one table serves every account.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Text, and_, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import TIMESTAMP, insert

from jeeves.store import rows
from jeeves.store.arrays import any_of, as_table
from jeeves.store.database import wait_for_threads
from jeeves.store.joining import WINDOW, Arrival, Correspondence, Joined, Standing, join, merge_states, nearest
from jeeves.store.schema import messages, notifications, predictions, thread_links, thread_states, threads
from jeeves.types import ThreadState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select

    from jeeves.types import Message

_REPLIES_AT_MOST = 200  # per batch: replies without references whose nearest message may just have come in
_MOMENT = TIMESTAMP(timezone=True)
_CANDIDATES_AT_MOST = 20  # messages of the same subject looked at for one reply


def join_threads(connection: Connection, account: str, arrivals: Sequence[tuple[int, Message]]) -> None:
    """Put messages just inserted, given with their row's id, into their threads, merging those they connect.

    The last step of a transaction: it waits until no other is at it, and whoever waits must hold nothing that the
    other could wait for. Messages of a server that knows threads are not to be given.
    """
    if not arrivals:
        return
    wait_for_threads(connection)
    joined = _joined(connection, [_arrival(number, message) for number, message in arrivals])
    merge_threads(connection, joined.merged)
    _save(connection, joined, {number: rows.key(message.thread_key) for number, message in arrivals})
    for reply in connection.execute(_replies_touched(account, arrivals)).all():
        _join_by_subject(connection, account, reply)


def _arrival(number: int, message: Message) -> Arrival:
    chain = tuple(rows.key(each) for each in (*message.links.ancestors, message.links.message_id) if each)
    root = chain[0] if chain else rows.key(message.thread_key)
    # A bare number is the name of a thread of Gmail's.
    return Arrival(id=number, chain=chain, name=f"<{root}>" if root.isdigit() else root)


def _joined(connection: Connection, arrivals: Sequence[Arrival]) -> Joined:
    named = {each for arrival in arrivals for each in arrival.chain}
    found = select(thread_links.c.message_id, thread_links.c.thread_key).where(
        thread_links.c.message_id == any_of(named)
    )
    known = {row.message_id: row.thread_key for row in connection.execute(found)}
    sizes = (
        select(messages.c.thread_key, func.count())
        .where(messages.c.thread_key == any_of(set(known.values())))
        .group_by(messages.c.thread_key)
    )
    return join(arrivals, known, _counts(connection, sizes) if known else {})


def _counts(connection: Connection, query: Select[Any]) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(query)}


def _save(connection: Connection, joined: Joined, inserted: Mapping[int, str]) -> None:
    """Write threads and links; ``inserted``: message row -> the thread it was inserted with."""
    moved = {row: thread for row, thread in joined.thread_of.items() if thread != inserted[row]}
    if moved:
        wanted = as_table("wanted", row=(BigInteger, moved), thread=(Text, moved.values()))
        connection.execute(update(messages).where(messages.c.id == wanted.c.row).values(thread_key=wanted.c.thread))
    if joined.links:
        named = as_table("named", id=(Text, joined.links), thread=(Text, joined.links.values()))
        statement = insert(thread_links).from_select(["message_id", "thread_key"], select(named.c.id, named.c.thread))
        connection.execute(statement.on_conflict_do_nothing())


def merge_threads(connection: Connection, merged: Mapping[str, str]) -> None:
    """Make threads one: their messages, links, state and alerts. ``merged``: thread that ceases -> the one it joins.

    The messages come first: a decision under way (T2) holds the lock of its message's row, so that its thread's
    state is read here only when it is written; one that comes later finds the message in another thread.
    """
    into: dict[str, list[str]] = defaultdict(list)
    for ceasing, thread in merged.items():
        into[thread].append(ceasing)
    for thread, ceasing_here in into.items():
        for table in (messages, thread_links):
            connection.execute(update(table).where(table.c.thread_key.in_(ceasing_here)).values(thread_key=thread))
        _merge_standings(connection, thread, ceasing_here)


def _merge_standings(connection: Connection, thread: str, ceasing: list[str]) -> None:
    found = select(threads).where(threads.c.thread_key.in_([thread, *ceasing])).order_by(threads.c.updated_at)
    states = connection.execute(found.with_for_update()).all()
    if not [row for row in states if row.thread_key != thread]:
        return
    result = merge_states(thread, [_standing(connection, row) for row in states])
    connection.execute(delete(threads).where(threads.c.thread_key.in_(ceasing)))
    kept = rows.state_values(result.state) | {
        "opened_at": result.state.opened_at,
        "as_of": result.state.as_of,
        "updated_at": states[-1].updated_at,
        "revision": result.state.revision,
    }
    connection.execute(
        insert(threads)
        .values({"thread_key": thread} | kept)
        .on_conflict_do_update(index_elements=["thread_key"], set_=kept)
    )
    for (old, number), renumbered in result.moved.items():
        connection.execute(
            update(thread_states)
            .where(thread_states.c.thread_key == old, thread_states.c.proposal == number)
            .values(thread_key=thread, proposal=renumbered)
        )
        _rename_alert(connection, thread, _dedupe_key(old, number), _dedupe_key(thread, renumbered))


def _standing(connection: Connection, row: Row[Any]) -> Standing:
    told = select(notifications.c.id).where(notifications.c.dedupe_key == _dedupe_key(row.thread_key, row.proposal))
    return Standing(
        state=rows.thread_state(row),
        alerted=connection.execute(told.limit(1)).one_or_none() is not None,
    )


def _dedupe_key(thread: str, proposal: int) -> str:
    return rows.key(ThreadState(thread_key=thread, proposal=proposal).dedupe_key)


def _rename_alert(connection: Connection, thread: str, old: str, new: str) -> None:
    connection.execute(update(notifications).where(notifications.c.dedupe_key == old).values(dedupe_key=new))
    members = select(messages.c.id).where(messages.c.thread_key == thread)
    connection.execute(
        update(predictions).where(predictions.c.message_id.in_(members), predictions.c.why == old).values(why=new)
    )


def _replies_touched(account: str, arrivals: Sequence[tuple[int, Message]]) -> Select[Any]:
    """Select the replies without references whose nearest earlier message may be among ``arrivals``, or is new."""
    subjects: dict[str, list[datetime]] = defaultdict(list)
    for _, message in arrivals:
        if message.links.base_subject:
            subjects[rows.key(message.links.base_subject)].append(message.received_at)
    spans = as_table(
        "spans",
        subject=(Text, subjects),
        first=(_MOMENT, map(min, subjects.values())),
        last=(_MOMENT, map(max, subjects.values())),
    )
    return (
        select(messages)
        .join(
            spans,
            and_(
                messages.c.base_subject == spans.c.subject,
                messages.c.received_at.between(spans.c.first, spans.c.last + literal(WINDOW)),
            ),
        )
        .where(messages.c.account == rows.clean(account), messages.c.orphan_reply)
        .order_by(messages.c.received_at, messages.c.id)
        .limit(_REPLIES_AT_MOST)
    )


def _join_by_subject(connection: Connection, account: str, reply: Row[Any]) -> None:
    people = _people(reply.sender_address, reply.recipients)
    thread = nearest(people, _earlier(connection, account, reply), owner=rows.clean(account).lower())
    current = select(messages.c.thread_key).where(messages.c.id == reply.id)
    own: str = connection.execute(current).scalar_one()  # an earlier reply of this batch may have moved it
    if thread is not None and thread != own:
        merge_threads(connection, {own: thread})


def _earlier(connection: Connection, account: str, reply: Row[Any]) -> Iterator[Correspondence]:
    query = (
        select(messages.c.thread_key, messages.c.sender_address, messages.c.recipients)
        .where(
            messages.c.account == rows.clean(account),
            messages.c.base_subject == reply.base_subject,
            messages.c.received_at.between(literal(reply.received_at) - WINDOW, reply.received_at),
            messages.c.id != reply.id,
        )
        .order_by(messages.c.received_at.desc(), messages.c.id.desc())
        .limit(_CANDIDATES_AT_MOST)
    )
    for row in connection.execute(query).all():
        yield Correspondence(thread_key=row.thread_key, people=_people(row.sender_address, row.recipients))


def _people(sender: str, recipients: list[list[str]]) -> frozenset[str]:
    return frozenset({sender, *(address for _, address in recipients)})
