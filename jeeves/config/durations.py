"""Lengths of time as people write them: ``500ms``, ``30s``, ``2m``, ``12h``, ``1d``.

Lives here: text to timedelta and back. Must not live here: which key allows which range.
"""

import re
from datetime import timedelta

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_DURATION = re.compile(r"([0-9]{1,9})(ms|s|m|h|d)")


def parse_duration(text: str) -> timedelta:
    """Return the length of time ``text`` names: a whole number and one of ms, s, m, h, d.

    Raises ValueError, with a sentence fit for the owner, when it is written otherwise.
    """
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise ValueError('write a whole number and a unit: "500ms", "30s", "2m", "12h" or "1d"')
    return int(found[1]) * _UNITS[found[2]]


def format_duration(length: timedelta) -> str:
    """Return ``length`` in the largest unit that divides it: the inverse of ``parse_duration``."""
    for name in ("d", "h", "m", "s"):
        if length and not length % _UNITS[name]:
            return f"{length // _UNITS[name]}{name}"
    return f"{length // _UNITS['ms']}ms"
