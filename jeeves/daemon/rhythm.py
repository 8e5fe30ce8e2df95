"""When a job comes round again, whatever happens to the time of day.

Lives here: a trigger for the scheduler, and what to do about a clock that was put back. Must not live here: which jobs
there are (``serve``).

The scheduler goes by the time of day. Its own intervals count every turn that was missed, which a clock put forward by
months (a Raspberry Pi has none that runs without power) turns into millions; and when the clock is put back by hours,
every job sleeps for these hours, the heartbeat too.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from apscheduler.triggers.base import BaseTrigger

if TYPE_CHECKING:
    from datetime import datetime

    from apscheduler.schedulers.base import BaseScheduler

_TOLERANCE = timedelta(seconds=1)


class Rhythm(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Comes round every so often; turns that were missed are left out."""

    def __init__(self, every: timedelta) -> None:
        """Leave ``every`` between two turns."""
        self.every = every

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return the turn after ``previous_fire_time``, or, where that is over too, the first from ``now`` on."""
        if previous_fire_time is None:
            return now
        following = previous_fire_time + self.every
        return following if following > now else now + self.every


def follow_clock_put_back(scheduler: BaseScheduler, now: datetime) -> None:
    """Let every job come at once whose turn is further away than its rhythm has it: the clock was put back."""
    for job in scheduler.get_jobs():
        if job.next_run_time - now > job.trigger.every + _TOLERANCE:
            job.modify(next_run_time=now)
