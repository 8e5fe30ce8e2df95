"""File locks that the kernel drops when their holders die, however they die.

Lives here: opening a private file, and holding a flock(2) on one. Must not live here: what the locks mean.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POLL_SECONDS = 0.05


def open_private(path: Path, flags: int) -> int:
    """Open or create ``path`` for its owner alone, never through a symbolic link; return the descriptor.

    The descriptor is not inherited by children unless passed on by name. When root creates the file, it belongs to
    whoever owns the folder, so that a single ``sudo jeeves`` does not lock the owner out. Raises OSError.
    """
    descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return descriptor


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Open a lock file for the length of the block; closing it gives its lock back, if nobody inherited it."""
    descriptor = open_private(path, os.O_RDWR)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def take_shared(descriptor: int) -> None:
    """Hold the lock together with others; call it only where nobody can hold it alone."""
    fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)


def take_alone(descriptor: int, *, seconds: float = 0) -> bool:
    """Try for ``seconds`` to hold the lock alone (a shared one is given up first); return whether it worked."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL_SECONDS)
        else:
            return True


def give_up(descriptor: int) -> None:
    """Let go of the lock while the file stays open."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)
