"""The time.

Lives here: the Clock of everything that runs. Must not live here: what the time decides.
"""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the present moment, aware UTC: the Clock of everything that runs."""
    return datetime.now(UTC)
