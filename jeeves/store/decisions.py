"""What was decided on one message, read back for its owner.

Lives here: ``read_decisions`` and its records. Must not live here: anything that writes, scores computed anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, exists, select

from jeeves.store.failures import translated
from jeeves.store.history import HISTORY, with_history
from jeeves.store.labels import NOWHERE
from jeeves.store.schema import messages, notifications, predictions

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.types import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The row in ``predictions``."""

    model_version: str
    probability: float  # 0 .. 1
    needs_place: bool
    alerts: bool  # False: silent, for the reason ``why``
    why: str  # code of the silence, or the get-together the alert names
    decided_at: datetime  # aware UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedMessage:
    """A stored message and what became of it."""

    message: Message
    decided_at: datetime | None  # aware UTC; None: its turn has not come; without decisions: it was filed as past
    decisions: tuple[Decision, ...]  # the latest first
    told: bool  # an alert was written for this very message, not for an earlier one of its thread


def read_decisions(engine: Engine, message_id: int) -> DecidedMessage | None:
    """Return the message of that number and what was decided on it, in one snapshot; None when there is none.

    Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun.
    """
    told = exists().where(notifications.c.message_id == messages.c.id).label("told")
    query = select(messages, told, *NOWHERE, *HISTORY).where(messages.c.id == message_id)
    with translated(), engine.connect() as connection:
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return DecidedMessage(
            message=with_history(row),
            decided_at=row.decided_at,
            decisions=_decisions(connection, message_id),
            told=row.told,
        )


def _decisions(connection: Connection, message_id: int) -> tuple[Decision, ...]:
    query = select(predictions).where(predictions.c.message_id == message_id).order_by(predictions.c.decided_at.desc())
    return tuple(
        Decision(
            model_version=row.model_version,
            probability=row.probability,
            needs_place=row.needs_place,
            alerts=row.decision == "alert",
            why=row.why,
            decided_at=row.decided_at,
        )
        for row in connection.execute(query)
    )
