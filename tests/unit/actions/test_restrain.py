from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, time, timedelta
from typing import TYPE_CHECKING

from jeeves.actions.restrain import restrained, time_on_hold
from jeeves.types import Alert, DailySpan, Held, Owner, Raised, Restraint, Suppressed
from tests.unit.records import NOON, prediction, stored

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.types import Message

ALERT = Alert(dedupe_key="t#1", reference="b2", body="Ada Holm wants to meet. Where? [b2]")
HOUR = timedelta(hours=1)


@dataclass
class History:
    """Alerts kept in a list."""

    raised: list[Raised] = field(default_factory=list)
    muted: bool = False

    def is_muted(self, message: Message, now: datetime) -> bool:  # noqa: ARG002 - the port's signature
        return self.muted

    def raised_since(self, moment: datetime) -> list[Raised]:
        return [each for each in self.raised if each.at > moment]


def decide(decision: Alert | Suppressed, history: History, restraint: Restraint) -> Alert | Suppressed:
    owner = Owner(address="me@example.com", zone=UTC, max_age=12 * HOUR, channel="sms", restraint=restraint)
    return restrained(decision, stored(), prediction(probability=0.9), owner, history, now=NOON)


def test_an_alert_that_nothing_restrains_stays_as_it_is() -> None:
    assert decide(ALERT, History(), Restraint()) is ALERT
    assert time_on_hold(ALERT, NOON) == timedelta(0)


def test_silence_stays_silence() -> None:
    assert decide(Suppressed(reason="too_old"), History(muted=True), Restraint()) == Suppressed(reason="too_old")


def test_what_is_muted_raises_no_alert() -> None:
    assert decide(ALERT, History(muted=True), Restraint()) == Suppressed(reason="muted")


def test_in_quiet_hours_an_alert_waits_and_does_not_age() -> None:
    waiting = decide(ALERT, History(), Restraint(quiet_hours=DailySpan(start=time(11), end=time(14))))

    assert waiting == replace(ALERT, due_at=NOON + 2 * HOUR, held=Held.QUIET)
    assert time_on_hold(waiting, NOON) == 2 * HOUR


def test_beyond_the_budget_an_alert_waits_for_the_digest() -> None:
    seen = History([Raised(at=NOON - HOUR, probability=0.95)])

    assert decide(ALERT, seen, Restraint(budget_per_day=1)) == replace(ALERT, due_at=NOON + 6 * HOUR, held=Held.BUDGET)
