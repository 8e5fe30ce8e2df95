"""From start to signal: the scheduler, the watchers, and ending within two seconds.

Lives here: ``serve``, ``Job``, ``Stop``. Must not live here: what a job does (``passes``, ``actions``).
"""

from __future__ import annotations

import logging
import signal
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from jeeves.app.clock import utc_now
from jeeves.daemon.delivering import Deliverer
from jeeves.daemon.rhythm import Rhythm, follow_clock_put_back
from jeeves.errors import JeevesError
from jeeves.store.health import clear_error, record_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from types import FrameType

    from structlog.typing import FilteringBoundLogger

    from jeeves.daemon.passes import Runner
    from jeeves.daemon.pulse import Pulse
    from jeeves.daemon.service_manager import ServiceManager
    from jeeves.daemon.watching import Watcher

_BEAT_EVERY = timedelta(seconds=15)
_LOOK_AT_CLOCK_EVERY = 5.0  # seconds
_OWN_JOBS = 3  # heartbeat, deciding, watchdog
_WELL = "Watching for mail."
_GRACE = 1.0  # seconds a running pass gets to finish after a signal; every state change is one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Upkeep: something done now and then beside the watching.

    Its trouble (a JeevesError) is logged and shown in the status under its name, and the next run tries again.
    """

    name: str  # the component's name in the status
    work: Callable[[], object]  # bounded by time-outs of its own: a signal waits for it one second
    every: timedelta
    first_run: datetime  # aware UTC


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

    def wait(self, seconds: float) -> bool:
        """Block until asked to end, at most ``seconds``; return whether that is so."""
        return self._event.wait(seconds)


def serve(  # noqa: PLR0913 - what the daemon consists of, each named
    runner: Runner,
    watchers: Sequence[Watcher],
    *,
    poll: timedelta,
    release: Callable[[], None],
    upkeep: Sequence[Job] = (),
    manager: ServiceManager | None = None,
    grace: float = _GRACE,
) -> bool:
    """Watch and work until SIGTERM or SIGINT, then end; what is under way has ``grace`` seconds to finish.

    ``poll`` is how often the database is looked through for undecided mail; ``release`` lets go of everything else
    that blocks, so that a job in the middle of a read ends at once; ``manager`` is told when we are ready, that we
    still move, and that we end. Returns whether everything has ended; when not, the caller lets go of what it holds
    and leaves by ``os._exit``, as safe as kill -9. Raises what ended a job or a watcher. Call from the main thread;
    previous signal handlers come back afterwards.
    """
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a pass longer than the poll is no news
    stop = Stop()
    scheduler = _scheduler(runner, stop, poll, upkeep, manager)
    workers: list[Watcher | Deliverer] = [*watchers, Deliverer(runner)]
    threads = [threading.Thread(target=stop.guard(each.run), name=type(each).__name__, daemon=True) for each in workers]
    done = threading.Event()

    def end() -> None:
        for worker in workers:
            worker.stop()
        release()
        scheduler.shutdown(wait=True)
        for thread in threads:
            thread.join()
        done.set()

    with _heeding_signals(stop):
        scheduler.start()
        for thread in threads:
            thread.start()
        if manager is not None:
            manager.ready(_WELL)
        try:
            _wait_for_end(stop, scheduler)
        finally:
            if manager is not None:
                manager.stopping()
            threading.Thread(target=end, daemon=True).start()
            done.wait(grace)
    if stop.error is not None:
        raise stop.error
    return done.is_set()


def feed_watchdog(pulse: Pulse, manager: ServiceManager, log: FilteringBoundLogger) -> None:
    """Feed the service manager's watchdog, but not while something is stuck: it then starts us anew."""
    stuck = pulse.stuck()
    if stuck:
        log.error("daemon.stuck", tasks=stuck)
        manager.tell(f"Stuck: {', '.join(stuck)}.")
    else:
        manager.alive(_WELL)


@contextmanager
def _heeding_signals(stop: Stop) -> Iterator[None]:
    previous = {number: signal.signal(number, stop.on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _wait_for_end(stop: Stop, scheduler: BackgroundScheduler) -> None:
    while not stop.wait(_LOOK_AT_CLOCK_EVERY):
        follow_clock_put_back(scheduler, utc_now())


def _scheduler(
    runner: Runner, stop: Stop, poll: timedelta, upkeep: Sequence[Job], manager: ServiceManager | None
) -> BackgroundScheduler:
    # A thread for each job, made when there is need: mailboxes whose servers hang must not keep the watchdog unfed.
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(len(upkeep) + _OWN_JOBS)},
        timezone="UTC",
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )

    def add(job: Callable[[], None], every: timedelta, first_run: datetime) -> None:
        scheduler.add_job(stop.guard(job), Rhythm(every), next_run_time=first_run)

    now = utc_now()
    add(runner.beat_guarded, _BEAT_EVERY, now)
    add(runner.decide_guarded, poll, now)
    if manager is not None and manager.feed_every is not None:
        add(partial(feed_watchdog, runner.pulse, manager, runner.log), timedelta(seconds=manager.feed_every), now)
    for job in upkeep:
        add(_guarded(runner, job), job.every, job.first_run)
    return scheduler


def _guarded(runner: Runner, job: Job) -> Callable[[], None]:
    """Return ``job`` such that its trouble goes to the log and the status."""
    engine = runner.app.database.engine

    def work() -> None:
        try:
            job.work()
        except JeevesError as error:
            runner.log.warning("upkeep.failed", job=job.name, error=type(error).__name__)
            record_error(engine, job.name, error.message, runner.clock(), advice=error.advice)
        else:
            clear_error(engine, job.name, runner.clock())

    def guarded() -> None:
        with runner.pulse.task(job.name):
            runner.guard.run(work)

    return guarded
