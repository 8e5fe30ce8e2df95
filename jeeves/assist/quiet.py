"""When the owner may be spoken to: quiet hours and working days, in their zone, in every hour of the year.

Lives here: pure arithmetic on moments and clocks on the wall. Must not live here: clocks, storage, what is said.

A change of the clocks makes an hour vanish or come twice. Quiet time is one stretch all the same: it begins when the
clock on the wall first shows its start and ends when the clock last shows its end, or when it jumps over them. So
nobody is woken between two passes of the same hour, and no alert waits a day because its hour was left out.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, tzinfo

    from jeeves.types import Restraint

_DAY = timedelta(days=1)


def next_moment_to_speak(moment: datetime, restraint: Restraint, zone: tzinfo) -> datetime:
    """Return the earliest moment, ``moment`` (aware) or later, that is not quiet by the clock of ``zone``; in UTC."""
    speaking = moment.astimezone(UTC)
    while (end := _end_of_quiet(speaking, restraint, zone)) is not None:
        speaking = end
    return speaking


def next_time_of_day(moment: datetime, hour: time, zone: tzinfo) -> datetime:
    """Return the next moment after ``moment`` when the clock of ``zone`` shows ``hour``; in UTC.

    In an hour that comes twice it is the first; where the clock jumps over it, the moment of the jump.
    """
    day = moment.astimezone(zone).date()
    return next(
        found for days in range(3) if (found := first_moment(day + days * _DAY, hour, zone)) > moment.astimezone(UTC)
    )


def first_moment(day: date, hour: time, zone: tzinfo) -> datetime:
    """Return when the clock of ``zone`` first shows ``hour`` on ``day``, or jumps over it; in UTC."""
    return _moment(datetime.combine(day, hour), zone, last=False)


def last_moment(day: date, hour: time, zone: tzinfo) -> datetime:
    """Return when the clock of ``zone`` last shows ``hour`` on ``day``, or jumps over it; in UTC."""
    return _moment(datetime.combine(day, hour), zone, last=True)


def _end_of_quiet(moment: datetime, restraint: Restraint, zone: tzinfo) -> datetime | None:
    """Return when the quiet stretch around ``moment`` ends; None when ``moment`` is in none."""
    day = moment.astimezone(zone).date()
    stretches = (each for days in (-1, 0, 1) for each in _stretches(day + days * _DAY, restraint, zone))
    return max((end for start, end in stretches if start <= moment < end), default=None)


def _stretches(day: date, restraint: Restraint, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """Yield the quiet stretches that begin on ``day``."""
    if day.weekday() not in restraint.working_days:
        yield first_moment(day, time(), zone), first_moment(day + _DAY, time(), zone)
    hours = restraint.quiet_hours
    if hours is not None:
        last_day = day if hours.start < hours.end else day + _DAY
        yield first_moment(day, hours.start, zone), last_moment(last_day, hours.end, zone)


def _moment(wall: datetime, zone: tzinfo, *, last: bool) -> datetime:
    # PEP 495: fold 0 is the first pass of an hour that comes twice; of one that is left out the later moment.
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return second if last else first
    return _change_between(second, first, zone)


def _change_between(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Return the moment the clock of ``zone`` jumps, known to lie after ``before`` and not after ``after``."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        before, after = (before, middle) if middle.astimezone(zone).utcoffset() == offset else (middle, after)
    return after
