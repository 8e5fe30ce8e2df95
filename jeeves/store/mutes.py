"""Whom and what the owner does not want to hear of, in PostgreSQL.

Lives here: ``PostgresMutes``, and the condition other statements share. Must not live here: how a sender or a
message is named on the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Engine, delete, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from jeeves.store import rows
from jeeves.store.failures import translated
from jeeves.store.schema import messages, mutes
from jeeves.store.withdrawing import withdraw_alerts
from jeeves.types import Mute

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.types import LabelSource


class PostgresMutes:
    """Satisfies ``ports.Mutes``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def mute_sender(self, address: str, source: LabelSource, *, until: datetime | None, now: datetime) -> None:
        """Mute everything ``address`` writes until then (None: for good); what waits to be told of it is withdrawn."""
        with translated(), self._engine.begin() as connection:
            _mute(connection, {"sender": _sender(address)}, source, until, now)

    def mute_thread(self, message_id: int, source: LabelSource, *, until: datetime | None, now: datetime) -> None:
        """Mute the thread of that message, which must exist, likewise."""
        with translated(), self._engine.begin() as connection:
            mute_thread(connection, message_id, source, until=until, now=now)

    def unmute_sender(self, address: str) -> bool:
        """Take a sender's mute back; False when there was none."""
        with translated(), self._engine.begin() as connection:
            return _removed(connection, mutes.c.sender == _sender(address))

    def unmute_thread(self, message_id: int) -> bool:
        """Take back the mute of that message's thread; False when there was none."""
        thread = select(messages.c.thread_key).where(messages.c.id == message_id).scalar_subquery()
        members = select(messages.c.id).where(messages.c.thread_key == thread)
        with translated(), self._engine.begin() as connection:
            return _removed(connection, mutes.c.message_id.in_(members))

    def sender_of(self, message_id: int) -> str | None:
        """Return the address of a message's sender, "" when it has none; None when there is no such message."""
        query = select(messages.c.sender_address).where(messages.c.id == message_id)
        with translated(), self._engine.connect() as connection:
            found: str | None = connection.execute(query).scalar_one_or_none()
        return found

    def all(self, now: datetime) -> list[Mute]:
        """Return what is muted at ``now``, the latest first."""
        query = (
            select(mutes, messages.c.subject)
            .join(messages, messages.c.id == mutes.c.message_id, isouter=True)
            .where(_lasts(now))
            .order_by(mutes.c.muted_at.desc(), mutes.c.id.desc())
        )
        with translated(), self._engine.connect() as connection:
            return [
                Mute(
                    sender=row.sender,
                    message_id=row.message_id,
                    subject=row.subject or "",
                    muted_at=row.muted_at,
                    until=row.until,
                )
                for row in connection.execute(query)
            ]


def is_muted(
    sender: ColumnElement[str] | str, thread_key: ColumnElement[str] | str, now: datetime
) -> ColumnElement[bool]:
    """Return the condition that a message of ``sender`` in that thread raises no alert at ``now``."""
    member = messages.alias()
    in_thread = exists().where(member.c.id == mutes.c.message_id, member.c.thread_key == thread_key)
    return exists().where(_lasts(now), or_(mutes.c.sender == func.lower(sender), in_thread))


def mute_thread(
    connection: Connection, message_id: int, source: LabelSource, *, until: datetime | None, now: datetime
) -> None:
    """Mute the thread of that message within a transaction of the caller's."""
    _mute(connection, {"message_id": message_id}, source, until, now)


def _mute(
    connection: Connection, subject: dict[str, Any], source: LabelSource, until: datetime | None, now: datetime
) -> None:
    wish = {"source": source.value, "muted_at": now, "until": until}
    connection.execute(
        insert(mutes).values(subject | wish).on_conflict_do_update(index_elements=list(subject), set_=wish)
    )
    withdraw_alerts(connection, is_muted(messages.c.sender_address, messages.c.thread_key, now))


def _sender(address: str) -> str:
    return rows.key(address.lower())


def _lasts(now: datetime) -> ColumnElement[bool]:
    return or_(mutes.c.until.is_(None), mutes.c.until > now)


def _removed(connection: Connection, which: ColumnElement[bool]) -> bool:
    return connection.execute(delete(mutes).where(which).returning(mutes.c.id)).first() is not None
