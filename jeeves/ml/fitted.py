"""What training leaves and serving needs.

Lives here: these records. Must not live here: behaviour; scikit-learn, which serving does without.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jeeves.ml.pooled import PooledRegression
    from jeeves.ml.vectors import Vectoriser


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A vocabulary and the decision over it."""

    vectoriser: Vectoriser
    regression: PooledRegression


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is known before the owner has labelled anything: the model to start from."""

    fitted: Fitted
    threshold: float  # 0 .. 1, for a miss that costs ``train.MISS_COST`` false alarms
