"""What the clock does to get-togethers: they go by, they come near without a place.

Lives here: the use case, by ports and pure code. Must not live here: when it runs (``upkeep``), how a reminder is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from jeeves.assist.meeting_times import begins_by
from jeeves.assist.reminders import due_reminder
from jeeves.assist.threads import seen_at
from jeeves.types import Cause, PlaceState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from jeeves.ports import ThreadStore
    from jeeves.types import Owner

# A day is that of whoever named it: nowhere is it more than a day ahead of or behind UTC's; one more for the rounding.
_ANY_ZONE: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Minded:
    """What changed."""

    past: int = 0  # get-togethers whose time went by
    reminded: int = 0  # get-togethers the owner is reminded of
    withdrawn: int = 0  # alerts that waited although nothing is open any more


def mind_threads(
    store: ThreadStore,
    owner: Owner,
    remind_before: timedelta | None,
    *,
    now: datetime,
    owners: Mapping[str, Owner] = MappingProxyType({}),
) -> Minded:
    """Let what went by be past, and remind of what is near; ``remind_before`` None: nobody is reminded.

    ``owners``: account -> its owner, where there are several.

    Only what is near or went by is read: hundreds may be open that have no day, and this comes every minute.
    Each change is a transaction of its own that gives way to whatever changed the thread meanwhile.
    """
    past = reminded = 0
    for opened in store.open_threads(until=_last_day(now, remind_before)):
        seen = seen_at(opened.state, now, owner.zone)
        if seen.place_state is PlaceState.PAST:
            past += store.change(seen, Cause.CLOCK, now)
            continue
        reminder = due_reminder(opened, owner.zone, remind_before, now=now)
        if reminder is not None and opened.state.when is not None:
            expires_at = begins_by(opened.state.when, owner.zone)
            channel = owners.get(opened.account, owner).channel
            reminded += store.remind(opened, reminder, channel=channel, expires_at=expires_at, now=now)
    return Minded(past=past, reminded=reminded, withdrawn=store.withdraw_stale())


def _last_day(now: datetime, remind_before: timedelta | None) -> date:
    """Return the last day, in whatever zone, of a get-together that may have to be minded at ``now``."""
    return (now.astimezone(UTC) + (remind_before or timedelta()) + _ANY_ZONE).date()
