"""The past of a mailbox into the store, newest first, as fast as the server likes and no faster.

Lives here: the use case, by ports and pure code: what is missing, the daily budget, when to wait. Must not live here:
IMAP, SQL, sleeping, printing, threads (``read_ahead``).
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from jeeves.actions.read_ahead import read_ahead
from jeeves.assist.schedule import backoff_delay
from jeeves.errors import MailThrottled, MailUnavailable
from jeeves.mail.backfill import newest_first
from jeeves.mail.parse import parse
from jeeves.types import ArchivedMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date, timedelta

    from jeeves.ports import Backfills, Clock, PastMail
    from jeeves.types import Fetched, FolderContents, RawMessage

_BATCH: Final = 400  # messages stored in one transaction
_BATCH_BYTES: Final = 8 * 2**20  # as they came down the line; bounds memory where messages are large
_AHEAD: Final = 2  # batches that wait to be stored while the next one is fetched
_PATIENCE: Final = 6  # failures in a row with nothing stored in between
_THROTTLED_HEAD_START: Final = 4  # who was asked to slow down waits 40 seconds at least, and minutes soon


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far back to go, and at what price."""

    since: date | None = None  # arrival; None: ever
    last: int | None = None  # the newest so many messages of each folder; None: all
    budget: int  # bytes a day (UTC) that all backfills of the account may take
    max_age: timedelta  # older mail is silent


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillReport:
    """How far a backfill is, or how it ended."""

    total: int = 0  # messages that were missing in the folders looked at so far
    done: int = 0  # of these, fetched
    new: int = 0  # of these, not known from elsewhere
    unreadable: int = 0  # messages the server did not hand out
    bytes_today: int = 0  # taken from the server, by earlier backfills of the day too
    finished: bool = False  # False: the day's budget is used up


class Narrator(Protocol):
    """Hears what goes on."""

    def progress(self, report: BackfillReport) -> None:
        """Everything ``report`` counts is stored."""
        ...

    def capped(self, folder: str) -> None:
        """Hear that the server seems to hide older messages of ``folder``."""
        ...

    def waits(self, error: MailUnavailable, delay: timedelta) -> None:
        """Hear that the server was asked for too much, or is away, and is left alone for ``delay``."""
        ...


class Backfill:
    """One run for one account."""

    def __init__(  # noqa: PLR0913 - the ports of the use case, each named
        self,
        source: PastMail,
        store: Backfills,
        account: str,
        reach: Reach,
        *,
        clock: Clock,
        random: Callable[[], float],
        wait: Callable[[timedelta], None],
        narrator: Narrator,
    ) -> None:
        """``random`` returns 0 <= x < 1; ``wait`` sleeps; the rest as named."""
        self._source = source
        self._store = store
        self._account = account
        self._reach = reach
        self._clock = clock
        self._random = random
        self._wait = wait
        self._narrator = narrator
        self._report = BackfillReport()
        self._failures = 0
        self._used_up = False  # the budget; set by the thread that stores, read by the one that fetches

    def run(self, folders: Sequence[str]) -> BackfillReport:
        """Store what is missing of ``folders``, one after the other, until all is here or the budget is used up.

        Stopped at any instant and begun again, it repeats at most the few batches on their way. Raises
        MailUnavailable after several failures in a row, and at once what waiting does not mend.
        """
        self._report = replace(self._report, bytes_today=self._traffic())
        for folder in folders:
            if not self._fill(folder):
                return self._report
        self._report = replace(self._report, finished=True)
        return self._report

    def _fill(self, folder: str) -> bool:
        """Fill one folder; False when the budget did not allow all of it."""
        contents = self._contents(folder)
        if contents.is_capped:
            self._narrator.capped(folder)
        stored = self._store.places(self._account, folder, contents.uidvalidity)
        missing = newest_first(contents.uids, stored, last=self._reach.last)
        self._report = replace(self._report, total=self._report.total + len(missing))
        return self._fetch(contents, missing)

    def _contents(self, folder: str) -> FolderContents:
        while True:
            try:
                return self._source.contents(folder, since=self._reach.since)
            except MailUnavailable as error:
                self._back_off(error)

    def _fetch(self, contents: FolderContents, uids: Sequence[int]) -> bool:
        """Fetch and store ``uids`` without a pause in between; False when the budget did not allow all of them.

        What came down the line is stored and counted, also when another run has used up the budget meanwhile: the
        server has counted it too.
        """
        left = dict.fromkeys(uids)
        while left:
            room = self._room()
            if room <= 0:
                return False
            self._used_up = False
            try:
                with closing(read_ahead(self._batches(contents, list(left), room), limit=_AHEAD)) as batches:
                    for batch in batches:
                        self._keep(contents, batch)
                        for uid in (*batch.uids, *batch.unreadable):
                            left.pop(uid, None)
                        room = min(room - batch.size, self._room())  # other runs spend from the same budget
                        self._used_up = room <= 0
            except MailUnavailable as error:
                if not self._used_up:
                    self._back_off(error)
            else:
                if room > 0:
                    return True  # what is left now was expunged meanwhile
        return True

    def _batches(self, contents: FolderContents, uids: Sequence[int], room: int) -> Iterator[_Batch]:
        """Yield the messages of ``uids`` in runs fit for one transaction, until ``room`` bytes have come.

        Asks for no more once the budget is used up; what is on its way then is yielded.
        """
        batch = _Batch()
        try:
            for fetched in self._source.fetch(contents, uids, max_bytes=room):
                batch.add(fetched)
                room -= fetched.size
                if len(batch.messages) >= _BATCH or batch.size >= _BATCH_BYTES:
                    yield batch
                    batch = _Batch()
                if room <= 0 or self._used_up:
                    break
        except MailUnavailable:
            if batch.size:
                yield batch
            raise
        if batch.size:
            yield batch

    def _keep(self, contents: FolderContents, batch: _Batch) -> None:
        now = self._clock()
        filed = self._store.keep(
            self._account,
            contents,
            batch.messages,
            size=batch.size,
            silent_before=now - self._reach.max_age,
            now=now,
        )
        if batch.messages:
            self._failures = 0
        so_far = self._report
        self._report = replace(
            so_far,
            done=so_far.done + len(batch.messages),
            new=so_far.new + filed.new,
            unreadable=so_far.unreadable + len(batch.unreadable),
            bytes_today=so_far.bytes_today + batch.size,
        )
        self._narrator.progress(self._report)

    def _room(self) -> int:
        """Return the bytes that may still come today."""
        return self._reach.budget - self._traffic()

    def _traffic(self) -> int:
        return self._store.traffic(self._account, self._clock().date())

    def _back_off(self, error: MailUnavailable) -> None:
        self._failures += 1
        if self._failures > _PATIENCE:
            raise error
        head_start = _THROTTLED_HEAD_START if isinstance(error, MailThrottled) else 0
        delay = backoff_delay(self._failures + head_start, self._random())
        self._narrator.waits(error, delay)
        self._wait(delay)


@dataclass(slots=True)
class _Batch:
    """What is stored in one transaction."""

    messages: list[ArchivedMessage] = field(default_factory=list)
    uids: list[int] = field(default_factory=list)  # of ``messages``
    unreadable: list[int] = field(default_factory=list)
    size: int = 0  # bytes that came down the line

    def add(self, fetched: Fetched) -> None:
        """Take in what one more exchange brought, parsed."""
        self.messages += map(_archived, fetched.raws)
        self.uids += [raw.ref.uid for raw in fetched.raws]
        self.unreadable += fetched.unreadable
        self.size += fetched.size


def _archived(raw: RawMessage) -> ArchivedMessage:
    return ArchivedMessage(message=parse(raw), gmail_id=raw.gmail_id, gmail_thread=raw.gmail_thread, labels=raw.labels)
