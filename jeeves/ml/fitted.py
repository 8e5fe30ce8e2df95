"""What training leaves and serving needs.

Lives here: that one record. Must not live here: behaviour; scikit-learn, which serving does without.
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
