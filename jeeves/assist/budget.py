"""How many alerts an owner is told at once, and which.

Lives here: the pure decision when an alert is told. Must not live here: storage, what a digest says (``digest``).

The budget is a promise about interruptions, not about silence: what does not go out at once is told in the digest.
While fewer alerts than the budget went out within the window (24 hours, 7 days), every alert goes out. After that
only the surest do: those of which fewer than a budget's worth of the alerts seen within the window were as sure, by
the probability the model gave them. Surer ones may keep coming, so twice the budget is where it ends. An alert has to
pass the budget of the day and that of the week.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from jeeves.assist.quiet import next_moment_to_speak, next_time_of_day
from jeeves.types import Held

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from jeeves.types import Raised, Restraint

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)


def longest_window(restraint: Restraint) -> timedelta | None:
    """Return how far back alerts count against the budget; None when there is none."""
    if restraint.budget_per_week is not None:
        return WEEK
    return DAY if restraint.budget_per_day is not None else None


def within_budget(probability: float, raised: Sequence[Raised], restraint: Restraint, now: datetime) -> bool:
    """Tell whether an alert of that ``probability`` (0 .. 1) is told at once, given those ``raised`` lately."""
    budgets = ((restraint.budget_per_day, DAY), (restraint.budget_per_week, WEEK))
    return all(
        _passes(probability, [each for each in raised if each.at > now - window], budget)
        for budget, window in budgets
        if budget is not None
    )


def _passes(probability: float, seen: Sequence[Raised], budget: int) -> bool:
    told = sum(each.held is not Held.BUDGET for each in seen)
    as_sure = sum(each.probability >= probability for each in seen)
    return told < budget or (as_sure < budget and told < 2 * budget)


def when_to_tell(
    probability: float, raised: Sequence[Raised], restraint: Restraint, zone: tzinfo, *, now: datetime
) -> tuple[datetime, Held]:
    """Return when an alert decided ``now`` is told (UTC), and why it has to wait until then, if it has to."""
    if not within_budget(probability, raised, restraint, now):
        return next_moment_to_speak(next_time_of_day(now, restraint.digest_at, zone), restraint, zone), Held.BUDGET
    moment = next_moment_to_speak(now, restraint, zone)
    return moment, Held.QUIET if moment > now else Held.NO
