"""Whether a challenger may replace the champion: judged by the owner's own answers, at the owner's cost.

Lives here: which answers may be judged by, and the verdict. Must not live here: training, files, the database.
Everything is a pure function of its arguments.

The challenger that is judged learned only from answers given before those it is judged by; answers the champion
learned from are left out for its sake. Threads are never split between learning and judging, and the bootstrap
resamples whole threads, since the messages of one stand or fall together (Efron and Tibshirani, "An Introduction to
the Bootstrap", 1993, section 8.6; paired: both models on the same resample).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from jeeves.types import LabelledMail

LEAST_THREADS: Final = 20  # judged threads, with both answers among them; fewer say nothing about chance
MOST_DOUBT: Final = 0.2  # share of resamples in which a challenger that passes may be the dearer one
RESAMPLES: Final = 2_000
INTERVAL: Final = (2.5, 97.5)  # percentiles reported


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The owner's answers, for one fair comparison."""

    earlier: tuple[LabelledMail, ...]  # the judged challenger learns from these
    later: tuple[LabelledMail, ...]  # neither model has seen these, nor any message of their threads


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One answer of the owner, and what both models say."""

    thread_key: str
    label: bool  # True: needs a place
    champion: bool  # True: it would speak up
    challenger: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gate decided."""

    promoted: bool
    why: str  # one sentence
    messages: int = 0  # judged
    threads: int = 0  # judged
    difference: float | None = None  # cost per message, challenger less champion, in false alarms; None: not judged
    interval: tuple[float, float] | None = None  # 95 % of the resamples lie within
    doubt: float | None = None  # share of resamples in which the challenger costs more


def split_answers(answers: Sequence[LabelledMail], *, champion_saw: int) -> Split:
    """Return what to learn from and what to judge by.

    The later half of the answers is judged by, less what the champion saw (labels up to ``champion_saw``). A thread
    with answers on both sides is on neither.
    """
    ids = sorted(mail.label_id for mail in answers)
    cut = max(ids[(len(ids) - 1) // 2] if ids else 0, champion_saw)
    early, late = set[str](), set[str]()
    for mail in answers:
        if mail.label_id <= cut:
            early.add(mail.message.thread_key)
        elif mail.first_label_id > cut:
            late.add(mail.message.thread_key)
        else:  # answered before and again after
            early.add(mail.message.thread_key)
            late.add(mail.message.thread_key)
    torn = early & late
    return Split(
        earlier=tuple(_of(answers, early - torn)),
        later=tuple(_of(answers, late - torn)),
    )


def _of(answers: Iterable[LabelledMail], threads: set[str]) -> Iterable[LabelledMail]:
    return (mail for mail in answers if mail.message.thread_key in threads)


def decide_promotion(judged: Sequence[Judged], *, miss_cost: float, seed: int) -> Verdict:
    """Decide whether the challenger replaces the champion: only if it is not worse at the owner's cost.

    A miss costs ``miss_cost`` false alarms. With ``LEAST_THREADS`` threads or more and both answers among them, the
    challenger must not cost more, and must do so in at most ``MOST_DOUBT`` of the resamples. With fewer, it must
    correct a mistake of the champion's and make none of its own. The same arguments give the same verdict.
    """
    threads = {each.thread_key for each in judged}
    if not judged:
        return Verdict(
            promoted=False,
            why="Kept as a candidate: no answer of yours is left to judge it by. Models are judged by answers that "
            "neither has learned from; give some more with `jeeves label`.",
        )
    if len(threads) < LEAST_THREADS or len({each.label for each in judged}) == 1:
        return _by_few(judged, len(threads))
    return _by_bootstrap(judged, miss_cost=miss_cost, seed=seed)


def without_champion() -> Verdict:
    """Return the verdict when there is no model that could serve: any is better than none."""
    return Verdict(promoted=True, why="There was no model that could serve.")


def _by_few(judged: Sequence[Judged], threads: int) -> Verdict:
    corrected = sum(each.challenger is each.label is not each.champion for each in judged)
    spoilt = sum(each.champion is each.label is not each.challenger for each in judged)
    found = (
        f"of {len(judged)} new answers in {threads} threads, too few to weigh (20 threads with both answers are "
        f"needed), it corrects {corrected} and spoils {spoilt}."
    )
    promoted = corrected > 0 and spoilt == 0
    return Verdict(
        promoted=promoted,
        why=f"Promoted: {found}" if promoted else f"Kept as a candidate: {found}",
        messages=len(judged),
        threads=threads,
    )


def _by_bootstrap(judged: Sequence[Judged], *, miss_cost: float, seed: int) -> Verdict:
    differences, sizes = _by_thread(judged, miss_cost)
    difference = float(differences.sum() / sizes.sum())
    resampled = _resample(differences, sizes, seed)
    low, high = (float(value) for value in np.percentile(resampled, INTERVAL))
    doubt = float((resampled > 0).mean())
    promoted = difference <= 0 and doubt <= MOST_DOUBT
    found = (
        f"on {len(judged)} new answers in {len(sizes)} threads it costs {abs(difference):.3f} false alarms a message "
        f"{'less' if difference <= 0 else 'more'} than the model that serves (95 % interval {low:+.3f} to "
        f"{high:+.3f}, dearer in {doubt:.0%} of the resamples, at most {MOST_DOUBT:.0%} allowed)."
    )
    return Verdict(
        promoted=promoted,
        why=f"Promoted: {found}" if promoted else f"Kept as a candidate: {found}",
        messages=len(judged),
        threads=len(sizes),
        difference=difference,
        interval=(low, high),
        doubt=doubt,
    )


def _by_thread(judged: Sequence[Judged], miss_cost: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return, for each thread, by how much the challenger is dearer, and how many messages it has."""
    sums: dict[str, tuple[float, int]] = {}
    for each in judged:
        difference = _cost(each.label, each.challenger, miss_cost) - _cost(each.label, each.champion, miss_cost)
        before, size = sums.get(each.thread_key, (0.0, 0))
        sums[each.thread_key] = (before + difference, size + 1)
    ordered = [sums[key] for key in sorted(sums)]
    return np.array([cost for cost, _ in ordered]), np.array([float(size) for _, size in ordered])


def _cost(label: bool, alerted: bool, miss_cost: float) -> float:  # noqa: FBT001 - a two-by-two table
    if label is alerted:
        return 0.0
    return miss_cost if label else 1.0


def _resample(differences: NDArray[np.float64], sizes: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    generator = np.random.default_rng(seed)
    found = np.empty(RESAMPLES)
    for turn in range(RESAMPLES):
        drawn = generator.integers(0, len(sizes), len(sizes))
        found[turn] = differences[drawn].sum() / sizes[drawn].sum()
    return found
