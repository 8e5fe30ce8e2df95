"""How long mail has been silent, and how long it usually is.

Lives here: the two figures, read only. Must not live here: what is suspicious about them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Engine, func, select

from jeeves.store.failures import translated
from jeeves.store.schema import messages

if TYPE_CHECKING:
    from datetime import datetime

_MEMORY = timedelta(days=60)
_LEAST = 20  # messages in that time: fewer make no habit


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """The mailbox's habit."""

    last_at: datetime | None  # aware UTC; arrival of the latest message; None when none is stored
    longest: timedelta | None  # the longest pause between two messages in 60 days; None when they make no habit


def read_silence(engine: Engine, now: datetime) -> Silence:
    """Read the arrivals of the last 60 days. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""
    arrived = messages.c.received_at
    recent = (
        select(arrived, (arrived - func.lag(arrived).over(order_by=arrived)).label("pause"))
        .where(arrived > now - _MEMORY, arrived <= now)
        .subquery()
    )
    with translated(), engine.connect() as connection:
        last_at = connection.execute(select(func.max(arrived)).where(arrived <= now)).scalar_one()
        count, longest = connection.execute(select(func.count(), func.max(recent.c.pause)).select_from(recent)).one()
    return Silence(last_at=last_at, longest=longest if count >= _LEAST else None)
