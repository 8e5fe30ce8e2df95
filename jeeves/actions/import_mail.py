"""From mail in files into the store: parse some hundreds, store them in one transaction, parse the next meanwhile.

Lives here: the use case, by ports and pure code. Must not live here: reading files (``mail.archive``), SQL, printing.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from jeeves.actions.read_ahead import read_ahead
from jeeves.mail.archive import Unreadable
from jeeves.mail.takeout import archived_message
from jeeves.mail.training_label import training_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import timedelta

    from jeeves.mail.archive import RawItem
    from jeeves.ports import Archive, Clock
    from jeeves.types import ArchivedMessage

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


@dataclass(slots=True)
class _Batch:
    """What goes into one transaction, and what could not be read on the way to it."""

    messages: list[ArchivedMessage] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    characters: int = 0  # of text
    bytes_read: int = 0

    @property
    def full(self) -> bool:
        return len(self.messages) + len(self.unreadable) >= BATCH or self.characters >= BATCH_CHARACTERS


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

    def run(self, entries: Iterable[RawItem | Unreadable]) -> ImportReport:
        """Store everything readable in ``entries``, which another thread reads; three batches are in memory at most.

        Stopped at any instant and begun again, it repeats at most the reading: what is stored is known then. Raises
        what the archive and ``entries`` raise.
        """
        with closing(read_ahead(self._batches(entries), limit=1)) as batches:
            for batch in batches:
                self._store(batch)
        return self._report

    def _batches(self, entries: Iterable[RawItem | Unreadable]) -> Iterator[_Batch]:
        batch = _Batch()
        for entry in entries:
            if isinstance(entry, Unreadable):
                batch.unreadable.append(entry)
            else:
                self._take(entry, batch)
            if batch.full:
                yield batch
                batch = _Batch()
        yield batch

    def _take(self, item: RawItem, batch: _Batch) -> None:
        archived = archived_message(item)
        answer = training_answer(archived.labels, self._training_label)
        batch.messages.append(replace(archived, answer=answer) if answer else archived)
        batch.characters += len(archived.message.text) + len(archived.message.quoted)
        batch.bytes_read += len(item.envelope) + len(item.rfc822)

    def _store(self, batch: _Batch) -> None:
        for unreadable in batch.unreadable:
            self._complain(unreadable)
        now = self._clock()
        filed = self._archive.add(self._account, batch.messages, silent_before=now - self._max_age, now=now)
        self._report = ImportReport(
            read=self._report.read + len(batch.messages),
            new=self._report.new + filed.new,
            unreadable=self._report.unreadable + len(batch.unreadable),
            answers=self._report.answers + filed.answers,
            bytes_read=self._report.bytes_read + batch.bytes_read,
        )
        self._progress(self._report)
