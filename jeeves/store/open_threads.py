"""The get-togethers that lack a place, read with the message each is about.

Lives here: ``read_open_threads``. Must not live here: anything that writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, case, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from jeeves.store import rows
from jeeves.store.labels import NOWHERE, is_refused
from jeeves.store.schema import messages, notifications, predictions, thread_states, threads
from jeeves.types import NotificationStatus, OpenThread, PlaceState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime

    from jeeves.types import ThreadState

_OPEN = PlaceState.OPEN.value
_PENDING = NotificationStatus.PENDING.value
_GONE_OUT = tuple(
    status.value
    for status in (
        NotificationStatus.SENDING,
        NotificationStatus.UNCONFIRMED,
        NotificationStatus.SENT,
        NotificationStatus.DELIVERED,
    )
)


def read_open_threads(connection: Connection, until: date | None = None) -> list[OpenThread]:
    """Return every open get-together, the one open longest first; one whose messages are all gone is left out.

    ``until``: only those whose day is known and not after it.
    """
    query = (
        select(threads)
        .where(threads.c.place_state == _OPEN)
        .order_by(func.coalesce(threads.c.opened_at, threads.c.updated_at), threads.c.thread_key)
    )
    if until is not None:
        query = query.where(threads.c.when_day <= until)
    states = [rows.thread_state(row) for row in connection.execute(query)]
    if not states:
        return []
    about = _messages_of(connection, states)
    told = _alerts(connection, [key for state in states for key in (state.dedupe_key, state.reminder_key)])
    chosen = {
        state.thread_key: number
        for state in states
        if (number := told.get(rows.key(state.dedupe_key)) or about.get(state.thread_key))
    }
    texts = {
        row.id: row
        for row in connection.execute(
            select(messages, is_refused(messages.c.id).label("refused"), *NOWHERE).where(
                messages.c.id.in_(set(chosen.values()))
            )
        )
    }
    known = _known_at(connection, [state.dedupe_key for state in states])
    sentences = _sentences(connection, set(chosen.values()))
    return [
        OpenThread(
            state=state,
            message_id=number,
            message=rows.message(texts[number]),
            sentence=sentences.get(number, ""),
            reminded=rows.key(state.reminder_key) in told,
            refused=texts[number].refused,
            known_at=known.get(rows.key(state.dedupe_key)),
            account=texts[number].account,
        )
        for state in states
        if (number := chosen.get(state.thread_key)) is not None
    ]


def _alerts(connection: Connection, keys: Sequence[str]) -> Mapping[str, int]:
    """Return the message of the first alert of each dedupe key that has one."""
    query = select(notifications.c.dedupe_key, notifications.c.message_id).where(
        notifications.c.dedupe_key.in_([rows.key(each) for each in keys]), notifications.c.escalated_from.is_(None)
    )
    return {row.dedupe_key: row.message_id for row in connection.execute(query)}


def _known_at(connection: Connection, keys: Sequence[str]) -> Mapping[str, datetime]:
    """Return when each alert that has gone out did, by itself or in a digest, and when one that waits is to."""
    carrier = notifications.alias()
    moment = case((carrier.c.status == _PENDING, carrier.c.next_attempt_at), else_=carrier.c.tried_at)
    query = (
        select(notifications.c.dedupe_key, func.min(moment))
        .join(carrier, carrier.c.dedupe_key == func.coalesce(notifications.c.digest_key, notifications.c.dedupe_key))
        .where(
            notifications.c.dedupe_key.in_([rows.key(each) for each in keys]),
            carrier.c.status.in_([_PENDING, *_GONE_OUT]),
        )
        .group_by(notifications.c.dedupe_key)
    )
    return {row[0]: row[1] for row in connection.execute(query) if row[1] is not None}


def _messages_of(connection: Connection, states: Sequence[ThreadState]) -> Mapping[str, int]:
    """Return the message that opened each thread, else the latest of the thread."""
    keys = [state.thread_key for state in states]
    latest = select(messages.c.thread_key, func.max(messages.c.id)).where(messages.c.thread_key.in_(keys))
    opening = (
        select(thread_states.c.thread_key, thread_states.c.proposal, func.min(thread_states.c.message_id))
        .where(thread_states.c.thread_key.in_(keys), thread_states.c.place_state == _OPEN)
        .group_by(thread_states.c.thread_key, thread_states.c.proposal)
    )
    proposals = {state.thread_key: state.proposal for state in states}
    opened = {key: number for key, proposal, number in connection.execute(opening) if proposal == proposals[key]}
    found = connection.execute(latest.group_by(messages.c.thread_key))
    return {row[0]: opened.get(row[0]) or row[1] for row in found}


def _sentences(connection: Connection, numbers: Collection[int]) -> Mapping[int, str]:
    """Return the sentence that the latest prediction of each message found."""
    query = (
        select(predictions.c.message_id, predictions.c.sentence)
        .ext(distinct_on(predictions.c.message_id))
        .where(predictions.c.message_id.in_(numbers))
        .order_by(predictions.c.message_id, predictions.c.decided_at.desc())
    )
    return {row.message_id: row.sentence for row in connection.execute(query)}
