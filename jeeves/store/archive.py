"""Mail of the past in PostgreSQL: stored beside what the daemon stores, under the same identity.

Lives here: ``PostgresArchive`` and the statement it shares with ``backfills``. Must not live here: what a row looks
like (``rows``), where a file or a folder was left off.

The original bytes are not kept: they lie in the owner's file or on the server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jeeves.store import rows
from jeeves.store.failures import translated
from jeeves.store.messages import insert_messages, message_numbers
from jeeves.types import Filed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from jeeves.types import ArchivedMessage


class PostgresArchive:
    """Satisfies ``ports.Archive``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def add(self, account: str, batch: Sequence[ArchivedMessage], *, silent_before: datetime, now: datetime) -> Filed:
        """Store what is new in one transaction; what arrived before ``silent_before`` counts as decided."""
        with translated(), self._engine.begin() as connection:
            return file_messages(connection, account, batch, silent_before=silent_before, now=now)


def file_messages(
    connection: Connection,
    account: str,
    batch: Sequence[ArchivedMessage],
    *,
    silent_before: datetime,
    now: datetime,
) -> Filed:
    """Store what is new of ``batch`` within the caller's transaction; see ``ports.Archive``."""
    if not batch:
        return Filed(new=0, ids=())
    prepared = [
        rows.message_row(account, each, each.message)
        | {"decided_at": now if each.message.received_at < silent_before else None}
        for each in batch
    ]
    keys = [str(row["message_key"]) for row in prepared]
    new = insert_messages(connection, list(dict(zip(reversed(keys), reversed(prepared), strict=True)).values()))
    numbers = message_numbers(connection, account, keys)
    return Filed(new=len(new), ids=tuple(numbers[key] for key in keys))
