"""Watching folders: one thread and one connection each, until told to stop.

Lives here: carrying out what ``mail.watch`` decides. Must not live here: those decisions, what a pass does
(``passes``).
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from jeeves.assist.schedule import backoff_delay
from jeeves.config.account_keys import naming_keys_of
from jeeves.config.accounts import name_of
from jeeves.daemon.guard import MAIL, MailHealth
from jeeves.daemon.pulse import WORK
from jeeves.errors import (
    JeevesError,
    MailFolderMissing,
    MailThrottled,
    MigrationsNotRun,
    PermanentError,
    TransientError,
    UserError,
)
from jeeves.mail.imap_idle import waking_time
from jeeves.mail.watch import Act, Outcome, Step, Timing, Watch, after, next_step, share_out
from jeeves.store.health import component_of
from jeeves.types import Waited

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jeeves.app.building import App
    from jeeves.daemon.passes import Runner
    from jeeves.ports import PushSource

_MOST_CONNECTIONS = 8  # Gmail takes 15 from all programs of one account
_HANG_UP = 120.0  # seconds over time until an IDLE counts as stuck; its own time-outs take half of that
_NAP = 5.0  # seconds of rest in one go: how soon a machine that was asleep finds out

_OUTCOMES = {
    Waited.ARRIVED: Outcome.ARRIVED,
    Waited.QUIET: Outcome.QUIET,
    Waited.LOST_TRACK: Outcome.LOST_TRACK,
    Waited.REFUSED: Outcome.REFUSED,
}


class Watcher:
    """Watches one folder by IDLE, or several in turn by looking at them."""

    def __init__(  # noqa: PLR0913 - one setting each, all named
        self,
        runner: Runner,
        source: PushSource,
        folders: Sequence[str],
        *,
        health: MailHealth,
        timing: Timing,
        backoff: Callable[[int, float], timedelta] = backoff_delay,
        persistent: bool = False,
        sent_too: bool = False,
        mailbox: App | None = None,
    ) -> None:
        """Watch ``folders`` through ``source``, which is this watcher's own.

        ``backoff`` tells the wait after so many failures in a row, given a random number. ``persistent``: nobody
        sits there to read an error, so the owner's own mistake goes to the status from the start on. ``sent_too``: each
        sweep begins with the owner's sent mail, so that what is settled by it is not alerted first. ``mailbox``: whose
        folders they are, by default the runner's first; a mailbox among several never ends the daemon.
        """
        self._runner = runner
        self._mailbox = mailbox or runner.app
        self._name = " ".join(filter(None, (name_of(self._mailbox.config), folders[0])))
        self._alone = len(runner.mailboxes) == 1
        self._source = source
        self._folders = folders
        self._health = health
        self._timing = timing
        self._backoff = backoff
        self._watch = Watch() if len(folders) == 1 else Watch(idle_at=float("inf"))
        self._swept_once = persistent or not self._alone
        self._sent_too = sent_too
        self._stop = threading.Event()

    def run(self) -> None:
        """Watch until ``stop``.

        Raises UserError when the owner's own mistake shows before anything was ever synced (the daemon ends then),
        and any error that is a bug.
        """
        while not self._stop.is_set():
            error: JeevesError | None = None
            try:
                step = next_step(self._watch, waking_time(), self._timing)
                with (
                    self._runner.pulse.task(f"watching {self._name}", self._patience(step)),
                    naming_keys_of(self._mailbox.config),
                ):
                    outcome = self._take(step)
            except (TransientError, PermanentError) as failure:
                error = failure
                outcome = Outcome.THROTTLED if isinstance(failure, MailThrottled) else Outcome.FAILED
            except UserError as failure:  # such as a password that is nowhere
                if self._alone or isinstance(failure, MigrationsNotRun):
                    raise
                error, outcome = failure, Outcome.FAILED
            now = waking_time()
            self._watch = after(self._watch, outcome, now, self._timing, self._delay)
            if error is not None and not self._stop.is_set():
                self._report(error, timedelta(seconds=self._watch.retry_at - now))

    def stop(self) -> None:
        """End ``run``, also in the middle of a read."""
        self._stop.set()
        self._source.close()

    @staticmethod
    def _patience(step: Step) -> float:
        """Return for how many seconds ``step`` may show no sign of life."""
        return step.seconds + _HANG_UP if step.act is Act.IDLE else WORK

    def _take(self, step: Step) -> Outcome:
        match step.act:
            case Act.SWEEP:
                return Outcome.SWEPT if self._runner.guard.run(self._sweep) else Outcome.HELD_UP
            case Act.COLLECT:
                return Outcome.COLLECTED if self._runner.guard.run(self._collect) else Outcome.HELD_UP
            case Act.IDLE:
                return _OUTCOMES[self._source.wait(self._folders[0], step.seconds)]
            case Act.REST:
                self._stop.wait(min(step.seconds, _NAP))
                return Outcome.QUIET

    def _sweep(self) -> None:
        self._runner.ensure_sole()
        missing = None
        if self._sent_too:
            self._runner.sync_sent(self._source, self._mailbox)
            self._runner.sync_canary(self._source, self._mailbox)
        for folder in self._folders:
            try:
                self._runner.sync(self._source, folder, self._mailbox)
            except MailFolderMissing as error:
                missing = error
        self._decide()
        if missing is not None:
            raise missing
        self._swept_once = True
        self._health.works(self._folders[0])

    def _collect(self) -> None:
        self._runner.collect(self._source, self._folders[0], self._mailbox)
        self._decide()

    def _decide(self) -> None:
        self._runner.decide()
        self._runner.request_delivery()

    def _delay(self, failures: int) -> float:
        return self._backoff(failures, self._runner.random()).total_seconds()

    def _report(self, error: JeevesError, delay: timedelta) -> None:
        if isinstance(error, PermanentError) and isinstance(error, UserError) and not self._swept_once:
            raise error
        name, runner = type(error).__name__, self._runner
        log = runner.log_of(self._mailbox)
        if not delay:
            log.info("mail.reconnecting", folder=self._folders[0], error=name)
            return
        log.warning("mail.failed", folder=self._folders[0], error=name, wait=round(delay.total_seconds(), 1))
        runner.guard.run(lambda: self._health.failed(self._folders[0], error, delay))


def watchers_for(runner: Runner, *, persistent: bool = False) -> list[Watcher]:
    """Return the watchers of all configured folders, each with a connection of its own that is not open yet.

    ``persistent`` as for ``Watcher``.
    """
    return [watcher for app in runner.mailboxes for watcher in _watchers_of(app, runner, persistent=persistent)]


def _watchers_of(app: App, runner: Runner, *, persistent: bool) -> list[Watcher]:
    health = MailHealth(app.database.engine, runner.clock, component_of(MAIL, name_of(app.config)))
    timing = Timing(sweep=app.config.mail.poll.total_seconds())
    groups = share_out(app.config.mail.folders, _MOST_CONNECTIONS)
    return [
        Watcher(
            runner,
            app.open_source(),
            folders,
            health=health,
            timing=timing,
            persistent=persistent,
            sent_too=place == 0,
            mailbox=app,
        )
        for place, folders in enumerate(groups)
    ]
