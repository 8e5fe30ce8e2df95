"""Which messages were drawn by lot to be asked about, and what became of all that were classified.

Lives here: ``PostgresAudits``. Must not live here: lots (``ml.sampling``), what the answers prove (``ml.misses``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine, Integer, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from jeeves.store.failures import translated
from jeeves.store.schema import audits, labels, messages, predictions
from jeeves.types import Answer, ClassifiedMessage, LabelSource

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

MOST_MESSAGES: Final = 100_000  # looked at; more than a month's mail


class PostgresAudits:
    """The drawings of the audit. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def draw(self, message_ids: Sequence[int], *, now: datetime) -> None:
        """Write down that these messages were drawn by lot out of all there were at ``now``, when they are shown.

        A message drawn before keeps its first drawing; an unknown number is passed over.
        """
        known = select(messages.c.id, literal(now, audits.c.drawn_at.type)).where(messages.c.id.in_(message_ids))
        statement = insert(audits).from_select(["message_id", "drawn_at"], known)
        with translated(), self._engine.begin() as connection:
            connection.execute(statement.on_conflict_do_nothing())

    def classified(self, *, since: datetime) -> list[ClassifiedMessage]:
        """Return every message from others that arrived from ``since`` on and was classified, and its answer.

        The owner's own messages raise no alert, so none of them is missed and none is asked about.
        """
        owns = func.cast(labels.c.source != LabelSource.IMPORT.value, Integer)  # as ``labels.answered``
        counting = (
            select(labels.c.message_id, labels.c.value)
            .ext(distinct_on(labels.c.message_id))
            .order_by(labels.c.message_id, owns.desc(), labels.c.id.desc())
            .subquery()
        )
        query = (
            select(
                messages.c.id,
                func.bool_or(predictions.c.needs_place).label("found"),
                func.min(predictions.c.decided_at).label("decided_at"),
                counting.c.value,
                audits.c.drawn_at,
            )
            .join(predictions, predictions.c.message_id == messages.c.id)
            .join(counting, counting.c.message_id == messages.c.id, isouter=True)
            .join(audits, audits.c.message_id == messages.c.id, isouter=True)
            .where(
                messages.c.received_at >= since,
                func.lower(messages.c.sender_address) != func.lower(messages.c.account),
            )
            .group_by(messages.c.id, counting.c.value, audits.c.drawn_at)
            .order_by(messages.c.id)
            .limit(MOST_MESSAGES)
        )
        with translated(), self._engine.connect() as connection:
            return [
                ClassifiedMessage(
                    id=row.id,
                    found=row.found,
                    decided_at=row.decided_at,
                    answer=None if row.value is None else Answer(row.value),
                    drawn_at=row.drawn_at,
                )
                for row in connection.execute(query)
            ]
