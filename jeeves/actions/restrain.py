"""Whether an alert that was decided is told now, later, or not at all.

Lives here: the use case, by a port and pure code. Must not live here: quiet hours and budgets themselves (``assist``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from jeeves.assist.budget import longest_window, when_to_tell
from jeeves.types import Alert, Held, Suppressed

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.ports import AlertHistory
    from jeeves.types import Owner, Prediction, StoredMessage


def restrained(
    decision: Alert | Suppressed,
    stored: StoredMessage,
    prediction: Prediction,
    owner: Owner,
    history: AlertHistory,
    *,
    now: datetime,
) -> Alert | Suppressed:
    """Return ``decision`` as the owner wants it: silent where muted, waiting in quiet hours and beyond the budget."""
    if not isinstance(decision, Alert):
        return decision
    if history.is_muted(stored.message, now):
        return Suppressed(reason="muted")
    window = longest_window(owner.restraint)
    raised = history.raised_since(now - window) if window is not None else []
    due_at, held = when_to_tell(prediction.probability, raised, owner.restraint, owner.zone, now=now)
    return decision if held is Held.NO else replace(decision, due_at=due_at, held=held)


def time_on_hold(decision: Alert | Suppressed, now: datetime) -> timedelta:
    """Return how long an alert has to wait by its owner's wish: this time does not make it too old to be told."""
    due_at = decision.due_at if isinstance(decision, Alert) else None
    return timedelta(0) if due_at is None else due_at - now
