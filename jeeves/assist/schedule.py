"""When to try again.

Lives here: pure arithmetic on time; the present and the random number come in as arguments. Must not live here:
sleeping, clocks, schedulers.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_FIRST = timedelta(seconds=5)
_LONGEST = timedelta(minutes=15)


def backoff_delay(failures: int, random: float) -> timedelta:
    """Return how long to wait after ``failures`` (1 or more) failures in a row.

    Doubles from 5 seconds up to 15 minutes; ``random`` (0 <= random < 1) takes up to half of it away, so that
    many clients do not come back at once ("equal jitter", AWS Architecture Blog, "Exponential Backoff and Jitter").
    """
    whole = min(_LONGEST, _FIRST * (1 << min(failures - 1, 16)))
    return whole * (1 - random / 2)


def next_attempt_at(attempt: int, now: datetime, random: float, retry_after: float | None = None) -> datetime:
    """Return when a notification whose ``attempt`` (1 or more) failed for the time being may be tried again.

    Never earlier than ``retry_after`` seconds from ``now``, when the provider asked for that (RFC 9110, 10.2.3).
    """
    return now + max(backoff_delay(attempt, random), timedelta(seconds=retry_after or 0.0))
