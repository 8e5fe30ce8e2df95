"""The owner's answers in PostgreSQL: appended, never changed; which one counts is read, not written.

Lives here: ``PostgresLabels``. Must not live here: what is learned from answers (``actions``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine, Integer, func, literal, null, select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from jeeves.store.failures import translated
from jeeves.store.history import HISTORY, with_history
from jeeves.store.schema import labels, messages
from jeeves.types import Answer, LabelledMail, LabelSource

if TYPE_CHECKING:
    from datetime import datetime

# Stands in for a message's location where nobody asks for it.
NOWHERE: Final = tuple(null().label(name) for name in ("folder", "uidvalidity", "uid"))


class PostgresLabels:
    """Satisfies ``ports.LabelStore``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def add(self, message_id: int, answer: Answer, source: LabelSource, *, now: datetime) -> bool:
        """Append an answer. Returns False, writing nothing, when there is no message of that number."""
        known = select(
            messages.c.id, literal(answer.value), literal(source.value), literal(now, labels.c.labelled_at.type)
        ).where(messages.c.id == message_id)
        statement = insert(labels).from_select(["message_id", "value", "source", "labelled_at"], known)
        with translated(), self._engine.begin() as connection:
            return connection.execute(statement.returning(labels.c.id)).one_or_none() is not None

    def answered(self) -> list[LabelledMail]:
        """Return every message that was ever labelled with the answer that counts, by its label's id.

        The owner's own answers outrank imported ones; among equals the latest counts.
        """
        owns = func.cast(labels.c.source != LabelSource.IMPORT.value, Integer)
        first = func.min(labels.c.id).over(partition_by=labels.c.message_id)
        counting = (
            select(labels.c.message_id, labels.c.id.label("label_id"), labels.c.value, first.label("first_label_id"))
            .ext(distinct_on(labels.c.message_id))
            .order_by(labels.c.message_id, owns.desc(), labels.c.id.desc())
            .subquery()
        )
        query = (
            select(messages, counting.c.label_id, counting.c.value, counting.c.first_label_id, *NOWHERE, *HISTORY)
            .join(counting, counting.c.message_id == messages.c.id)
            .order_by(counting.c.label_id)
        )
        with translated(), self._engine.connect() as connection:
            return [
                LabelledMail(
                    id=row.id,
                    message=with_history(row),
                    answer=Answer(row.value),
                    label_id=row.label_id,
                    first_label_id=row.first_label_id,
                )
                for row in connection.execute(query)
            ]

    def latest(self) -> int:
        """Return the id of the latest label, 0 when there is none."""
        with translated(), self._engine.connect() as connection:
            return connection.execute(select(func.max(labels.c.id))).scalar_one() or 0

    def since(self, label_id: int) -> tuple[int, datetime | None]:
        """Return how many messages were labelled after the label ``label_id``, and when the first of these was."""
        query = select(func.count(labels.c.message_id.distinct()), func.min(labels.c.labelled_at)).where(
            labels.c.id > label_id, labels.c.value != Answer.SKIP.value
        )
        with translated(), self._engine.connect() as connection:
            row = connection.execute(query).one()
        return row[0], row[1]
