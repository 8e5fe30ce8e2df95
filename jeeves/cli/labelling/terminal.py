"""What the terminal at hand can do.

Lives here: the decision between screen and prompts. Must not live here: either of them.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_WITHOUT_CURSOR: Final = frozenset({"", "dumb", "unknown"})


def missing_for_screen(*, is_terminal: bool, environment: Mapping[str, str]) -> str:
    """Return what a full screen lacks here, as a clause; empty when nothing does.

    ``is_terminal``: the standard streams all are one. TERM names what it can do (terminfo(5)).
    """
    if not is_terminal:
        return "this is no terminal"
    if environment.get("TERM", "") in _WITHOUT_CURSOR:
        return "this terminal cannot move the cursor"
    if find_spec("textual") is None:
        return "textual is not installed"
    return ""
