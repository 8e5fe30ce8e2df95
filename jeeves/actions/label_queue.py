"""The labelling queue: which messages wait, what is known of them, and in which order they come.

Lives here: ``LabelQueue``, which learns about its messages while the owner labels the first ones. Must not live here:
the order itself (``ml.sampling``), SQL, what is shown of a message.

Two threads use it: the owner's takes messages out and puts them back, another one looks at them.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from jeeves.ml.doubts import FOLDS, Doubts
from jeeves.ml.misses import MONTH
from jeeves.ml.sampling import Candidate, Strategy, order
from jeeves.ml.survey import Surveyor
from jeeves.types import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from jeeves.ml.model import Model
    from jeeves.ml.sampling import Pick
    from jeeves.ports import WaitingMail
    from jeeves.types import LabelledMail, QueuedMessage

LOOKED_AT: Final = 2_000  # messages of the queue, those nothing was said of first: minutes on a Raspberry Pi
_BATCH: Final = 3  # messages looked at without a pause; the screen must not wait for more
_TO_BEGIN_WITH: Final = 60  # messages something must be known of before the first is shown: half a second
_COMPARED_WITH: Final = 1_000  # labelled messages, the latest
_NO_WORD: Final = 0.0  # probability of a message nothing was said of: rare, until it is looked at


class LabelQueue:
    """Candidates for labelling."""

    def __init__(
        self,
        mail: WaitingMail,
        answered: Sequence[LabelledMail],
        model: Model,
        *,
        untaught: Model | None,
        seed: int,
        now: datetime,
    ) -> None:
        """Read which messages wait.

        ``answered`` are the labels so far, ``untaught`` is a model that learned from none of them: what contradicts
        them is found with it, or, without such a model, not looked for. ``seed`` decides between equals; ``now`` is
        what the month of the audit ends with.
        """
        self._mail = mail
        self._seed = seed
        self._surveyor = Surveyor(model)
        waiting = mail.waiting()
        self._lock = threading.Lock()  # over the candidates; never held for longer than a moment
        self._candidates = {each.id: _candidate(each, since=now - MONTH) for each in waiting}
        self._taken: dict[int, Candidate] = {}
        self._unseen = _first_unsaid(waiting)[:LOOKED_AT]
        self._answered = [each for each in answered if each.answer is not Answer.SKIP][-_COMPARED_WITH:]
        self._doubts = None if untaught is None else Doubts(untaught, seed=seed)
        self._doubted: list[LabelledMail] = []
        self._folds = list(range(FOLDS))  # to be judged yet
        self._look_at_some(waiting)

    def __len__(self) -> int:
        """Return how many messages wait for a first answer."""
        with self._lock:
            return sum(each.label is None for each in self._candidates.values())

    def ordered(self, strategy: Strategy, *, leave_out: Iterable[int], limit: int) -> list[Pick]:
        """Return up to ``limit`` messages in the order to be shown, none of ``leave_out``."""
        gone = frozenset(leave_out)
        with self._lock:
            candidates = [each for each in self._candidates.values() if each.id not in gone]
        return order(candidates, strategy=strategy, seed=self._seed, limit=limit)

    def take(self, message_id: int) -> None:
        """Let a message that got an answer wait no more."""
        with self._lock:
            taken = self._candidates.pop(message_id, None)
            if taken is not None:
                self._taken[message_id] = taken

    def put_back(self, message_id: int, thread_key: str, probability: float) -> None:
        """Let a message that lost its answer wait again, whichever sitting it was taken in."""
        again = Candidate(id=message_id, thread_key=thread_key, probability=probability, auditable=False)
        with self._lock:
            self._candidates[message_id] = replace(self._taken.pop(message_id, again), label=None, disagreement=0.0)

    def look_on(self) -> int:
        """Look at a few more messages; return how many, 0 when none are left. Raises what the mail raises."""
        if self._answered:
            portion, self._answered = self._answered[:_BATCH], self._answered[_BATCH:]
            self._compare(portion)
            return len(portion)
        if self._doubted and self._folds:
            self._doubt(self._folds.pop())
            return 1
        return self._look_at_unseen(_BATCH)

    def _look_at_some(self, waiting: Sequence[QueuedMessage]) -> None:
        """Look at enough messages to begin with, unless enough was said of them already."""
        said = sum(each.probability is not None for each in waiting)
        if said < _TO_BEGIN_WITH:
            self._look_at_unseen(_TO_BEGIN_WITH - said)

    def _look_at_unseen(self, count: int) -> int:
        numbers, self._unseen = self._unseen[:count], self._unseen[count:]
        if numbers:
            found = self._mail.read(numbers)
            for each, look in zip(found, self._surveyor.look([mail.message for mail in found]), strict=True):
                with self._lock:
                    known = self._candidates.get(each.id)
                    if known is not None:
                        self._candidates[each.id] = replace(known, probability=look.probability, novelty=look.novelty)
        return len(numbers)

    def _compare(self, answered: Sequence[LabelledMail]) -> None:
        """Remember what is labelled."""
        self._surveyor.look([mail.message for mail in answered], known=True)
        if self._doubts is not None:
            for mail in answered:
                self._doubts.add(mail.message, label=mail.answer is Answer.YES)
                self._doubted.append(mail)

    def _doubt(self, fold: int) -> None:
        """Suspect the answers of a fold that the others contradict.

        One given twice is confirmed: it is not asked for a third time.
        """
        if self._doubts is None:
            return
        for place, doubt in self._doubts.fold(fold):
            mail = self._doubted[place]
            if mail.first_label_id == mail.label_id:
                suspect = Candidate(
                    id=mail.id,
                    thread_key=mail.message.thread_key,
                    probability=_NO_WORD,
                    label=mail.answer is Answer.YES,
                    disagreement=doubt,
                )
                with self._lock:
                    self._candidates.setdefault(mail.id, suspect)


def _candidate(waiting: QueuedMessage, *, since: datetime) -> Candidate:
    return Candidate(
        id=waiting.id,
        thread_key=waiting.thread_key,
        probability=_NO_WORD if waiting.probability is None else waiting.probability,
        auditable=waiting.probability is not None and waiting.received_at >= since,
    )


def _first_unsaid(waiting: Sequence[QueuedMessage]) -> list[int]:
    """Return the numbers, those nothing was said of first, otherwise the latest first."""
    return [each.id for each in sorted(waiting, key=lambda each: each.probability is not None)]
