"""Whether the daemon still moves: what is under way, and since when it has shown no sign of life.

Lives here: the register of tasks. Must not live here: what is done about one that is stuck (``serve``,
``service_manager``).

Trouble is no standstill: a task that fails and tries again moves. Stuck is what shows no sign of life for longer than
it may: a name look-up nobody can end, a channel that never answers, two threads waiting for each other.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from types import TracebackType

    from jeeves.ports import Clock

WORK: Final = 600.0  # seconds without a sign of life: more than all time-outs of one message, channel or restart add up
_SLICE: Final = 5.0  # seconds of waiting for one's turn between two signs of life


@dataclass(slots=True)
class _Task:
    name: str
    within: float
    due: float


class Pulse:
    """The tasks under way, each in a thread of its own; safe to be used from any."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Start out with nothing under way; ``now`` counts seconds and stands still while the machine sleeps."""
        self._now = now
        self._tasks: dict[int, _Task] = {}  # by thread
        self._lock = threading.Lock()

    @contextmanager
    def task(self, name: str, within: float = WORK) -> Iterator[None]:
        """Watch over the block: it ends, or gives ``sign`` in this thread, every ``within`` seconds at least."""
        thread = threading.get_ident()
        with self._lock:
            before = self._tasks.get(thread)
            self._tasks[thread] = _Task(name, within, self._now() + within)
        try:
            yield
        finally:
            with self._lock:
                self._tasks.pop(thread)
                if before is not None:
                    before.due = self._now() + before.within
                    self._tasks[thread] = before

    def sign(self) -> None:
        """Give this thread's task its time anew; no effect outside one."""
        with self._lock:
            task = self._tasks.get(threading.get_ident())
            if task is not None:
                task.due = self._now() + task.within

    def stuck(self) -> list[str]:
        """Return the names of the tasks that are overdue, in order; empty when all is well."""
        now = self._now()
        with self._lock:
            return sorted({task.name for task in self._tasks.values() if now > task.due})

    def clock(self, clock: Clock) -> Clock:
        """Return ``clock`` such that each look at it is a sign of life: use cases look at it for every message."""

        def signing() -> datetime:
            self.sign()
            return clock()

        return signing


class Turn:
    """A re-entrant lock; waiting for it is no standstill, as whoever holds it is watched over too."""

    def __init__(self, pulse: Pulse) -> None:
        """Start out free."""
        self._pulse = pulse
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        """Wait for the lock."""
        while not self._lock.acquire(timeout=_SLICE):
            self._pulse.sign()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of it."""
        self._lock.release()
