"""Hold a model against messages whose answer is known.

Lives here: scoring a labelled corpus and summing up how that went, as one record. Must not live here: how a figure is
defined (``ml.evaluate``), how sure it is (``ml.intervals``), loading models, printing, drawing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from jeeves.errors import UserError
from jeeves.ml.evaluate import Scored, drawn, figures
from jeeves.ml.intervals import intervals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from jeeves.actions.corpora import LabelledMessage
    from jeeves.ml.intervals import Interval
    from jeeves.ports import Classifier

BATCH: Final = 64  # messages scored together
MOST_WRONG: Final = 10  # messages named


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One message with its answer and what the model said."""

    id: str  # from the corpus: foreign text
    thread_key: str
    source: str  # from the corpus: foreign text, may be empty
    sender: str  # address, for the owner's own eyes only; may be empty
    label: bool  # True: needs a place
    weight: float  # messages it stands for; above 0
    probability: float  # 0 .. 1
    alerted: bool  # what the model decided

    @property
    def wrong_by(self) -> float:
        """How far the probability lies from the answer, 0 .. 1."""
        return abs(self.probability - self.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What was decided on some messages, each counted once."""

    name: str  # what they have in common
    hits: int = 0  # alert, and a place was needed
    false_alarms: int = 0
    misses: int = 0
    silences: int = 0  # no alert, and rightly so

    @property
    def messages(self) -> int:
        """How many there are."""
        return self.hits + self.false_alarms + self.misses + self.silences

    @property
    def mistakes(self) -> int:
        """How many were decided wrongly."""
        return self.false_alarms + self.misses


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How a model did on a corpus. Messages of weight 0 are not in it."""

    model: str  # version
    threshold: float  # 0 .. 1
    judged: tuple[Judged, ...]  # in the order of the corpus
    threads: int
    as_drawn: Mapping[str, Interval]  # each message counted once; names as in ``ml.evaluate.figures``
    natural: Mapping[str, Interval]  # each message counted as often as it stands for
    total: Tally
    by_source: tuple[Tally, ...]  # largest first
    by_sender: tuple[Tally, ...]  # most mistakes first

    @property
    def weighted(self) -> bool:
        """True when the messages stand for different numbers of others, so that ``natural`` says something new."""
        return len({each.weight for each in self.judged}) > 1

    @property
    def most_wrong(self) -> list[Judged]:
        """The messages whose probability lies farthest from the answer, worst first."""
        return sorted(self.judged, key=lambda each: -each.wrong_by)[:MOST_WRONG]


def evaluate(
    classifier: Classifier,
    corpus: Iterable[LabelledMessage],
    *,
    threshold: float,
    seed: int,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Evaluation:
    """Score ``corpus`` and sum up; ``threshold`` is the classifier's, ``seed`` sets the bootstrap.

    ``progress`` hears (messages scored, messages in all). Raises UserError when the corpus lacks a class.
    """
    counted = [each for each in corpus if each.weight > 0]
    if len({each.label for each in counted}) < 2:  # noqa: PLR2004 - there are two answers
        raise UserError(
            "these labels hold " + ("only one of the two answers" if counted else "no message that counts"),
            advice="Evaluating takes messages that need a place (label 1) and messages that do not (label 0).",
        )
    judged = tuple(_judge(classifier, counted, progress))
    scored = as_scored(judged)
    threads = [each.thread_key for each in judged]
    measured = partial(figures, scored, threshold)
    return Evaluation(
        model=classifier.version,
        threshold=threshold,
        judged=judged,
        threads=len(set(threads)),
        as_drawn=intervals(measured, drawn(scored).weights, threads, seed=seed),
        natural=intervals(measured, scored.weights, threads, seed=seed),
        total=_tally("", judged),
        by_source=tuple(sorted(_tallies(judged, lambda each: each.source), key=lambda tally: -tally.messages)),
        by_sender=tuple(sorted(_tallies(judged, lambda each: each.sender), key=lambda tally: -tally.mistakes)),
    )


def as_scored(judged: Sequence[Judged]) -> Scored:
    """Return answers, probabilities and weights side by side."""
    return Scored(
        labels=np.array([each.label for each in judged], dtype=np.bool_),
        probabilities=np.array([each.probability for each in judged], dtype=np.float64),
        weights=np.array([each.weight for each in judged], dtype=np.float64),
    )


def _judge(
    classifier: Classifier, corpus: Sequence[LabelledMessage], progress: Callable[[int, int], None]
) -> Iterator[Judged]:
    for start in range(0, len(corpus), BATCH):
        batch = corpus[start : start + BATCH]
        for each, prediction in zip(batch, classifier.predict([each.message for each in batch]), strict=True):
            yield Judged(
                id=each.id,
                thread_key=f"{each.origin}:{each.thread_key}",
                source=each.source,
                sender=each.message.sender.address,
                label=each.label,
                weight=each.weight,
                probability=prediction.probability,
                alerted=prediction.needs_place,
            )
        progress(start + len(batch), len(corpus))


def _tallies(judged: Iterable[Judged], name_of: Callable[[Judged], str]) -> Iterator[Tally]:
    groups: defaultdict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        groups[name_of(each)].append(each)
    for name, group in groups.items():
        yield _tally(name, group)


def _tally(name: str, judged: Sequence[Judged]) -> Tally:
    return Tally(
        name=name,
        hits=sum(each.alerted and each.label for each in judged),
        false_alarms=sum(each.alerted and not each.label for each in judged),
        misses=sum(each.label and not each.alerted for each in judged),
        silences=sum(not each.label and not each.alerted for each in judged),
    )
