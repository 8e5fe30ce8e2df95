"""When to look for the owner's answers.

Lives here: pure arithmetic on time. Must not live here: clocks, schedulers, Twilio.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

# Since the last alert went out -> how often to look. Most people answer at once or not at all.
_PACE: Final = (
    (timedelta(hours=1), timedelta(seconds=15)),
    (timedelta(hours=6), timedelta(minutes=1)),
    (timedelta(days=2), timedelta(minutes=5)),
)


def next_poll_at(told_at: datetime | None, polled_at: datetime | None, now: datetime) -> datetime | None:
    """Return when to look next; None while nothing that could be answered was told in the last two days.

    ``told_at``: when the last alert went out; ``polled_at``: when answers were last looked for, None for never. A
    moment in the future was left by a clock that was ahead: nothing was told later than now, and no look is known of.
    """
    if told_at is None:
        return None
    age = now - min(told_at, now)
    pace = next((pace for limit, pace in _PACE if age < limit), None)
    if pace is None:
        return None
    return now if polled_at is None or polled_at > now else polled_at + pace
