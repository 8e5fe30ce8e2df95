"""What one pass does: fetch, decide, deliver, each on its own or all in a row.

Lives here: ``Runner``, safe to be called from several threads. Must not live here: when a pass is due (``serve``,
``watching``), what each part does inside (``actions``).
"""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

from jeeves.actions.decide import decide_new
from jeeves.actions.deliver import Plan, deliver_due
from jeeves.actions.follow_up import check_sent, escalate_overdue
from jeeves.actions.ingest import collect_arrivals, no_progress, sync_folder
from jeeves.actions.mind_threads import Minded, mind_threads
from jeeves.actions.release import is_quiet, mind_the_hour
from jeeves.assist.canary import CANARY_FOLDER
from jeeves.config.account_keys import naming_keys_of
from jeeves.config.accounts import name_of
from jeeves.daemon.guard import DatabaseGuard
from jeeves.daemon.pulse import Pulse, Turn
from jeeves.errors import DatabaseUnavailable, JeevesError, MailFolderMissing
from jeeves.mail.special_use import read_beside
from jeeves.store.health import beat, clear_error, is_lasting, record_error
from jeeves.types import Released

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from structlog.typing import FilteringBoundLogger

    from jeeves.actions.deliver import SendResult
    from jeeves.actions.ingest import Progress
    from jeeves.app.building import App
    from jeeves.daemon.sole import SoleDaemon
    from jeeves.ports import Clock, MailSource, PushSource
    from jeeves.types import Notification


@dataclass(frozen=True, slots=True, kw_only=True)
class PassResult:
    """What one pass did."""

    new: int = 0  # messages not known before
    decided: int = 0  # messages decided on
    delivered: int = 0  # notifications that reached their channel


class Runner:
    """The passes over an owner's mailboxes. Storing and deciding is done by one thread at a time, so is delivering."""

    def __init__(  # noqa: PLR0913 - what a pass needs, all named
        self,
        app: App,
        *,
        beside: Sequence[App] = (),
        sole: SoleDaemon,
        clock: Clock,
        random: Callable[[], float],
        log: FilteringBoundLogger,
        progress: Progress = no_progress,
        pulse: Pulse | None = None,
    ) -> None:
        """Run ``app``; ``random`` returns 0 <= x < 1; ``progress`` is told of each stored batch, ``pulse`` of moves.

        ``beside``: further mailboxes of the same owner, in the same database.
        """
        self.pulse = pulse or Pulse()
        self.app = app
        self.mailboxes = (app, *beside)
        self._owners = {each.config.mail.username: each.owner for each in self.mailboxes}
        self.log = log
        self.random = random
        self.clock = self.pulse.clock(clock)
        self.guard = DatabaseGuard(app.database, clock=self.clock, random=random, log=log)
        self._sole = sole
        self._progress = progress
        # Two threads deciding on one thread of mail would each miss what the other made of it; two threads storing
        # the same messages in another order would lock each other out. Never held while waiting for a server.
        self._deciding = Turn(self.pulse)
        self._delivering = threading.Lock()  # a channel speaks with one voice; it may take long, so a lock of its own
        self._requested = threading.Event()

    def sync(self, source: MailSource, folder: str, mailbox: App | None = None) -> int:
        """Fetch and store everything new in ``folder`` of ``mailbox``, by default the first one.

        Raises what source and store raise.
        """
        app = mailbox or self.app
        new = sync_folder(
            source, app.store, app.config.mail.username, folder, self.clock, self._progress, alone=self._deciding
        )
        return self._logged(app, folder, new)

    def sync_sent(self, source: MailSource, mailbox: App | None = None) -> int:
        """Do the same with the owner's sent mail, unless it is not to be read or the server has no folder for it."""
        mail = (mailbox or self.app).config.mail
        beside = read_beside(mail.folders, sent=mail.sent)
        return sum(self.sync(source, folder, mailbox) for folder in beside if source.bears(folder))

    def sync_canary(self, source: MailSource, mailbox: App | None = None) -> int:
        """Do the same with the canary's folder, if there is to be one and it is there already."""
        if not self.app.config.health.canary:
            return 0
        try:
            return self.sync(source, CANARY_FOLDER, mailbox)
        except MailFolderMissing:
            return 0

    def collect(self, source: PushSource, folder: str, mailbox: App | None = None) -> int:
        """Fetch and store what the server has just told of. Raises as ``sync``."""
        app = mailbox or self.app
        new = collect_arrivals(source, app.store, app.config.mail.username, folder, self.clock, alone=self._deciding)
        return self._logged(app, folder, new)

    def decide(self) -> int:
        """Decide on everything stored. Raises DatabaseUnavailable."""
        with self._deciding:
            app = self.app
            return decide_new(app.store, app.classifier, app.owner, app.history, self.clock, owners=self._owners)

    def deliver(self) -> int:
        """Send every notification that is due, and follow up what was sent; what that queues goes out next time.

        Raises DatabaseUnavailable.
        """
        app, alerts = self.app, self.app.config.alerts
        plan = Plan(
            channels=alerts.channels,
            escalate_after=alerts.escalate_after,
            is_quiet=partial(is_quiet, owner=app.owner),
            accounts={each.config.mail.username: each.config.alerts.channels for each in self.mailboxes},
        )
        clock, random = self.clock, self.random
        with self._delivering:
            self._release_waiting()
            reached = deliver_due(app.outbox, app.notifiers, plan, clock=clock, random=random, reporter=self)
            check_sent(app.outbox, app.notifiers, plan, clock=clock, random=random, reporter=self)
            escalate_overdue(app.outbox, plan, clock=clock)
            return reached

    def once(self) -> PassResult:
        """Do one whole pass and return what it did.

        Raises the first error there is; of a mailbox that cannot be read, after all that the others bring is done.
        AlreadyRunning: what was fetched is stored, the daemon that has taken over decides on it.
        """
        new, error = 0, None
        for mailbox in self.mailboxes:
            try:
                new += self._sync_all(mailbox)
            except JeevesError as failure:
                if len(self.mailboxes) == 1 or isinstance(failure, DatabaseUnavailable):
                    raise
                self.log_of(mailbox).warning("mail.failed", error=type(failure).__name__)
                error = error or failure
        self.ensure_sole()  # fetching may have taken long
        decided = self.decide()
        self.mind_threads()
        delivered = self.deliver()
        if error is not None:
            raise error
        return PassResult(new=new, decided=decided, delivered=delivered)

    def mind_threads(self) -> Minded:
        """See which get-togethers went by, and remind of those that are near. Raises DatabaseUnavailable."""
        app = self.app
        return mind_threads(
            app.threads, app.owner, app.config.alerts.remind_before, now=self.clock(), owners=self._owners
        )

    def close(self) -> None:
        """Let go of the mailboxes; never raises. A call under way in another thread ends at once."""
        for mailbox in self.mailboxes:
            mailbox.source.close()

    def _sync_all(self, mailbox: App) -> int:
        with naming_keys_of(mailbox.config):
            new = self.sync_sent(mailbox.source, mailbox)
            return new + sum(self.sync(mailbox.source, folder, mailbox) for folder in mailbox.config.mail.folders)

    def ensure_sole(self) -> None:
        """Make sure that no other daemon has taken over. Raises AlreadyRunning, DatabaseUnavailable."""
        with self._deciding:
            self._sole.ensure()

    def decide_guarded(self) -> None:
        """Decide on whatever lies in the database, also what another program put there, and have it delivered."""
        with self.pulse.task("deciding"):
            self.guard.run(self._decide_alone)
        self.request_delivery()

    def deliver_guarded(self) -> None:
        """Send what is due, leaving a database in trouble alone."""
        with self.pulse.task("delivering"):
            self.guard.run(self.deliver)

    def beat_guarded(self) -> None:
        """Write the heartbeat."""
        with self.pulse.task("heartbeat"):
            self.guard.run(lambda: beat(self.app.database.engine, self.clock()))

    def is_news(self, notification: Notification, trouble: JeevesError) -> bool:
        """Tell whether the channel's ``trouble`` is not in the status yet. Raises DatabaseUnavailable."""
        return not is_lasting(self.app.database.engine, notification.channel, trouble.message)

    def _release_waiting(self) -> None:
        released = mind_the_hour(self.app.waiting, self.app.owner, self.clock)
        if released != Released():
            self.log.info("alerts.released", **asdict(released))

    def note(self, notification: Notification, result: SendResult) -> None:
        """Show what sending came to in log and status. Raises DatabaseUnavailable."""
        engine, channel = self.app.database.engine, notification.channel
        if isinstance(result, JeevesError):
            self.log.warning("alert.failed", channel=channel, error=type(result).__name__)
            record_error(engine, channel, result.message, self.clock(), advice=result.advice)
        elif result is not None:
            self.log.info("alert.sent", channel=channel, reference=notification.reference)
            clear_error(engine, channel, self.clock())

    def request_delivery(self) -> None:
        """Have the deliverer look into the outbox now: a channel may take long, so it has a thread of its own."""
        self._requested.set()

    def wait_for_request(self, seconds: float) -> None:
        """Return when delivery is requested, at the latest after ``seconds``."""
        self._requested.wait(seconds)
        self._requested.clear()

    def _decide_alone(self) -> None:
        self.ensure_sole()
        self.decide()

    def _logged(self, mailbox: App, folder: str, new: int) -> int:
        if new:
            self.log_of(mailbox).info("mail.synced", folder=folder, new=new)
        return new

    def log_of(self, mailbox: App) -> FilteringBoundLogger:
        """Return the log with the mailbox's name, where there are several."""
        name = name_of(mailbox.config)
        return self.log.bind(account=name) if name else self.log
