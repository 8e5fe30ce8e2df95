"""What the daemon does now and then for one mailbox: follow its labels, compare it with the database, test itself.

Lives here: these jobs. Must not live here: the jobs that are for all mailboxes (``upkeep``), what each does inside
(``actions``).
"""

from __future__ import annotations

import secrets
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from jeeves.actions.audit import audit
from jeeves.actions.canary import send_canary
from jeeves.actions.marks import read_marks, write_marks
from jeeves.app.mailboxes import canary_folder, folders_read
from jeeves.config.account_keys import naming_keys_of
from jeeves.config.accounts import name_of
from jeeves.daemon import Job
from jeeves.errors import MailAuthFailed, MailFolderMissing, MailTlsFailed, MailUnavailable
from jeeves.store.canary import PostgresCanary, canary_came_through
from jeeves.store.health import component_of

if TYPE_CHECKING:
    from datetime import datetime

    from structlog.typing import FilteringBoundLogger

    from jeeves.app.building import App
    from jeeves.ports import Clock

LABELS: Final = "labels"  # the component's name in the status, before that of the mailbox
AUDIT: Final = "audit"  # likewise
CANARY: Final = "canary"  # likewise
_LABELS_AT_MOST_EVERY: Final = timedelta(seconds=1)
_PATIENCE_WITH_LABELS: Final = 10  # looks that failed before it is told
_AUDIT_EVERY: Final = timedelta(days=1)
_CANARY_EVERY: Final = timedelta(days=1)
_CANARY_AGAIN: Final = timedelta(hours=1)  # after one that was lost: a network that was away for a minute is no fault
_CANARY_PATIENCE: Final = timedelta(minutes=2)  # beyond mail.poll


class Tending:
    """The jobs of one mailbox."""

    def __init__(self, app: App, *, clock: Clock, log: FilteringBoundLogger) -> None:
        """Work for ``app``."""
        self._app = app
        self._clock = clock
        self._name = name_of(app.config)
        self._log = log.bind(account=self._name) if self._name else log
        self._marks = app.open_marks()
        self._unread_labels = 0  # looks in a row that failed
        self._came_through: datetime | None = None  # when the last canary did
        self._ended = threading.Event()

    def jobs(self, now: datetime, *, audit_at: datetime) -> list[Job]:
        """Return what to put on the schedule."""
        look = max(self._app.config.mail.poll, _LABELS_AT_MOST_EVERY)
        labels, audits = component_of(LABELS, self._name), component_of(AUDIT, self._name)
        return [
            Job(name=labels, work=self.follow_labels, every=look, first_run=now + look),
            Job(name=audits, work=self.audit_mailbox, every=_AUDIT_EVERY, first_run=audit_at),
            *self._canaries(audit_at),
        ]

    def close(self) -> None:
        """Let go of the mailbox; never raises."""
        self._ended.set()
        self._marks.close()

    def follow_labels(self) -> None:
        """Take the labels of the mailbox for answers, and label what was found if that is wanted.

        A mail server in trouble is passed over for a while: those who watch the mail tell of it. Raises
        DatabaseUnavailable, UserError when the server takes no labels, and what the mail server raises again and again.
        """
        app, mail = self._app, self._app.config.mail
        try:
            with naming_keys_of(app.config):
                answers = read_marks(self._marks, app.marks, mail.username, mail.folders, self._clock)
                written = write_marks(self._marks, app.marks, mail.username, self._clock) if mail.write_labels else 0
        except (MailUnavailable, MailAuthFailed, MailTlsFailed, MailFolderMissing) as error:
            self._log.info("labels.failed", error=type(error).__name__)
            self._unread_labels += 1
            if self._unread_labels >= _PATIENCE_WITH_LABELS:
                raise
            return
        self._unread_labels = 0
        if answers or written:
            self._log.info("labels.followed", answers=answers, written=written)

    def audit_mailbox(self) -> None:
        """Compare the mailbox with the database and fetch what is missing; decided on like everything stored.

        Raises what the mail server and the database raise.
        """
        source, mail = self._app.open_source(), self._app.config.mail
        try:
            with naming_keys_of(self._app.config):
                folders = folders_read(self._app.config, source)
                report = audit(source, self._app.store, mail.username, folders, self._clock)
        finally:
            source.close()
        missing, repaired = (sum(getattr(each, name) for each in report.folders) for name in ("missing", "repaired"))
        self._log.info("audit.done", folders=len(report.folders), missing=missing, repaired=repaired)

    def send_canary(self) -> None:
        """Send a message of our own through the pipeline, unless one came through today.

        Raises CanaryLost, and what mail server and database raise.
        """
        last = self._came_through
        if last is not None and timedelta(0) <= self._clock() - last < _CANARY_EVERY:
            return
        mail, engine = self._app.config.mail, self._app.database.engine
        with naming_keys_of(self._app.config):
            came_through = send_canary(
                canary_folder(self._app.config),
                PostgresCanary(engine, mail.username),
                token=secrets.token_hex(8),
                owner=mail.username,
                patience=mail.poll + _CANARY_PATIENCE,
                clock=self._clock,
                wait=self._ended.wait,
            )
        if came_through:
            self._came_through = self._clock()
            canary_came_through(engine, self._clock(), account=self._name)
            self._log.info("canary.came_through")

    def _canaries(self, first: datetime) -> list[Job]:
        if not self._app.config.health.canary:
            return []
        name = component_of(CANARY, self._name)
        return [Job(name=name, work=self.send_canary, every=_CANARY_AGAIN, first_run=first)]
