"""The owner's wishes about when and how often they are spoken to.

Lives here: these keys of ``[alerts]`` as the record that decisions are made from. Must not live here: the decisions
(``assist.quiet``, ``assist.budget``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jeeves.types import Restraint

if TYPE_CHECKING:
    from jeeves.config.models import Config


def restraint_of(config: Config) -> Restraint:
    """Return when and how often the owner wants to be spoken to."""
    alerts = config.alerts
    return Restraint(
        quiet_hours=alerts.quiet_hours,
        working_days=alerts.working_days,
        budget_per_day=alerts.budget_per_day,
        budget_per_week=alerts.budget_per_week,
        digest_at=alerts.digest_at,
    )
