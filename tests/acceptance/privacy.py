"""What must never stand in a log: addresses, telephone numbers, subjects, texts, secrets.

Lives here: which lines are log lines, and what in them gives somebody away. Must not live here: starting programs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LOG_LINE = re.compile(r"\d\d:\d\d:\d\d (debug|info|warning|error)\b|\{\"at\": ")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
_NUMBER = re.compile(r"\+\d{7,15}")
_SHORTEST = 5  # letters: shorter subjects are parts of any word


def log_lines(written: Iterable[str]) -> list[str]:
    """Return the lines of a program's standard error that its log wrote, whichever the format."""
    return [line for line in written if _LOG_LINE.match(line)]


def leaks(lines: Iterable[str], private: Iterable[str]) -> list[str]:
    """Return the lines that hold an address, a telephone number or one of the ``private`` words."""
    words = [word for word in private if len(word) >= _SHORTEST]
    return [
        line for line in lines if _ADDRESS.search(line) or _NUMBER.search(line) or any(word in line for word in words)
    ]
