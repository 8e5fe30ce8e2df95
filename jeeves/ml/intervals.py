"""How sure a figure is: bootstrap intervals that draw whole threads.

Lives here: resampling and percentiles. Must not live here: the figures themselves (``evaluate``).

Messages of one thread stand or fall together, so threads are drawn, with replacement, as many as there are; drawing
single messages would make every interval too narrow (Davison and Hinkley, "Bootstrap Methods and their Application",
1997, section 3.8). A resample is a row of weights: how often each message's thread was drawn, times what the message
stands for. The interval is the plain percentile one (the same, section 5.3.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Figure = Callable[[Floats], Floats]  # weights (resamples, messages) -> one value per resample
    Figures = Callable[[Floats], Mapping[str, Floats]]

RESAMPLES: Final = 1_000
LEVEL: Final = 0.95
_AT_ONCE: Final = 1_000_000  # weights in memory at a time: 8 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure with the range it would mostly fall in, had other threads come in."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How much one figure exceeds another that was measured on the same messages."""

    estimate: float  # first minus second
    low: float
    high: float
    share_above: float  # 0 .. 1: resamples in which the first is strictly larger


def intervals(
    figures: Figures,
    weights: Floats,
    threads: Sequence[str],
    *,
    seed: int,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> dict[str, Interval]:
    """Return each of ``figures`` with its interval of coverage ``level`` (0 .. 1).

    ``weights`` and ``threads`` go with the messages ``figures`` knows; the same ``seed`` gives the same intervals.
    Resamples for which a figure is NaN are passed over; with none left the interval is NaN.
    """
    estimates = figures(weights[np.newaxis])
    drawn = [figures(rows) for rows in resampled(weights, threads, seed=seed, resamples=resamples)]
    return {
        name: _interval(float(estimate[0]), np.concatenate([part[name] for part in drawn]), level)
        for name, estimate in estimates.items()
    }


def paired_difference(  # noqa: PLR0913 - two figures, their messages, and how to draw
    first: Figure,
    second: Figure,
    weights: Floats,
    threads: Sequence[str],
    *,
    seed: int,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Difference:
    """Return ``first`` minus ``second`` with its interval, both computed on the very same resamples.

    Both must know the same messages in the same order: ``partial(average_precision, challenger)`` and
    ``partial(average_precision, champion)``, say. What chance does to both alike cancels out.
    """
    estimate = float((first(weights[np.newaxis]) - second(weights[np.newaxis]))[0])
    drawn = np.concatenate(
        [first(rows) - second(rows) for rows in resampled(weights, threads, seed=seed, resamples=resamples)]
    )
    interval = _interval(estimate, drawn, level)
    counted = drawn[~np.isnan(drawn)]
    share_above = float(np.mean(counted > 0)) if len(counted) else float("nan")
    return Difference(estimate=estimate, low=interval.low, high=interval.high, share_above=share_above)


def resampled(weights: Floats, threads: Sequence[str], *, seed: int, resamples: int) -> Iterator[Floats]:
    """Yield tables of weights (some resamples, messages), ``resamples`` rows in all."""
    names, thread_of = np.unique(np.array(threads, dtype=object), return_inverse=True)
    chances = np.full(len(names), 1 / len(names))
    random = np.random.default_rng(seed)
    at_once = max(1, _AT_ONCE // len(weights))
    for start in range(0, resamples, at_once):
        drawn = random.multinomial(len(names), chances, size=min(at_once, resamples - start))
        yield drawn[:, thread_of] * weights


def _interval(estimate: float, values: Floats, level: float) -> Interval:
    counted = values[~np.isnan(values)]
    if not len(counted):
        return Interval(estimate=estimate, low=float("nan"), high=float("nan"))
    low, high = np.quantile(counted, [(1 - level) / 2, (1 + level) / 2])
    return Interval(estimate=estimate, low=float(low), high=float(high))
