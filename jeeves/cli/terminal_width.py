"""How wide a report may be.

Lives here: asking the terminal. Must not live here: breaking lines (``columns``), the screen of ``jeeves label``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import TextIO

WIDEST: Final = 80  # columns: also where nobody can be asked, such as a file or a pipe
_NARROWEST: Final = 40  # below it, lines that the terminal breaks read better than ours


def width_for(stream: TextIO) -> int:
    """Return how many columns a line on ``stream`` may take: 80, or as many as its terminal has, from 40 on."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):  # no terminal, or no file at all
        return WIDEST
    return min(max(columns, _NARROWEST), WIDEST) if columns else WIDEST
