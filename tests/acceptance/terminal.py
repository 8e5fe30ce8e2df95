"""What a program shows on a terminal of its own. Must not live here: expectations."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def all_shown(controller: int) -> bytes:
    """Return all that is written to the terminal until nobody has it open any more, and let go of ``controller``."""
    try:
        return b"".join(_read(controller))
    finally:
        os.close(controller)


def _read(controller: int) -> Iterator[bytes]:
    """Yield what the terminal gets; Linux ends it with EIO once nobody writes any more."""
    while True:
        try:
            portion = os.read(controller, 65_536)
        except OSError:
            return
        if not portion:
            return
        yield portion
