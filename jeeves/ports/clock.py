"""The time.

Lives here: the seam to the clock. Must not live here: reading it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class Clock(Protocol):
    """The time, as an argument."""

    def __call__(self) -> datetime:
        """Return the present moment, aware UTC."""
        ...
