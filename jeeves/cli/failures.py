"""Errors as their owner reads them: one plain sentence, what to do, an exit code.

Lives here: the pure mapping from exception to lines and code. Must not live here: printing, exiting.
"""

from __future__ import annotations

import textwrap
from typing import Final

from jeeves.cli.terminal_width import WIDEST
from jeeves.errors import AlreadyRunning, ConfigError, JeevesError, UserError
from jeeves.redaction import locate
from jeeves.sanitise import one_line

# 70 and 75 are EX_SOFTWARE and EX_TEMPFAIL of sysexits.h.
FAILED: Final = 1
OWNERS_MISTAKE: Final = 2
BUG: Final = 70
TRY_LATER: Final = 75


def explain(error: Exception, width: int = WIDEST) -> tuple[list[str], int]:
    """Return the lines for standard error, at most ``width`` columns wide, and the exit code."""
    if not isinstance(error, JeevesError):
        return _explain_bug(error, width), BUG
    lines = _wrap(error.message, width)
    if isinstance(error, ConfigError):
        lines += [line for problem in error.problems for line in _wrap(problem, width, first="  - ", rest="    ")]
    if error.advice:
        lines += _wrap(error.advice, width)
    return lines, _code_of(error)


def _code_of(error: JeevesError) -> int:
    if isinstance(error, UserError):
        return OWNERS_MISTAKE
    return TRY_LATER if isinstance(error, AlreadyRunning) else FAILED


def _explain_bug(error: Exception, width: int) -> list[str]:
    """Name type and places only: the text of an unknown exception may quote mail."""
    places = [line for link in locate(error).splitlines() for line in _wrap(link, width, first="  ", rest="    ")]
    return [
        *_wrap(f"Jeeves stopped because of a bug in itself ({type(error).__name__}). Nothing is half done.", width),
        *_wrap("Please report it with these lines; they hold no mail:", width),
        *places,
    ]


def _wrap(text: str, width: int, *, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(one_line(text), width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
