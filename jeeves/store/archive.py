"""Mail of the past in PostgreSQL: stored beside what the daemon stores, under the same identity.

Lives here: ``PostgresArchive`` and the statement it shares with ``backfills``. Must not live here: what a row looks
like (``rows``), where a file or a folder was left off.

The original bytes are not kept: they lie in the owner's file or on the server.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from jeeves.store import rows
from jeeves.store.copies import join_all, take_turns
from jeeves.store.failures import translated
from jeeves.store.forgotten import forgotten_among
from jeeves.store.messages import insert_messages, message_numbers, save_labels
from jeeves.store.schema import labels, messages
from jeeves.types import Filed, LabelSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from jeeves.types import Answer, ArchivedMessage, Message


_CLOCKS_DIFFER = timedelta(minutes=10)


class PostgresArchive:
    """Satisfies ``ports.Archive``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def add(self, account: str, batch: Sequence[ArchivedMessage], *, silent_before: datetime, now: datetime) -> Filed:
        """Store what is new in one transaction; what arrived before ``silent_before`` counts as decided."""
        with translated(), self._engine.begin() as connection:
            filed, new = file_messages(connection, account, batch, silent_before=silent_before, now=now)
            join_all(connection, account, new)
            return filed


def file_messages(
    connection: Connection,
    account: str,
    batch: Sequence[ArchivedMessage],
    *,
    silent_before: datetime,
    now: datetime,
) -> tuple[Filed, list[tuple[int, ArchivedMessage, Message]]]:
    """Store what is new of ``batch`` within the caller's transaction; see ``ports.Archive``.

    Returns also what the caller gives to ``join_all`` as the last step of the transaction.
    """
    take_turns(connection, account)
    keys_of_all = [rows.key(each.message.message_key) for each in batch]
    gone = forgotten_among(connection, account, keys_of_all)
    batch = [each for each, key in zip(batch, keys_of_all, strict=True) if key not in gone]
    if not batch:
        return Filed(new=0, ids=(None,) * len(keys_of_all)), []
    open_to_alerts = _open_to_alerts(connection, account, batch, silent_before, now)
    prepared = [
        rows.message_row(account, each, each.message) | {"decided_at": None if is_open else now}
        for each, is_open in zip(batch, open_to_alerts, strict=True)
    ]
    keys = [str(row["message_key"]) for row in prepared]
    new = insert_messages(connection, list(dict(zip(reversed(keys), reversed(prepared), strict=True)).values()))
    numbers = message_numbers(connection, account, keys, new)
    ids = tuple(numbers.get(key) for key in keys_of_all)
    first = dict(zip(reversed(keys), reversed(batch), strict=True))
    save_labels(connection, {numbers[key]: each.labels for key, each in first.items() if each.gmail_id})
    to_join = [(row.id, first[row.message_key], first[row.message_key].message) for row in new]
    answers = {numbers[key]: each.answer for key, each in zip(keys, batch, strict=True) if each.answer is not None}
    return Filed(new=len(new), ids=ids, answers=_add_answers(connection, answers, now)), to_join


def _open_to_alerts(
    connection: Connection, account: str, batch: Sequence[ArchivedMessage], silent_before: datetime, now: datetime
) -> list[bool]:
    """Tell of each message whether the daemon is to decide on it: it is young, and no twin of it will come.

    A message out of the future is not young: its date is a lie, or of a clock run wild.
    In an account on Gmail the daemon knows messages by Gmail's number: of one that a file holds without that number it
    will meet a twin under another key, and that one is alerted.
    """
    young = [silent_before <= each.message.received_at <= now + _CLOCKS_DIFFER for each in batch]
    if not any(is_young and each.gmail_id is None for each, is_young in zip(batch, young, strict=True)):
        return young
    numbered = select(exists().where(messages.c.account == rows.clean(account), messages.c.gmail_id.is_not(None)))
    on_gmail = connection.execute(numbered).scalar_one()
    return [
        is_young and (each.gmail_id is not None or not on_gmail) for each, is_young in zip(batch, young, strict=True)
    ]


def _add_answers(connection: Connection, answers: Mapping[int, Answer], now: datetime) -> int:
    """Append the answers that differ from what an import last said of the message; return how many did."""
    if not answers:
        return 0
    imported = (
        select(labels.c.message_id, labels.c.value)
        .ext(distinct_on(labels.c.message_id))
        .where(labels.c.message_id.in_(answers), labels.c.source == LabelSource.IMPORT.value)
        .order_by(labels.c.message_id, labels.c.id.desc())
    )
    known = {row.message_id: row.value for row in connection.execute(imported)}
    new = [
        {"message_id": number, "value": answer.value, "source": LabelSource.IMPORT.value, "labelled_at": now}
        for number, answer in answers.items()
        if known.get(number) != answer.value
    ]
    if new:
        connection.execute(insert(labels), new)
    return len(new)
