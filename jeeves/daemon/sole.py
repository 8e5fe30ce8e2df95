"""The proof that this process is the one daemon of its database.

Lives here: ``SoleDaemon``. Must not live here: how the lock works (``store.database``).
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from jeeves.store.database import daemon_lock

if TYPE_CHECKING:
    from sqlalchemy import Engine


class SoleDaemon:
    """The lock of the one daemon, won again when the database lost it."""

    def __init__(self, engine: Engine) -> None:
        """Take the lock. Raises AlreadyRunning, DatabaseUnavailable."""
        self._engine = engine
        self._stack = ExitStack()
        self._lock = self._stack.enter_context(daemon_lock(engine))

    def ensure(self) -> None:
        """Take the lock again if a restart of PostgreSQL dropped it; one thread at a time.

        Raises AlreadyRunning when another was faster.
        """
        if not self._lock.held():
            self._stack.close()
            self._lock = self._stack.enter_context(daemon_lock(self._engine))

    def __enter__(self) -> Self:
        """Hold the lock until the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self._stack.close()
