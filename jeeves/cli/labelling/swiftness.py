"""Keeps the keyboard swift while other threads compute.

Lives here: what Python itself is told about turns and garbage. Must not live here: threads, the screen.
"""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_TURN: Final = 0.0005  # seconds a thread computes while another one waits for its turn


@contextmanager
def swift_keyboard() -> Iterator[None]:
    """Let a thread that has something to do for a key wait neither for other threads nor for garbage.

    By default it waits five milliseconds for its turn, once for every answer of the database and every piece drawn
    (``sys.setswitchinterval``); and now and then a third of a second, until all that was loaded before is looked
    through for garbage (``gc.freeze``), which stays as long as the program anyway.
    """
    turn = sys.getswitchinterval()
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(turn)
        gc.unfreeze()
