"""How fast something grows, by least squares, and how sure that is.

Lives here: pure arithmetic. Must not live here: what is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import t

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLOCKS = 12  # neighbouring samples are alike: the means of a few blocks say how much is known, 60 samples overstate it
_HOUR = 3600.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """Growth in an hour, and the interval that holds it 95 times in 100."""

    low: float
    slope: float
    high: float


def slope_per_hour(seconds: Sequence[float], values: Sequence[float]) -> Slope:
    """Return the least-squares slope of ``values`` over ``seconds``, in their unit an hour.

    Samples are averaged in 12 blocks of equal length first. The interval is Student's, for 10 degrees of freedom.
    Raises ValueError when there are fewer than 12 samples.
    """
    if len(seconds) < _BLOCKS:
        raise ValueError(f"a slope takes {_BLOCKS} samples, not {len(seconds)}")
    moments = np.array([block.mean() for block in np.array_split(np.asarray(seconds) / _HOUR, _BLOCKS)])
    levels = np.array([block.mean() for block in np.array_split(np.asarray(values, dtype=np.float64), _BLOCKS)])
    away, above = moments - moments.mean(), levels - levels.mean()
    slope = float(away @ above / (away @ away))
    left = above - slope * away
    error = float(np.sqrt(left @ left / (_BLOCKS - 2) / (away @ away)))
    reach = float(t.ppf(0.975, _BLOCKS - 2)) * error
    return Slope(low=slope - reach, slope=slope, high=slope + reach)
