"""One sitting of labelling: message after message, every answer stored at once, every answer can be taken back.

Lives here: ``Labelling``, what a screen or a prompt drives. Must not live here: keys, colours, SQL, which message is
worth an answer (``label_queue``).

The owner's thread calls everything but ``read_ahead`` and ``look_over``, which another thread calls again and again, so
that what comes next is there before it is asked for, and better and better chosen.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from jeeves.actions.label_line import Line
from jeeves.ml.sampling import Strategy
from jeeves.types import Answer, LabelCounts, LabelSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jeeves.actions.label_queue import LabelQueue
    from jeeves.ml.model import Explanation, Model
    from jeeves.ports import AuditLog, Clock, LabelHistory, WaitingMail
    from jeeves.types import AnsweredMessage, Message, Reason

AHEAD: Final = 8  # messages read before they are asked for
KEPT: Final = 200  # messages kept ready, those gone by too
FOUND_AT_MOST: Final = 500  # messages a search shows
_ORDERED: Final = 400  # messages put in order at a time
_READ_AT_ONCE: Final = 4  # of those ahead
_REORDER_AFTER: Final = 20  # messages looked at, and twice as many each time: what is next may be another one then


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A message and what Jeeves thinks of it."""

    id: int
    message: Message
    answer: Answer | None
    why: Strategy | None  # it is shown for; None: it was searched for, or its answer was taken back
    probability: float  # 0 .. 1
    threshold: float  # 0 .. 1: at or above, Jeeves speaks up
    reasons: tuple[Reason, ...]  # all of them, strongest first

    @property
    def needs_place(self) -> bool:
        """What Jeeves thinks."""
        return self.probability >= self.threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the labelling is."""

    labelled: int  # messages answered yes or no, ever
    positives: int  # of these, yes
    queued: int  # messages that wait for an answer
    searching: str  # the words whose finds are shown; empty: the queue is
    found: int  # messages found
    place: int  # of the message shown among them, from 1; 0 when there is none


class Labelling:
    """One sitting. Raises DatabaseUnavailable, DatabaseRefused; nothing has changed then."""

    def __init__(  # noqa: PLR0913 - one part of the use case each, all named
        self,
        mail: WaitingMail,
        labels: LabelHistory,
        audits: AuditLog,
        queue: LabelQueue,
        model: Model,
        *,
        strategy: Strategy,
        clock: Clock,
    ) -> None:
        """Begin with the first message of ``queue``."""
        self._mail = mail
        self._labels = labels
        self._audits = audits
        self._queue = queue
        self._model = model
        self._strategy = strategy
        self._clock = clock
        self._lock = threading.Lock()  # over the lines and the sheets; never held for longer than a moment
        self._line = Line([])
        self._finds: Line | None = None
        self._searching = ""
        self._why: dict[int, Strategy] = {}
        self._sheets: dict[int, Sheet] = {}
        self._done: set[int] = set()  # answered in this sitting, or elsewhere meanwhile
        self._looked_at = self._ordered_at = 0  # messages looked at in all, and when they were put in order last
        self._counts = labels.counts()
        self._extend()

    def current(self) -> Sheet | None:
        """Return the message to be answered; None when there is none."""
        while (number := self._shown.current()) is not None:
            sheet = self._sheets.get(number) or next(iter(self._read([number])), None)
            if sheet is not None:
                return replace(sheet, why=self._reason(number))
            with self._lock:  # deleted meanwhile
                self._shown.drop(number)
        return None

    def whole(self) -> Message | None:
        """Return the message to be answered with all of its text; None when there is none."""
        number = self._shown.current()
        found = [] if number is None else self._mail.read([number], whole=True)
        return found[0].message if found else None

    def answer(self, answer: Answer) -> bool:
        """Store what the owner says of the current message, and go on to the next one without an answer.

        Returns False when there is no message.
        """
        number = self._shown.current()
        if number is None:
            return False
        sheet = self._sheets.get(number)
        if self._reason(number) is Strategy.RANDOM:
            self._audits.draw([number], now=self._clock())
        if self._labels.add(number, answer, LabelSource.CLI, now=self._clock()):
            self._counts = _counted(self._counts, None if sheet is None else sheet.answer, answer)
        self._queue.take(number)
        with self._lock:
            self._done.add(number)
            if sheet is not None:
                self._sheets[number] = replace(sheet, answer=answer)
            self._shown.move(1)
            if self._finds is None:
                self._skip_done()
        if self._line.current() is None:
            self._extend()
        return True

    def undo(self) -> Sheet | None:
        """Take the latest answer back, also one of an earlier sitting, and show its message; None: there is none."""
        number = self._labels.undo(now=self._clock())
        self._counts = self._labels.counts()
        if number is None:
            return None
        self._back_to_queue()
        with self._lock:
            self._sheets.pop(number, None)
            self._done.discard(number)
            self._line.show(number)
        sheet = self.current()
        if sheet is not None and sheet.answer is None:
            self._queue.put_back(number, sheet.message.thread_key, sheet.probability)
        return sheet

    def move(self, step: int) -> bool:
        """Go on to the next message (1) or back to the one before (-1), answered or not; False when there is none."""
        with self._lock:
            moved = self._shown.move(step)
        if self._line.current() is None:
            self._extend()
        return moved and self._shown.current() is not None

    def search(self, words: str) -> int:
        """Show what holds ``words``, answered or not, and return how much; nothing found: the queue stays as it is."""
        found = self._mail.search_numbers(words, FOUND_AT_MOST)
        if found:
            with self._lock:
                self._finds, self._searching = Line(found), words
        return len(found)

    def leave_search(self) -> bool:
        """Show the queue again, where it was left; False when it was shown already."""
        return self._back_to_queue()

    def _back_to_queue(self) -> bool:
        with self._lock:
            searched = self._finds is not None
            self._finds, self._searching = None, ""
            self._skip_done()
        return searched

    def progress(self) -> Progress:
        """Return how far the labelling is."""
        shown = self._shown
        return Progress(
            labelled=self._counts.labelled,
            positives=self._counts.positives,
            queued=len(self._queue),
            searching=self._searching,
            found=0 if self._finds is None else len(self._finds.numbers),
            place=0 if shown.current() is None else shown.place + 1,
        )

    def read_ahead(self) -> bool:
        """Read a few of the messages that come next; False when they are all there."""
        with self._lock:
            lacking = [number for number in self._shown.ahead(AHEAD) if number not in self._sheets]
        return bool(lacking and self._read(lacking[:_READ_AT_ONCE]))

    def look_over(self) -> bool:
        """Look at a few more messages of the queue, and put what is next in order by that; False: all are looked at."""
        if self._line.remaining() <= 2 * AHEAD:
            self._extend()
        looked = self._queue.look_on()
        self._looked_at += looked
        if self._looked_at >= 2 * self._ordered_at + _REORDER_AFTER or (
            not looked and self._looked_at > self._ordered_at
        ):
            self._ordered_at = self._looked_at
            self._reorder()
        return bool(looked)

    def _skip_done(self) -> None:
        """Go on to the next message of the queue that was not answered meanwhile."""
        while self._line.current() in self._done:
            self._line.move(1)

    def _reason(self, number: int) -> Strategy | None:
        """Return what a message is shown for; None for what was searched for: chance has no part in that."""
        return self._why.get(number) if self._finds is None else None

    @property
    def _shown(self) -> Line:
        return self._line if self._finds is None else self._finds

    def _extend(self) -> None:
        """Put what is worth an answer behind the messages there are."""
        self._settle(len(self._line.numbers))

    def _reorder(self) -> None:
        """Put what comes after the messages read ahead in a new order: more is known now."""
        self._settle(self._line.furthest + 1 + AHEAD)

    def _settle(self, kept: int) -> None:
        numbers = self._line.numbers[:kept]
        picks = self._queue.ordered(self._strategy, leave_out=numbers, limit=_ORDERED)
        with self._lock:
            if self._line.numbers[:kept] == numbers and self._line.furthest <= kept:
                self._line.replace_after(kept, [pick.id for pick in picks])
                whys = {number: self._why[number] for number in numbers if number in self._why}
                self._why = whys | {pick.id: pick.why for pick in picks}

    def _read(self, numbers: Sequence[int]) -> list[Sheet]:
        found = self._mail.read(numbers)
        explanations = self._model.explain([each.message for each in found])
        sheets = [self._sheet(each, explanation) for each, explanation in zip(found, explanations, strict=True)]
        with self._lock:
            for sheet in sheets:
                if len(self._sheets) >= KEPT:
                    del self._sheets[next(iter(self._sheets))]
                self._sheets.setdefault(sheet.id, sheet)
        for sheet in sheets:
            if sheet.answer is not None and self._why.get(sheet.id, Strategy.SUSPECT) is not Strategy.SUSPECT:
                self._done.add(sheet.id)  # answered elsewhere since it was queued
                self._queue.take(sheet.id)
        return sheets

    def _sheet(self, found: AnsweredMessage, explanation: Explanation) -> Sheet:
        return Sheet(
            id=found.id,
            message=found.message,
            answer=found.answer,
            why=None,
            probability=explanation.probability,
            threshold=self._model.threshold,
            reasons=explanation.reasons,
        )


def _counted(counts: LabelCounts, before: Answer | None, answer: Answer) -> LabelCounts:
    """Return the counts after a message's answer has changed."""
    decided = (Answer.YES, Answer.NO)
    return LabelCounts(
        labelled=counts.labelled + (answer in decided) - (before in decided),
        positives=counts.positives + (answer is Answer.YES) - (before is Answer.YES),
    )
