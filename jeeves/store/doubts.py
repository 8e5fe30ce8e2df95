"""Answers that cross-validation contradicts, in PostgreSQL.

Lives here: ``PostgresDoubts``. Must not live here: what a disagreement is (``ml.sampling``), training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from jeeves.store.failures import translated
from jeeves.store.schema import doubts, labels

if TYPE_CHECKING:
    from collections.abc import Mapping


class PostgresDoubts:
    """Satisfies ``ports.Doubts``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def replace(self, disagreements: Mapping[int, float]) -> None:
        """Keep these, by label id, instead of those of the training before; a label that is gone is passed over."""
        with translated(), self._engine.begin() as connection:
            connection.execute(delete(doubts))
            there = set(connection.execute(select(labels.c.id).where(labels.c.id.in_(disagreements))).scalars())
            if there:
                values = [{"label_id": each, "disagreement": disagreements[each]} for each in sorted(there)]
                connection.execute(insert(doubts), values)

    def of_messages(self) -> dict[int, float]:
        """Return the disagreement with each message's answer, by message id.

        A message that was labelled more than once is left out: a second answer confirms or corrects the first, and is
        not asked for a third time.
        """
        labelled = select(labels.c.message_id, func.min(labels.c.id).label("only")).group_by(labels.c.message_id)
        once = labelled.having(func.count() == 1).subquery()
        query = select(once.c.message_id, doubts.c.disagreement).join(doubts, doubts.c.label_id == once.c.only)
        with translated(), self._engine.connect() as connection:
            return {row.message_id: row.disagreement for row in connection.execute(query)}
