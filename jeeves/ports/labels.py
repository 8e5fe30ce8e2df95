"""The owner's answers.

Lives here: where they are kept, what waits for one, and the files and labels of the mailbox they come by. Must not live
here: reading the mailbox (``mail``), answers by text (``replies``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from jeeves.types import (
        Answer,
        AnsweredMessage,
        FiledAnswer,
        FiledOutcome,
        LabelCounts,
        LabelledMail,
        LabelSource,
        MarkPlace,
        MarkScan,
        MarkState,
        MessageRef,
        QueuedMessage,
    )


class LabelStore(Protocol):
    """The owner's answers."""

    def add(self, message_id: int, answer: Answer, source: LabelSource, *, now: datetime) -> bool:
        """Append an answer. Returns False, writing nothing, when there is no message of that number."""
        ...

    def answered(self) -> list[LabelledMail]:
        """Return every message that was ever labelled with the answer that counts, by its label's id."""
        ...

    def latest(self) -> int:
        """Return the id of the latest label, 0 when there is none."""
        ...


class LabelHistory(Protocol):
    """The owner's answers, given and taken back."""

    def add(self, message_id: int, answer: Answer, source: LabelSource, *, now: datetime) -> bool:
        """Append an answer. Returns False, writing nothing, when there is no message of that number."""
        ...

    def undo(self, *, now: datetime) -> int | None:
        """Take back the latest answer of source cli that stands; return its message's number, None: there is none."""
        ...

    def counts(self) -> LabelCounts:
        """Return how many messages have an answer that counts."""
        ...


class LabelFiles(Protocol):
    """Where the answers of a file go."""

    def file(self, answers: Sequence[FiledAnswer], *, now: datetime) -> FiledOutcome:
        """Append, in one transaction, the answers that differ from what counts, or nothing at all.

        Nothing when a line leads to no message, or two lines say different things of one.
        """
        ...


class WaitingMail(Protocol):
    """The messages that may be labelled."""

    def waiting(self) -> list[QueuedMessage]:
        """Return the messages others wrote that have no answer, the latest first, without their texts."""
        ...

    def read(self, numbers: Sequence[int], *, whole: bool = False) -> list[AnsweredMessage]:
        """Return the messages of those numbers, in their order; their long texts cut short unless ``whole``."""
        ...

    def search_numbers(self, words: str, limit: int) -> list[int]:
        """Return the numbers of up to ``limit`` messages that hold the words, the latest first."""
        ...


class AuditLog(Protocol):
    """Which messages were drawn by lot."""

    def draw(self, message_ids: Sequence[int], *, now: datetime) -> None:
        """Write down that these messages were drawn out of all there were at ``now``; a first drawing stays."""
        ...


class MarkStore(Protocol):
    """What was read of the mailbox's labels, and what was written there."""

    def place(self, account: str, folder: str) -> MarkPlace | None:
        """Return how far the labels of ``folder`` are read; None: not at all."""
        ...

    def states(self, account: str, scan: MarkScan) -> list[tuple[int, MarkState] | None]:
        """Return for each message of ``scan`` its number and what is known of its labels; None: it is not stored."""
        ...

    def gone(self, account: str, scan: MarkScan) -> list[tuple[int, MarkState]]:
        """Return the messages that a folder which is a label held when it was last read, and holds no more."""
        ...

    def keep(
        self,
        account: str,
        places: Sequence[MarkPlace],
        states: Mapping[int, MarkState],
        answers: Mapping[int, Answer],
        *,
        now: datetime,
    ) -> None:
        """Write states, append answers (source: gmail) and move the folders' places, in one transaction."""
        ...

    def unmarked(self, account: str, *, since: datetime, limit: int) -> list[tuple[int, MessageRef]]:
        """Return where finds lie that arrived from ``since`` on and of which no label and no answer is known."""
        ...
