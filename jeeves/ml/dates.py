"""Whether a text speaks of a day to come.

Lives here: calendar dates found in text, compared with the day the mail was sent. Must not live here: weekdays and
"tomorrow" (``lexicon``), the time of a get-together (that needs a real date parser and is for the thread's state).
"""

from __future__ import annotations

import re
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = rf"({'|'.join(_MONTHS)})[a-z]{{0,6}}\.?"
_DAY: Final = r"([0-3]?\d)(?:st|nd|rd|th)?"
_WRITTEN: Final = re.compile(rf"\b{_MONTH} {{0,2}}{_DAY}\b|\b{_DAY} {{0,2}}(?:of )?{_MONTH}\b")
_DIGIT: Final = re.compile(r"\d")
_BEFORE: Final = len("1st  of ")  # characters: how far a date's day is from the beginning of its month
_BEHIND: Final = len("september.  1")
_MOST_READ: Final = 20  # dates; a schedule of hundreds says nothing more
_YEAR: Final = 365
_NEAR: Final = 120  # days: what is further off may as well be the other way round the year


def mentioned(text: str, *, since: datetime) -> Iterator[str]:
    """Yield ``date_ahead`` and ``date_behind`` when ``text`` names a day and month after or before ``since``.

    Years are not read: of the two nearest such days the nearer one counts. Linear.
    """
    text = text.casefold()
    found = set()
    sent = _day_of_year(since.month, since.day)
    dates = chain.from_iterable(_WRITTEN.finditer(text[start:end]) for start, end in sorted(_lines_with_days(text)))
    for match in islice(dates, _MOST_READ):
        name, day = match[1] or match[4], int(match[2] or match[3])
        distance = (_day_of_year(_MONTHS.index(name) + 1, day) - sent + _YEAR // 2) % _YEAR - _YEAR // 2
        if 0 <= distance <= _NEAR:
            found.add("date_ahead")
        elif -_NEAR <= distance < 0:
            found.add("date_behind")
    yield from sorted(found)


def _lines_with_days(text: str) -> set[tuple[int, int]]:
    """Return where lines begin and end that may hold a date: a digit is as near to a month as its day has to be."""
    found = set()
    for month in filter(text.__contains__, _MONTHS):
        at = text.find(month)
        while at >= 0:
            past = at + 1
            if _DIGIT.search(text, max(0, at - _BEFORE), at + _BEHIND):
                past = (text.find("\n", at) + 1 or len(text) + 1) - 1
                found.add((text.rfind("\n", 0, at) + 1, past))
            at = text.find(month, past)
    return found


def _day_of_year(month: int, day: int) -> int:
    """Return a rough ordinal: every month has 30.4 days here, near enough to tell before from after."""
    return int((month - 1) * 30.4) + day
