"""Memory that is not used any more, given back to the machine.

Lives here: asking the C library for it. Must not live here: when (``upkeep``), what uses memory.
"""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Return pages that hold nothing to the system; nothing happens where the C library has no way to.

    What was freed stays with a process for what it may ask for next. After a model was loaded, or much mail came at
    once, that is some 8 MB, which a daemon that then waits for hours can do without (malloc_trim(3), glibc).
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
