"""Leaving a database in trouble alone for a while, and mail's trouble in the status.

Lives here: what follows from DatabaseUnavailable, and one line of status for several watchers. Must not live here:
the work that failed.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jeeves.assist.schedule import backoff_delay
from jeeves.errors import DatabaseUnavailable, JeevesError
from jeeves.store.health import clear_error, record_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from sqlalchemy import Engine
    from structlog.typing import FilteringBoundLogger

    from jeeves.app.databases import Database
    from jeeves.ports import Clock

MAIL = "mail"  # the component's name in the status


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How often in a row something failed, and until when it is left alone."""

    failures: int = 0
    until: datetime | None = None

    def after_failure(self, now: datetime, random: float) -> Backoff:
        """Return the state after one more failure at ``now``."""
        failures = self.failures + 1
        return Backoff(failures=failures, until=now + backoff_delay(failures, random))

    def holds(self, now: datetime) -> bool:
        """Tell whether to leave it alone at ``now``.

        A clock set back would stretch the wait: more than the longest possible one counts as over.
        """
        return self.until is not None and now < self.until and self.until - now <= backoff_delay(99, 0.0)


class DatabaseGuard:
    """Runs work that needs the database, from any thread."""

    def __init__(
        self, database: Database, *, clock: Clock, random: Callable[[], float], log: FilteringBoundLogger
    ) -> None:
        """Guard ``database``; ``random`` returns 0 <= x < 1."""
        self._database = database
        self._clock = clock
        self._random = random
        self._log = log
        self._state = Backoff()
        self._lock = threading.Lock()

    def run(self, work: Callable[[], object]) -> bool:
        """Do ``work`` and return whether it was done; False while the database is left alone, or when it failed.

        Lets every error pass but DatabaseUnavailable.
        """
        if self._state.holds(self._clock()):
            return False
        try:
            work()
        except DatabaseUnavailable as error:
            with self._lock:
                self._note_failure(error)
            return False
        with self._lock:
            if self._state.failures:
                self._log.info("database.back", failures=self._state.failures)
            self._state = Backoff()
        return True

    def _note_failure(self, error: DatabaseUnavailable) -> None:
        self._state = self._state.after_failure(self._clock(), self._random())
        self._log.error("database.failed", error=error.message, next_attempt=str(self._state.until))
        if self._database.revive is None:
            return
        try:
            self._database.revive()
        except JeevesError as failure:
            self._log.error("database.not_revived", error=failure.message)
        else:
            self._state = replace(self._state, until=None)


class MailHealth:
    """One line of status for all watchers of a mailbox: in trouble as long as one of them is."""

    def __init__(self, engine: Engine, clock: Clock, component: str = MAIL) -> None:
        """Write the trouble to ``engine``, as that of ``component``."""
        self._engine = engine
        self._component = component
        self._clock = clock
        self._failing: set[str] = set()
        self._known = False  # whether the status of an earlier daemon has been cleared
        self._lock = threading.Lock()

    def failed(self, folder: str, error: JeevesError, delay: timedelta) -> None:
        """Show ``error``. Raises DatabaseUnavailable."""
        now = self._clock()
        with self._lock:
            self._failing.add(folder)
            record_error(
                self._engine, self._component, error.message, now, advice=error.advice, next_attempt_at=now + delay
            )

    def works(self, folder: str) -> None:
        """Show that ``folder`` is well again. Raises DatabaseUnavailable."""
        with self._lock:
            if self._known and folder not in self._failing:
                return
            self._failing.discard(folder)
            if not self._failing:
                clear_error(self._engine, self._component, self._clock())
                self._known = True
