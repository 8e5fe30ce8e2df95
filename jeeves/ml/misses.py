"""How many get-togethers Jeeves missed, by what the owner said of mail drawn by lot.

Lives here: the estimate and its interval. Must not live here: which messages are drawn (``sampling.lot``), reading
answers, wording. Everything is a pure function of its arguments.

The messages Jeeves stayed silent on, in the order of their lots, are a random permutation. The first of them, as far as
the owner has answered for every one, are therefore a simple random sample without replacement, whatever else the owner
answered for and why: those answers come in where their lot has them. What such a sample proves of the whole is the
hypergeometric distribution's business, exactly (Buonaccorsi, "A note on confidence intervals for proportions in finite
populations", The American Statistician 41, 1987). docs/labelling.md tells the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import exp, lgamma
from typing import TYPE_CHECKING, Final

from jeeves.ml.sampling import lot
from jeeves.types import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from jeeves.types import ClassifiedMessage

LEVEL: Final = 0.95
_MOST_DRAWINGS: Final = 100  # looked at, the latest among them
MONTH: Final = timedelta(days=30)  # the mail the audit tells of is at most so old


@dataclass(frozen=True, slots=True, kw_only=True)
class MissEstimate:
    """What the audit tells."""

    messages: int  # classified in the time looked at, as far as the audit reaches
    audits: int  # messages drawn by lot and answered for
    missed: int  # of these
    estimate: float  # of the misses among ``messages``, without bias (Horvitz and Thompson, JASA 47, 1952)
    low: int  # Jeeves missed at least so many of ``messages``, and ...
    high: int  # ... at most so many, with confidence ``LEVEL``
    until: datetime  # aware UTC; what was classified later had no chance to be drawn


def estimate_misses(classified: Sequence[ClassifiedMessage]) -> MissEstimate | None:
    """Return how many of ``classified`` were missed: needed a place, and Jeeves stayed silent. None without an audit.

    Mail that came after a drawing had no chance in it, so the estimate is of what had come by one. Of all drawings the
    one is taken that gives the most audits, which depends on lots and on what was asked, not on answers.
    """
    by_lot = sorted(classified, key=lambda each: lot(each.id))
    drawn = sorted({each.drawn_at for each in classified if each.drawn_at is not None}, reverse=True)
    moments = drawn[:: 1 + len(drawn) // _MOST_DRAWINGS]
    estimates = [found for until in moments if (found := _until(by_lot, until)) is not None]
    return max(estimates, key=lambda each: (each.audits, each.until), default=None)


def interval(population: int, sample: int, hits: int, *, level: float = LEVEL) -> tuple[int, int]:
    """Return between how many hits a ``population`` holds of which ``sample``, drawn at random, held ``hits``.

    The numbers that neither tail of the hypergeometric distribution makes unlikely: the interval holds the truth
    at least ``level`` of the time.
    """
    tail = (1.0 - level) / 2
    possible = range(hits, population - sample + hits + 1)
    low = _first(possible, lambda truth: _at_most(population, truth, sample, hits - 1) < 1.0 - tail)
    beyond = _first(possible, lambda truth: _at_most(population, truth, sample, hits) <= tail)
    return low, beyond - 1


def _until(by_lot: Iterable[ClassifiedMessage], until: datetime) -> MissEstimate | None:
    had_come = [each for each in by_lot if each.decided_at <= until]
    silent = [each for each in had_come if not each.found]
    sample = [each for each in _answered_for(silent) if each.answer is not Answer.SKIP]
    if not sample:
        return None
    missed = sum(each.answer is Answer.YES for each in sample)
    low, high = interval(len(silent), len(sample), missed)
    # What is known for certain, from whichever answers, only makes the interval narrower.
    known = sum(each.answer is Answer.YES for each in silent)
    cleared = sum(each.answer is Answer.NO for each in silent)
    return MissEstimate(
        messages=len(had_come),
        audits=len(sample),
        missed=missed,
        estimate=len(silent) * missed / len(sample),
        low=max(low, known),
        high=min(max(high, known), len(silent) - cleared),
        until=until,
    )


def _answered_for(silent: Sequence[ClassifiedMessage]) -> Sequence[ClassifiedMessage]:
    """Return the first of ``silent``, up to the last drawn one before a gap in the answers.

    Not up to the gap: an owner who labels misses of their own accord would stretch the sample by a miss.
    """
    gap = next((place for place, each in enumerate(silent) if each.answer is None), len(silent))
    end = next((place for place in range(gap, 0, -1) if silent[place - 1].drawn_at is not None), 0)
    return silent[:end]


def _first(numbers: range, holds: Callable[[int], bool]) -> int:
    """Return the first of ``numbers`` from which on ``holds``, or the one after the last."""
    low, high = numbers.start, numbers.stop
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _at_most(population: int, truth: int, sample: int, hits: int) -> float:
    """Return the chance that a sample holds at most ``hits`` of the ``truth`` hits in the population."""
    fewest = max(0, sample - (population - truth))
    chances = (
        exp(_ways(truth, found) + _ways(population - truth, sample - found) - _ways(population, sample))
        for found in range(fewest, min(hits, truth, sample) + 1)
    )
    return min(sum(chances), 1.0)


def _ways(things: int, taken: int) -> float:
    """Return the logarithm of the binomial coefficient."""
    return lgamma(things + 1) - lgamma(taken + 1) - lgamma(things - taken + 1)
