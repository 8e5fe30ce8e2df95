"""Answers out of a file, all of them or none.

Lives here: finding the messages a file names, and appending what is new in one transaction. Must not live here: the
form of the file (``actions.label_files``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects.postgresql import insert

from jeeves.store import rows
from jeeves.store.failures import translated
from jeeves.store.labels import counting
from jeeves.store.schema import labels, messages
from jeeves.types import Answer, FiledOutcome, LabelSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from jeeves.types import FiledAnswer


class PostgresLabelFiles:
    """Satisfies ``ports.LabelFiles``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def file(self, answers: Sequence[FiledAnswer], *, now: datetime) -> FiledOutcome:
        """Append the answers that differ from what counts, as the owner's own, unless a line leads to no message.

        A key leads to every message that has it, a number to one. Two lines may name one message by key and by number:
        when they differ, nothing is appended either.
        """
        with translated(), self._engine.begin() as connection:
            named = _named(connection, answers)
            unknown = next((each.line for each in answers if not named[each.line]), None)
            wanted: dict[int, tuple[Answer, int]] = {}
            for each in answers:
                for number in named[each.line]:
                    answer, line = wanted.setdefault(number, (each.answer, each.line))
                    if answer is not each.answer:
                        return FiledOutcome(conflict=(line, each.line))
            if unknown is not None:
                return FiledOutcome(unknown=unknown)
            new = _differing(connection, {number: answer for number, (answer, _) in wanted.items()})
            _append(connection, new, now)
            return FiledOutcome(messages=len(wanted), new=len(new))


def _named(connection: Connection, answers: Sequence[FiledAnswer]) -> dict[int, list[int]]:
    """Return line to numbers of messages."""
    by_key: dict[str, list[int]] = {}
    keys = {rows.key(each.message_key) for each in answers if each.message_key}
    for row in connection.execute(
        select(messages.c.message_key, messages.c.id).where(messages.c.message_key.in_(keys))
    ):
        by_key.setdefault(row.message_key, []).append(row.id)
    given = {each.id for each in answers if each.id is not None and not each.message_key}
    known = set(connection.execute(select(messages.c.id).where(messages.c.id.in_(given))).scalars())
    return {
        each.line: by_key.get(rows.key(each.message_key), []) if each.message_key else sorted(known & {each.id})
        for each in answers
    }


def _differing(connection: Connection, wanted: Mapping[int, Answer]) -> dict[int, Answer]:
    query = counting().where(labels.c.message_id.in_(wanted))
    known = {row.message_id: row.value for row in connection.execute(query)}
    return {number: answer for number, answer in wanted.items() if known.get(number) != answer.value}


def _append(connection: Connection, answers: Mapping[int, Answer], now: datetime) -> None:
    source = LabelSource.CLI.value
    values = [
        {"message_id": number, "value": answer.value, "source": source, "labelled_at": now}
        for number, answer in answers.items()
    ]
    if values:
        connection.execute(insert(labels), values)
