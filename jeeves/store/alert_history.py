"""What was alerted before and what is muted, in PostgreSQL, for deciding on the next message.

Lives here: ``PostgresAlertHistory``. Must not live here: budgets (``assist.budget``), muting itself (``mutes``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Engine, func, select

from jeeves.store import rows
from jeeves.store.failures import translated
from jeeves.store.mutes import is_muted
from jeeves.store.schema import notifications, predictions
from jeeves.types import Held, Raised

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.types import Message


class PostgresAlertHistory:
    """Satisfies ``ports.AlertHistory``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def is_muted(self, message: Message, now: datetime) -> bool:
        """Tell whether the owner muted the sender or the thread of ``message``."""
        question = select(is_muted(rows.clean(message.sender.address), rows.key(message.thread_key), now))
        with translated(), self._engine.connect() as connection:
            return bool(connection.execute(question).scalar_one())

    def raised_since(self, moment: datetime) -> list[Raised]:
        """Return the alerts decided after ``moment``, by the time they were."""
        probability = func.max(predictions.c.probability)
        query = (
            select(notifications.c.created_at, notifications.c.held_for, probability.label("probability"))
            .join(predictions, predictions.c.message_id == notifications.c.message_id)
            .where(
                notifications.c.created_at > moment,
                notifications.c.escalated_from.is_(None),
                notifications.c.kind == "alert",
            )
            .group_by(notifications.c.id)
            .order_by(notifications.c.created_at, notifications.c.id)
        )
        with translated(), self._engine.connect() as connection:
            return [
                Raised(at=row.created_at, probability=row.probability, held=Held(row.held_for))
                for row in connection.execute(query)
            ]
