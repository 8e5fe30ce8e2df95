"""When it is odd that no mail comes: pure.

Lives here: the comparison with the mailbox's own habit. Must not live here: reading arrivals (``store.status``).

A filter that moves everything, a folder renamed, a forwarding switched off: nothing fails then, mail just ends.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.types import Arrivals

_FEWEST: Final = 20  # messages that show a habit
_SHORTEST: Final = timedelta(days=14)  # of mail: two weekends
_BEYOND: Final = 2  # times the longest pause there was
_LEAST: Final = timedelta(days=1)  # a shorter silence is never suspicious


def is_unusual_silence(arrivals: Arrivals, now: datetime) -> bool:
    """Tell whether no mail has come for more than twice the longest pause of the weeks before, and more than a day."""
    if arrivals.count < _FEWEST or arrivals.last - arrivals.first < _SHORTEST:
        return False
    return now - arrivals.last > max(arrivals.longest_gap * _BEYOND, _LEAST)
