"""The process that runs for months: one pass after the other, until a signal ends it.

Lives here: the order of a pass, what each kind of error leads to, scheduler and signals. Must not live here: what a
pass does inside (``actions``), adapters (``app``).
"""

from __future__ import annotations

import logging
import signal
import threading
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Self

from apscheduler.schedulers.background import BackgroundScheduler

from jeeves.actions.decide import decide_new
from jeeves.actions.deliver import deliver_due
from jeeves.actions.ingest import no_progress, sync_folder
from jeeves.app import utc_now
from jeeves.assist.schedule import backoff_delay
from jeeves.errors import DatabaseUnavailable, JeevesError, PermanentError, TransientError, UserError
from jeeves.store.database import daemon_lock
from jeeves.store.health import beat, clear_error, record_error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta
    from types import FrameType

    from sqlalchemy import Engine
    from structlog.typing import FilteringBoundLogger

    from jeeves.actions.deliver import SendResult
    from jeeves.actions.ingest import Progress
    from jeeves.app import App
    from jeeves.ports import Clock
    from jeeves.types import Notification

_MAIL = "mail"  # the component's name in the status
_DELIVER_EVERY = 2  # seconds: how soon a retry that has come due goes out
_BEAT_EVERY = 15  # seconds
_GRACE = 1.0  # seconds a running pass gets to finish after a signal; every state change is one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class PassResult:
    """What one pass did."""

    new: int = 0  # messages not known before
    decided: int = 0  # messages decided on
    delivered: int = 0  # notifications that reached their channel


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Upkeep: something done now and then beside the passes."""

    name: str  # the component's name in the status
    work: Callable[[], object]  # bounded by time-outs of its own: a signal waits for it one second
    every: timedelta
    first_run: datetime  # aware UTC


class SoleDaemon:
    """The proof that this process is the one daemon of its database, won again when the database lost it."""

    def __init__(self, engine: Engine) -> None:
        """Take the lock. Raises AlreadyRunning, DatabaseUnavailable."""
        self._engine = engine
        self._stack = ExitStack()
        self._lock = self._stack.enter_context(daemon_lock(engine))

    def ensure(self) -> None:
        """Take the lock again if a restart of PostgreSQL dropped it. Raises AlreadyRunning when another was faster."""
        if not self._lock.held():
            self._stack.close()
            self._lock = self._stack.enter_context(daemon_lock(self._engine))

    def __enter__(self) -> Self:
        """Hold the lock until the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self._stack.close()


class Runner:
    """One mailbox's passes, with their back-off and their traces in the status."""

    def __init__(
        self,
        app: App,
        *,
        sole: SoleDaemon,
        clock: Clock,
        random: Callable[[], float],
        log: FilteringBoundLogger,
        progress: Progress = no_progress,
    ) -> None:
        """Run ``app``; ``random`` returns 0 <= x < 1; ``progress`` is told of each stored batch."""
        self._app = app
        self._sole = sole
        self._clock = clock
        self._random = random
        self._log = log
        self._progress = progress
        self._mail = Backoff()
        self._database = Backoff()
        self._synced_once = False

    def sync(self) -> int:
        """Fetch and store what is new in every folder. Raises what source and store raise."""
        app, new = self._app, 0
        for folder in app.config.mail.folders:
            stored = sync_folder(app.source, app.store, app.config.mail.username, folder, self._clock, self._progress)
            if stored:
                self._log.info("mail.synced", folder=folder, new=stored)
            new += stored
        return new

    def decide(self) -> int:
        """Decide on everything stored. Raises DatabaseUnavailable."""
        return decide_new(self._app.store, self._app.classifier, self._app.owner, self._clock)

    def deliver(self) -> int:
        """Send every notification that is due. Raises DatabaseUnavailable."""
        app = self._app
        return deliver_due(
            app.outbox,
            app.notifiers,
            app.config.alerts.channels,
            clock=self._clock,
            random=self._random,
            on_result=self._note_result,
        )

    def once(self) -> PassResult:
        """Do one whole pass and return what it did. Raises the first error there is."""
        return PassResult(new=self.sync(), decided=self.decide(), delivered=self.deliver())

    def pass_guarded(self) -> None:
        """Do one pass of the daemon: trouble is logged, shown in the status and backed off from.

        Raises UserError when the owner's own mistake shows before anything was ever synced (the daemon ends then),
        and any error that is a bug.
        """
        self._guard_database(self._mail_then_decide)

    def deliver_guarded(self) -> None:
        """Send what is due, leaving a database in trouble alone."""
        self._guard_database(self.deliver)

    def beat_guarded(self) -> None:
        """Write the heartbeat."""
        self._guard_database(lambda: beat(self._app.database.engine, self._clock()))

    def job_guarded(self, job: Job) -> None:
        """Do upkeep: its trouble goes to the log and the status, and the next run tries again."""
        engine = self._app.database.engine

        def work() -> None:
            try:
                job.work()
            except DatabaseUnavailable:
                raise
            except JeevesError as error:
                self._log.warning("upkeep.failed", job=job.name, error=type(error).__name__)
                record_error(engine, job.name, error.message, self._clock(), advice=error.advice)
            else:
                clear_error(engine, job.name, self._clock())

        self._guard_database(work)

    def _mail_then_decide(self) -> None:
        self._sole.ensure()
        if not self._mail.holds(self._clock()):
            self._sync_guarded()
        self.decide()
        self.deliver()

    def _sync_guarded(self) -> None:
        engine = self._app.database.engine
        try:
            self.sync()
        except DatabaseUnavailable:
            raise
        except (TransientError, PermanentError) as error:
            if isinstance(error, PermanentError) and isinstance(error, UserError) and not self._synced_once:
                raise
            now = self._clock()
            self._mail = self._mail.after_failure(now, self._random())
            self._log.warning("mail.failed", error=type(error).__name__, next_attempt=str(self._mail.until))
            record_error(engine, _MAIL, error.message, now, advice=error.advice, next_attempt_at=self._mail.until)
            return
        if not self._synced_once or self._mail.failures:
            clear_error(engine, _MAIL, self._clock())
        self._mail, self._synced_once = Backoff(), True

    def _guard_database(self, work: Callable[[], object]) -> None:
        if self._database.holds(self._clock()):
            return
        try:
            work()
        except DatabaseUnavailable as error:
            self._database = self._database.after_failure(self._clock(), self._random())
            self._log.error("database.failed", error=error.message, next_attempt=str(self._database.until))
            self._revive()
        else:
            if self._database.failures:
                self._log.info("database.back", failures=self._database.failures)
            self._database = Backoff()

    def _revive(self) -> None:
        revive = self._app.database.revive
        if revive is None:
            return
        try:
            revive()
        except JeevesError as error:
            self._log.error("database.not_revived", error=error.message)
        else:
            self._database = replace(self._database, until=None)

    def _note_result(self, notification: Notification, result: SendResult) -> None:
        engine, channel = self._app.database.engine, notification.channel
        if isinstance(result, JeevesError):
            self._log.warning("alert.failed", channel=channel, error=type(result).__name__)
            record_error(engine, channel, result.message, self._clock(), advice=result.advice)
        elif result is not None:
            self._log.info("alert.sent", channel=channel, reference=notification.reference)
            clear_error(engine, channel, self._clock())


class Stop:
    """Ends the daemon: by signal, or because a job met an error it must not survive."""

    def __init__(self) -> None:
        """Start out running."""
        self._event = threading.Event()
        self.error: BaseException | None = None

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Ask the daemon to end: the handler of SIGTERM and SIGINT."""
        self._event.set()

    def guard(self, job: Callable[[], None]) -> Callable[[], None]:
        """Return ``job`` such that an error in it ends the daemon and is raised from ``serve``."""

        def guarded() -> None:
            if self._event.is_set():
                return
            try:
                job()
            except Exception as error:  # noqa: BLE001 - kept and raised by serve: systemd then starts us anew
                self.error = self.error or error
                self._event.set()

        return guarded

    def wait(self) -> None:
        """Block until asked to end."""
        self._event.wait()


def serve(runner: Runner, *, poll: timedelta, release: Callable[[], None], upkeep: Sequence[Job] = ()) -> bool:
    """Run passes every ``poll`` until SIGTERM or SIGINT, then end within two seconds.

    ``release`` lets go of everything that blocks (the mail connection), so that a pass in the middle of a read ends
    at once. Returns whether every job has ended; when not, the caller lets go of what it holds and leaves by
    ``os._exit``, as safe as kill -9. Raises what ended a job. Call from the main thread; previous signal handlers
    come back afterwards.
    """
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a pass longer than the poll is no news
    stop = Stop()
    previous = {number: signal.signal(number, stop.on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    done = threading.Event()

    def end() -> None:
        scheduler.shutdown(wait=True)
        done.set()

    def add(job: Callable[[], None], seconds: float, first_run: datetime | None = None) -> None:
        scheduler.add_job(stop.guard(job), "interval", seconds=seconds, next_run_time=first_run or utc_now())

    add(runner.beat_guarded, _BEAT_EVERY)
    add(runner.pass_guarded, poll.total_seconds())
    add(runner.deliver_guarded, _DELIVER_EVERY)
    for job in upkeep:
        add(partial(runner.job_guarded, job), job.every.total_seconds(), job.first_run)
    scheduler.start()
    try:
        stop.wait()
    finally:
        release()
        threading.Thread(target=end, daemon=True).start()
        done.wait(_GRACE)
        for number, handler in previous.items():
            signal.signal(number, handler)
    if stop.error is not None:
        raise stop.error
    return done.is_set()
