"""Amounts of data as people write them: ``500kB``, ``500MB``, ``2GB``.

Lives here: text to bytes and back. Must not live here: which key allows which range.
"""

import re

_UNITS = {"kB": 10**3, "MB": 10**6, "GB": 10**9}
_SIZE = re.compile(r"([0-9]{1,9}) ?(kB|MB|GB)")


def parse_size(text: str) -> int:
    """Return the bytes ``text`` names: a whole number and one of kB, MB, GB (thousands, not 1024s).

    Raises ValueError, with a sentence fit for the owner, when it is written otherwise.
    """
    found = _SIZE.fullmatch(text.strip())
    if not found:
        raise ValueError('write a whole number and a unit: "500kB", "500MB" or "2GB"')
    return int(found[1]) * _UNITS[found[2]]


def format_size(size: int) -> str:
    """Return ``size`` in the largest unit that divides it: the inverse of ``parse_size``."""
    for name in ("GB", "MB"):
        if size and not size % _UNITS[name]:
            return f"{size // _UNITS[name]}{name}"
    return f"{size // _UNITS['kB']}kB"
