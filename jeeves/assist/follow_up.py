"""How often to ask a provider what became of an alert.

Lives here: pure arithmetic on time. Must not live here: asking, what follows from the answer.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_SOONEST = timedelta(seconds=10)  # telephones mostly have it by then
_LONGEST = timedelta(minutes=15)
_AFTERTHOUGHT = timedelta(minutes=10)  # a provider's own word on an alert that expired comes a little later


def next_check_at(sent_at: datetime, now: datetime, expires_at: datetime) -> datetime | None:
    """Return when to ask next how an alert sent at ``sent_at`` fares; None: never again.

    After 10 seconds, then in steps that grow with its age up to 15 minutes, until a little after it expired: about
    sixty questions for one that nothing is ever heard of in twelve hours.
    """
    step = min(max((now - sent_at) / 2, _SOONEST), _LONGEST)
    return None if now > expires_at + _AFTERTHOUGHT else now + step
