"""The past of a mailbox in PostgreSQL: which of its messages are here, and what fetching them cost.

Lives here: ``PostgresBackfills``. Must not live here: storing messages (``archive``), which to fetch (``mail``).

Where a backfill left off needs no table of its own: a message is done when its place is stored, in the same
transaction as the message itself, whoever brought it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects.postgresql import insert

from jeeves.store import rows
from jeeves.store.archive import file_messages
from jeeves.store.copies import join_all
from jeeves.store.failures import translated
from jeeves.store.forgotten import keep_forgotten_places, stored_or_forgotten
from jeeves.store.messages import save_places
from jeeves.store.schema import mail_traffic, mailboxes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from jeeves.types import ArchivedMessage, Filed, FolderContents


class PostgresBackfills:
    """Satisfies ``ports.Backfills``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def places(self, account: str, folder: str, uidvalidity: int) -> set[int]:
        """Return the UIDs of a folder whose messages are stored."""
        query = stored_or_forgotten(account, folder, uidvalidity)
        with translated(), self._engine.connect() as connection:
            return set(connection.execute(query).scalars())

    def traffic(self, account: str, day: date) -> int:
        """Return how many bytes backfills took on a day (UTC)."""
        query = select(mail_traffic.c.bytes).where(
            mail_traffic.c.account == rows.clean(account), mail_traffic.c.day == day
        )
        with translated(), self._engine.connect() as connection:
            return connection.execute(query).scalar_one_or_none() or 0

    def keep(
        self,
        account: str,
        contents: FolderContents,
        batch: Sequence[ArchivedMessage],
        *,
        size: int,
        silent_before: datetime,
        now: datetime,
    ) -> Filed:
        """Store messages, their places and ``size`` bytes of traffic in one transaction."""
        with translated(), self._engine.begin() as connection:
            # The folder first, as T1 has it: transactions that wait for each other in turns never end.
            mailbox_id = _mailbox_id(connection, account, contents)
            filed, new = file_messages(connection, account, batch, silent_before=silent_before, now=now)
            placed = [
                ((each.message.ref.uidvalidity, each.message.ref.uid), number)
                for each, number in zip(batch, filed.ids, strict=True)
                if each.message.ref is not None
            ]
            save_places(connection, mailbox_id, {place: number for place, number in placed if number is not None})
            keep_forgotten_places(connection, mailbox_id, [place for place, number in placed if number is None])
            _count_traffic(connection, account, now.date(), size)
            join_all(connection, account, new)
            return filed


def _mailbox_id(connection: Connection, account: str, contents: FolderContents) -> int:
    """Return the folder's row; of one never synced a new row, whose cursor leaves everything to the daemon."""
    place = {"account": rows.clean(account), "folder": rows.clean(contents.folder)}
    connection.execute(
        insert(mailboxes).values(place | {"uidvalidity": contents.uidvalidity, "last_uid": 0}).on_conflict_do_nothing()
    )
    query = select(mailboxes.c.id).filter_by(**place)
    mailbox_id: int = connection.execute(query).scalar_one()
    return mailbox_id


def _count_traffic(connection: Connection, account: str, day: date, size: int) -> None:
    statement = insert(mail_traffic).values(account=rows.clean(account), day=day, bytes=size)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["account", "day"], set_={"bytes": mail_traffic.c.bytes + statement.excluded.bytes}
        )
    )
