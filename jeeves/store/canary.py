"""The canary in the database: how far it is, and away with it.

Lives here: ``PostgresCanary``, and when a canary last came through. Must not live here: what a canary is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.dialects.postgresql import insert

from jeeves.store.failures import translated
from jeeves.store.schema import health, messages, predictions, thread_links, thread_states, threads
from jeeves.types import CANARY_SENDER, CanarySighting

if TYPE_CHECKING:
    from datetime import datetime

_COMPONENT: Final = "canary"
_IS_CANARY: Final = messages.c.sender_address == CANARY_SENDER


class PostgresCanary:
    """Satisfies ``actions.canary.CanaryRows``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def sighting(self, token: str) -> CanarySighting | None:
        """Return how far the canary of that token is; None: it is not stored."""
        query = (
            select(predictions.c.why)
            .join_from(messages, predictions, isouter=True)
            .where(_IS_CANARY, messages.c.subject.endswith(token, autoescape=True))
            .order_by(predictions.c.decided_at.desc().nulls_last())
            .limit(1)
        )
        with translated(), self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else CanarySighting(decision=row.why)

    def erase(self) -> None:
        """Delete every canary, with all that was made of it."""
        with translated(), self._engine.begin() as connection:
            statement = delete(messages).where(_IS_CANARY).returning(messages.c.thread_key)
            keys = connection.execute(statement).scalars().all()
            for table in (threads, thread_states, thread_links):
                connection.execute(delete(table).where(table.c.thread_key.in_(keys)))


def canary_came_through(engine: Engine, now: datetime) -> None:
    """Write that a canary came through at ``now``."""
    came = {"beat_at": now}
    statement = (
        insert(health)
        .values({"component": _COMPONENT} | came)
        .on_conflict_do_update(index_elements=["component"], set_=came)
    )
    with translated(), engine.begin() as connection:
        connection.execute(statement)


def read_canary(connection: Connection) -> datetime | None:
    """Return when a canary last came through; None: none ever did."""
    found: datetime | None = connection.execute(
        select(health.c.beat_at).where(health.c.component == _COMPONENT)
    ).scalar_one_or_none()
    return found
