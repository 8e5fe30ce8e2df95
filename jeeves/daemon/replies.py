"""Looking for the owner's answers while there may be some.

Lives here: when the next look is due, and trouble in the status. Must not live here: what an answer leads to
(``actions.replies``).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from jeeves.actions.replies import take_replies
from jeeves.assist.polling import next_poll_at
from jeeves.assist.schedule import next_attempt_at
from jeeves.daemon.serve import Job
from jeeves.errors import DatabaseUnavailable, JeevesError, NotifierUnavailable
from jeeves.store.health import clear_error, record_error

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine
    from structlog.typing import FilteringBoundLogger

    from jeeves.app.building import App
    from jeeves.ports import Clock, ReplySource, ReplyStore

_ASK_EVERY: Final = timedelta(seconds=5)  # whether a look is due: costs one query, no request
_REPLIES: Final = "replies"  # the component's name in the status


class ReplyWatch:
    """The looks of one daemon, one after the other."""

    def __init__(
        self, source: ReplySource, store: ReplyStore, engine: Engine, *, clock: Clock, log: FilteringBoundLogger
    ) -> None:
        """Look at ``source``; trouble goes to the status in ``engine``'s database."""
        self._source = source
        self._store = store
        self._engine = engine
        self._clock = clock
        self._log = log
        self._polled_at: datetime | None = None
        self._failures = 0
        self._not_before: datetime | None = None

    def look_when_due(self) -> None:
        """Look, if it is time to. Raises DatabaseUnavailable."""
        now = self._clock()
        if self._polled_at is not None and self._polled_at > now:  # the clock was put back
            self._polled_at = self._not_before = None
        due = next_poll_at(self._store.last_told_at(), self._polled_at, now)
        if due is None or due > now or (self._not_before is not None and now < self._not_before):
            return
        self._polled_at = now
        try:
            taken = take_replies(self._source, self._store, now=now)
        except DatabaseUnavailable:
            raise
        except JeevesError as error:
            self._note_failure(error, now)
            return
        self._failures, self._not_before = 0, None
        clear_error(self._engine, _REPLIES, now)
        if taken:
            self._log.info("replies.taken", count=taken)

    def _note_failure(self, error: JeevesError, now: datetime) -> None:
        self._failures += 1
        retry_after = error.retry_after if isinstance(error, NotifierUnavailable) else None
        self._not_before = next_attempt_at(self._failures, now, 0.0, retry_after)
        self._log.warning("replies.failed", error=type(error).__name__, next_attempt=str(self._not_before))
        record_error(self._engine, _REPLIES, error.message, now, advice=error.advice, next_attempt_at=self._not_before)


def reply_jobs(app: App, *, clock: Clock, log: FilteringBoundLogger) -> list[Job]:
    """Return the job that looks for answers; none where alerts do not go out by text message."""
    if app.replies is None:
        return []
    watch = ReplyWatch(app.replies, app.reply_store, app.database.engine, clock=clock, log=log)
    return [Job(name="reply polling", work=watch.look_when_due, every=_ASK_EVERY, first_run=clock())]
