"""What waits, looked at before each delivery: let go by day, held by night.

Lives here: the use case, by a port and pure code. Must not live here: the hours themselves (``assist.quiet``), SQL.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from jeeves.assist.digest import WORDING
from jeeves.assist.meeting_times import begins_by
from jeeves.assist.quiet import next_moment_to_speak
from jeeves.types import Released

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.ports import Clock, WaitingAlerts
    from jeeves.types import Owner


def mind_the_hour(waiting: WaitingAlerts, owner: Owner, clock: Clock) -> Released:
    """Let go what has waited long enough; in quiet hours hold instead what would go out: a retry, the next channel.

    Returns what became of what waited. Raises DatabaseUnavailable.
    """
    now = clock()
    moment = next_moment_to_speak(now, owner.restraint, owner.zone)
    if moment > now:
        return Released(held=waiting.hold(now, moment, partial(begins_by, zone=owner.zone)))
    return waiting.release(now, WORDING)


def is_quiet(moment: datetime, owner: Owner) -> bool:
    """Tell whether ``owner`` is to be left alone at ``moment``."""
    return next_moment_to_speak(moment, owner.restraint, owner.zone) > moment
