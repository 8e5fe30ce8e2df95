"""When to learn again without being asked.

Lives here: the pure rule. Must not live here: learning, the schedule, any import that costs time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.config import ClassifierSettings


def retrain_due(now: datetime, last_trained_at: datetime | None, new_labels: int, settings: ClassifierSettings) -> bool:
    """Tell whether to learn again by itself.

    ``last_trained_at`` is when it last learned from the owner, or, before the first time, when the first answer was
    given. Due after ``settings.retrain_after`` new answers, or after ``settings.retrain`` when there is at least one:
    without any, the result would be the same. "never" (None) means never.
    """
    if settings.retrain is None or new_labels == 0:
        return False
    if new_labels >= settings.retrain_after:
        return True
    return last_trained_at is not None and now - last_trained_at >= settings.retrain
