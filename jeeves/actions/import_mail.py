"""From mail in files into the store: parse, store some hundreds in one transaction, parse the next meanwhile.

Lives here: the use case, by ports and pure code. Must not live here: reading files (``mail.archive``), SQL, printing.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from jeeves.mail.archive import Unreadable
from jeeves.mail.takeout import archived_message
from jeeves.mail.training_label import training_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import timedelta

    from jeeves.mail.archive import RawItem
    from jeeves.ports import Archive, Clock
    from jeeves.types import ArchivedMessage, Filed

BATCH: Final = 500  # messages a transaction
BATCH_CHARACTERS: Final = 4_000_000  # of their text: large messages make smaller batches


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """How far an import is, or how it ended."""

    read: int = 0  # messages that could be read
    new: int = 0  # of these, not known before
    unreadable: int = 0
    answers: int = 0  # given by the training label, not known before
    bytes_read: int = 0  # of the messages read


class Progress(Protocol):
    """Told after each transaction how far the import is."""

    def __call__(self, report: ImportReport) -> None:
        """Everything ``report`` counts is stored."""
        ...


class MailImport:
    """One import into one account; memory stays the same however much is read."""

    def __init__(  # noqa: PLR0913 - one part of the use case each, all named
        self,
        archive: Archive,
        account: str,
        *,
        training_label: str,
        max_age: timedelta,
        clock: Clock,
        complain: Callable[[Unreadable], None],
        progress: Progress,
    ) -> None:
        """Import into ``account``.

        ``complain`` hears of what cannot be read; mail older than ``max_age`` is silent; labels of the name
        ``training_label`` become answers (``mail.training_label``).
        """
        self._archive = archive
        self._account = account
        self._training_label = training_label
        self._max_age = max_age
        self._clock = clock
        self._complain = complain
        self._progress = progress
        self._report = ImportReport()
        self._batch: list[ArchivedMessage] = []
        self._characters = 0
        self._bytes = 0
        self._storing: ThreadPoolExecutor
        self._under_way: tuple[Future[Filed], dict[str, int]] | None = None  # a transaction, and what it stores

    def run(self, entries: Iterable[RawItem | Unreadable]) -> ImportReport:
        """Store everything readable in ``entries``.

        Stopped at any instant and begun again, it repeats at most the reading: what is stored is known then. Raises
        what the archive raises.
        """
        with ThreadPoolExecutor(1, "import") as self._storing:  # the end of the block waits for the last transaction
            for entry in entries:
                if isinstance(entry, Unreadable):
                    self._count(unreadable=1)
                    self._complain(entry)
                else:
                    self._take(entry)
            self._store()
            self._await_stored()
        return self._report

    def _take(self, item: RawItem) -> None:
        archived = archived_message(item)
        self._batch.append(replace(archived, answer=training_answer(archived.labels, self._training_label)))
        self._characters += len(archived.message.text) + len(archived.message.quoted)
        self._bytes += len(item.envelope) + len(item.rfc822)
        if len(self._batch) >= BATCH or self._characters >= BATCH_CHARACTERS:
            self._store()

    def _store(self) -> None:
        """Hand the batch over to be stored, once the one before is: two are in memory at most."""
        self._await_stored()
        now = self._clock()
        self._under_way = (
            self._storing.submit(
                self._archive.add, self._account, self._batch, silent_before=now - self._max_age, now=now
            ),
            {"read": len(self._batch), "bytes_read": self._bytes},
        )
        self._batch, self._characters, self._bytes = [], 0, 0

    def _await_stored(self) -> None:
        if self._under_way is None:
            return
        future, read = self._under_way
        self._under_way = None
        filed = future.result()
        self._count(new=filed.new, answers=filed.answers, **read)
        self._progress(self._report)

    def _count(self, **more: int) -> None:
        self._report = replace(self._report, **{name: getattr(self._report, name) + n for name, n in more.items()})
