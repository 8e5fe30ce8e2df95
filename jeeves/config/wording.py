"""How a wrong setting is named to its owner.

Lives here: showing a value safely, finding the nearest allowed word. Must not live here: what is allowed.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 40


def show(value: object) -> str:
    """Return ``value`` quoted on one line, cut at 40 characters, safe for any terminal."""
    if not isinstance(value, str):
        return str(value) if isinstance(value, bool | int | float) else f"a {type(value).__name__}"
    cut = value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
    return '"' + "".join(c if c.isprintable() else "?" for c in cut) + '"'


def listed(words: Iterable[str]) -> str:
    """Return ``"a", "b" or "c"``."""
    quoted = [f'"{word}"' for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return ``; did you mean "..."?`` for the allowed word most like ``word``, or nothing."""
    by_lower = {each.lower(): each for each in allowed}
    close = difflib.get_close_matches(word.lower()[:100], by_lower, n=1)
    return f'; did you mean "{by_lower[close[0]]}"?' if close else ""
