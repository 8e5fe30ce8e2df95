"""Times of day as people write them: ``18:00``, ``22:00-07:00``, and days of the week.

Lives here: text to times, spans and days, and the types of the keys that hold them. Must not live here: what follows
from them (``assist.quiet``).

Every check raises ValueError with a sentence fit for the owner.
"""

from __future__ import annotations

import re
from datetime import time
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import PlainValidator

from jeeves.config.fields import text_of
from jeeves.config.wording import listed, nearest, show
from jeeves.types import DailySpan

if TYPE_CHECKING:
    from collections.abc import Sequence

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_MIDNIGHT: Final = "24:00"  # as the end of a day (ISO 8601-1:2019/Amd 1:2022)


def parse_time(written: str) -> time:
    """Return the time of day ``written`` names, on the clock of 24 hours."""
    found = _TIME.fullmatch(written.strip())
    if not found:
        raise ValueError(f'{show(written)} is not a time of day; write it as "18:00"')
    return time(int(found[1]), int(found[2]))


def parse_span(written: str) -> DailySpan | None:
    """Return the hours ``written`` names, such as ``22:00-07:00``; None for nothing at all."""
    if not written.strip():
        return None
    start, dash, end = (part.strip() for part in written.partition("-"))
    if not dash or not _TIME.fullmatch(start) or not (_TIME.fullmatch(end) or end == _MIDNIGHT):
        raise ValueError(f'{show(written)} is not a span of hours; write it as "22:00-07:00", or "" for none')
    span = DailySpan(start=parse_time(start), end=time() if end == _MIDNIGHT else parse_time(end))
    if span.start == span.end:
        raise ValueError(
            f"{show(written)} leaves no moment of the day to speak, or means nothing; let it end earlier or later,"
            ' or write "" for none'
        )
    return span


def parse_days(written: Sequence[str]) -> frozenset[int]:
    """Return the days of the week, Monday being 0. Raises ValueError also when there are none."""
    if not written:
        raise ValueError("is empty, so that no alert would ever go out; name at least one day")
    for word in written:
        if word not in DAYS:
            raise ValueError(f"{show(word)} is not a day; write {listed(DAYS)}{nearest(word, DAYS)}")
    return frozenset(DAYS.index(word) for word in written)


def _days(value: object) -> frozenset[int]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"must be a list in square brackets, not {show(value)}")  # noqa: TRY004 - pydantic collects these
    return parse_days([text_of(each) for each in value])


TimeOfDay = Annotated[time, PlainValidator(lambda value: parse_time(text_of(value)))]
HoursOrNone = Annotated[DailySpan | None, PlainValidator(lambda value: parse_span(text_of(value)))]
Weekdays = Annotated[frozenset[int], PlainValidator(_days)]
