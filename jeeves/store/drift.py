"""Mail as a model saw it, and how it drifts, in PostgreSQL.

Lives here: reading scored and recent mail, writing ``drift``. Must not live here: the figures (``ml.drift``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Engine, Select, case, func, select, true
from sqlalchemy.dialects.postgresql import insert

from jeeves.store import rows
from jeeves.store.failures import translated
from jeeves.store.history import HISTORY, with_history
from jeeves.store.labels import NOWHERE
from jeeves.store.schema import drift, labels, messages, predictions
from jeeves.types import CANARY_SENDER, Answer

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.store.report import DriftReport
    from jeeves.types import Message

_READ = 20_000  # characters of a message: thousands are read at once, and each may be a megabyte
_FOUR_WEEKS = timedelta(weeks=4)
_LONG = ("text", "quoted")
_MESSAGE: tuple[Any, ...] = (
    *(column for column in messages.c if column.name not in _LONG),
    *(func.left(messages.c[name], _READ).label(name) for name in _LONG),
    *NOWHERE,
)

_IS_MAIL: Final = messages.c.sender_address != CANARY_SENDER  # it comes at the time of day when drift is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A stored message and what a model said of it."""

    message: Message
    probability: float
    needs_place: bool


def recent_messages(engine: Engine, limit: int) -> list[Message]:
    """Return the ``limit`` messages that arrived last, the latest first. Raises DatabaseUnavailable."""
    query: Select[Any] = (
        select(*_MESSAGE, *HISTORY).where(_IS_MAIL).order_by(messages.c.received_at.desc(), messages.c.id).limit(limit)
    )
    with translated(), engine.connect() as connection:
        return [with_history(row) for row in connection.execute(query)]


def scored_messages(engine: Engine, version: str, *, since: datetime, until: datetime, limit: int) -> list[Scored]:
    """Return what ``version`` decided of mail that arrived from ``since`` to before ``until``, the latest first."""
    query: Select[Any] = (
        select(*_MESSAGE, predictions.c.probability, predictions.c.needs_place)
        .join(predictions, predictions.c.message_id == messages.c.id)
        .where(
            predictions.c.model_version == rows.clean(version),
            messages.c.received_at >= since,
            messages.c.received_at < until,
            _IS_MAIL,
        )
        .order_by(messages.c.received_at.desc(), messages.c.id)
        .limit(limit)
    )
    with translated(), engine.connect() as connection:
        return [
            Scored(message=rows.message(row), probability=row.probability, needs_place=row.needs_place)
            for row in connection.execute(query)
        ]


def messages_per_week(engine: Engine, now: datetime) -> float:
    """Return how many messages a week arrive here, by the last four weeks. Raises DatabaseUnavailable."""
    query = select(func.count()).where(messages.c.received_at.between(now - _FOUR_WEEKS, now))
    with translated(), engine.connect() as connection:
        return float(connection.execute(query).scalar_one() / 4)


def answered_alerts(engine: Engine, version: str, *, since: datetime) -> tuple[int, int]:
    """Return how many finds of ``version`` decided since then the owner answered for, and how many were right."""
    latest = (
        select(labels.c.value)
        .where(labels.c.message_id == predictions.c.message_id)
        .order_by(labels.c.id.desc())
        .limit(1)
        .lateral()
    )
    query = (
        select(func.count(), func.coalesce(func.sum(case((latest.c.value == Answer.YES.value, 1), else_=0)), 0))
        .select_from(predictions)
        .join(latest, true())
        .where(
            predictions.c.model_version == rows.clean(version),
            predictions.c.needs_place,
            predictions.c.decided_at >= since,
            latest.c.value != Answer.SKIP.value,
        )
    )
    with translated(), engine.connect() as connection:
        row = connection.execute(query).one()
    return row[0], row[1]


def save_drift(engine: Engine, report: DriftReport) -> None:
    """Append a measurement."""
    values = {
        "measured_at": report.measured_at,
        "model_version": rows.clean(report.model_version),
        "figures": dict(report.figures),
        "verdict": rows.clean(report.verdict),
    }
    with translated(), engine.begin() as connection:
        connection.execute(insert(drift).values(values).on_conflict_do_nothing())
