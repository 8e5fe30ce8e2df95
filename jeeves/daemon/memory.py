"""How the daemon shares memory with the rest of the machine.

Lives here: what is asked of the C library; where it has no way to do it, nothing happens. Must not live here: when
(``upkeep``, ``cli.run``), what uses memory.
"""

from __future__ import annotations

import ctypes
from typing import Final

_ARENA_MAX: Final = -8  # M_ARENA_MAX in glibc's malloc.h


def keep_one_heap() -> None:
    """Let all threads take memory from one heap; to be called before the first of them starts (mallopt(3), glibc).

    Each thread would get a heap of its own, so that they need not wait for each other. Python's wait for each other
    anyway, and what one of them frees another could use.
    """
    choose = getattr(ctypes.CDLL(None), "mallopt", None)
    if choose is not None:
        choose(_ARENA_MAX, 1)


def give_back() -> None:
    """Return pages that hold nothing to the system (malloc_trim(3), glibc).

    What was freed stays with a process for what it may ask for next. After a model was loaded, or much mail came at
    once, that is some 5 MB, which a daemon that then waits for hours can do without.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
