"""Whether a text speaks of a day to come.

Lives here: calendar dates found in text, compared with the day the mail was sent. Must not live here: weekdays and
"tomorrow" (``lexicon``), the time of a get-together (that needs a real date parser and is for the thread's state).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = rf"({'|'.join(_MONTHS)})[a-z]{{0,6}}\.?"
_DAY: Final = r"([0-3]?\d)(?:st|nd|rd|th)?"
_WRITTEN: Final = re.compile(rf"\b{_MONTH} {{0,2}}{_DAY}\b|\b{_DAY} {{0,2}}(?:of )?{_MONTH}\b")
_MOST_READ: Final = 20  # dates; a schedule of hundreds says nothing more
_YEAR: Final = 365
_NEAR: Final = 120  # days: what is further off may as well be the other way round the year


def mentioned(text: str, *, since: datetime) -> Iterator[str]:
    """Yield ``date_ahead`` and ``date_behind`` when ``text`` names a day and month after or before ``since``.

    Years are not read: of the two nearest such days the nearer one counts. Linear.
    """
    text = text.casefold()
    if not any(map(text.__contains__, _MONTHS)):
        return
    found = set()
    sent = _day_of_year(since.month, since.day)
    for count, match in enumerate(_WRITTEN.finditer(text)):
        if count == _MOST_READ:
            break
        name, day = match[1] or match[4], int(match[2] or match[3])
        distance = (_day_of_year(_MONTHS.index(name) + 1, day) - sent + _YEAR // 2) % _YEAR - _YEAR // 2
        if 0 <= distance <= _NEAR:
            found.add("date_ahead")
        elif -_NEAR <= distance < 0:
            found.add("date_behind")
    yield from sorted(found)


def _day_of_year(month: int, day: int) -> int:
    """Return a rough ordinal: every month has 30.4 days here, near enough to tell before from after."""
    return int((month - 1) * 30.4) + day
