from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from jeeves.actions.release import is_quiet, mind_the_hour
from jeeves.types import DailySpan, Owner, Released, Restraint
from tests.unit.records import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from jeeves.types import DigestWording, When

OWNER = Owner(
    address="me@example.com",
    zone=UTC,
    max_age=timedelta(hours=12),
    channel="sms",
    restraint=Restraint(quiet_hours=DailySpan(start=time(11), end=time(13))),
)


class Waiting:
    """Tells what it was asked to do."""

    def __init__(self) -> None:
        self.held_until: datetime | None = None

    def release(self, now: datetime, wording: DigestWording) -> Released:  # noqa: ARG002 - the port's signature
        return Released(told=1)

    def hold(self, now: datetime, until: datetime, begins: Callable[[When], datetime]) -> int:  # noqa: ARG002 - as above
        self.held_until = until
        return 2


def test_in_quiet_hours_everything_is_held_until_they_end() -> None:
    waiting = Waiting()

    assert mind_the_hour(waiting, OWNER, lambda: NOON) == Released(held=2)
    assert waiting.held_until == NOON + timedelta(hours=1)


def test_else_what_waited_is_let_go() -> None:
    waiting = Waiting()

    assert mind_the_hour(waiting, OWNER, lambda: NOON + timedelta(hours=1)) == Released(told=1)
    assert waiting.held_until is None


def test_the_owner_is_left_alone_until_quiet_hours_end() -> None:
    assert is_quiet(NOON, OWNER)
    assert not is_quiet(NOON + timedelta(hours=1), OWNER)
