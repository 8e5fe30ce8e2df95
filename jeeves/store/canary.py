"""The canary in the database: how far it is, and away with it.

Lives here: ``PostgresCanary``, and writing that one came through. Must not live here: what a canary is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine, and_, delete, select
from sqlalchemy.dialects.postgresql import insert

from jeeves.store import rows
from jeeves.store.database import wait_for_threads
from jeeves.store.failures import translated
from jeeves.store.forgetting import drop_empty_threads
from jeeves.store.health import component_of
from jeeves.store.schema import health, messages, predictions
from jeeves.store.tallies import predicted_by, take_off
from jeeves.types import CANARY_SENDER, CanarySighting

if TYPE_CHECKING:
    from datetime import datetime

_COMPONENT: Final = "canary"


class PostgresCanary:
    """Satisfies ``actions.canary.CanaryRows``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine, account: str) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated, for the canary of ``account``."""
        self._engine = engine
        self._is_canary = and_(messages.c.account == rows.clean(account), messages.c.sender_address == CANARY_SENDER)

    def sighting(self, token: str) -> CanarySighting | None:
        """Return how far the canary of that token is; None: it is not stored."""
        query = (
            select(predictions.c.why)
            .join_from(messages, predictions, isouter=True)
            .where(self._is_canary, messages.c.subject.endswith(token, autoescape=True))
            .order_by(predictions.c.decided_at.desc().nulls_last())
            .limit(1)
        )
        with translated(), self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else CanarySighting(decision=row.why)

    def erase(self) -> None:
        """Delete every canary, with all that was made of it; a thread that other mail is in stays as it is."""
        with translated(), self._engine.begin() as connection:
            wait_for_threads(connection)
            found = connection.execute(select(messages.c.id, messages.c.thread_key).where(self._is_canary)).all()
            numbers = [row.id for row in found]
            predicted = predicted_by(connection, numbers)
            connection.execute(delete(messages).where(messages.c.id.in_(numbers)))
            take_off(connection, numbers, predicted)
            drop_empty_threads(connection, {row.thread_key for row in found})


def canary_came_through(engine: Engine, now: datetime, *, account: str) -> None:
    """Write that the canary of the mailbox called ``account`` came through at ``now``; empty where there is but one."""
    came = {"beat_at": now}
    statement = (
        insert(health)
        .values({"component": component_of(_COMPONENT, account)} | came)
        .on_conflict_do_update(index_elements=["component"], set_=came)
    )
    with translated(), engine.begin() as connection:
        connection.execute(statement)
