"""Looking for answers: when, and what trouble shows, by a clock that is set by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import structlog

from jeeves.daemon.replies import ReplyWatch
from jeeves.errors import NotificationRejected, NotifierUnavailable
from jeeves.store.replies import PostgresReplies
from jeeves.store.status import read_status
from tests.integration.hand_clock import Clock
from tests.integration.store.test_replies import TOLD, alerted, answers

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from jeeves.errors import JeevesError
    from jeeves.types import Inbound

SECOND = timedelta(seconds=1)


class Source:
    """Counts how often it is asked, and fails while there is ``trouble``."""

    def __init__(self) -> None:
        self.asked = 0
        self.trouble: JeevesError | None = None
        self.inbound: list[Inbound] = []

    def received_since(self, moment: datetime) -> list[Inbound]:  # noqa: ARG002 - the port's signature
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return self.inbound


@pytest.fixture
def clock() -> Clock:
    made = Clock()
    made.now = TOLD
    return made


def watch(engine: Engine, source: Source, clock: Clock) -> ReplyWatch:
    return ReplyWatch(source, PostgresReplies(engine), engine, clock=clock, log=structlog.get_logger("test"))


def pass_time(looking: ReplyWatch, clock: Clock, seconds: float) -> None:
    """Let time pass in steps of five seconds, as the scheduler does."""
    for _ in range(int(seconds / 5)):
        looking.look_when_due()
        clock.now += 5 * SECOND


def test_nobody_asks_before_an_alert_went_out(engine: Engine, clock: Clock) -> None:
    source = Source()
    pass_time(watch(engine, source, clock), clock, 60)
    assert source.asked == 0


def test_it_asks_every_fifteen_seconds_at_first_and_never_after_two_days(engine: Engine, clock: Clock) -> None:
    alerted(engine)
    source = Source()
    looking = watch(engine, source, clock)

    pass_time(looking, clock, 60)
    assert source.asked == 4

    clock.now = TOLD + timedelta(days=2)
    pass_time(looking, clock, 60)
    assert source.asked == 4


@pytest.mark.parametrize(
    "trouble",
    [
        NotifierUnavailable("Twilio asks to slow down.", retry_after=40.0),
        NotificationRejected("Twilio refused the account SID or the auth token.", advice="Check notify.sms."),
    ],
)
def test_trouble_shows_in_the_status_until_it_is_over_and_is_not_hurried(
    engine: Engine, clock: Clock, trouble: JeevesError
) -> None:
    alerted(engine)
    source = Source()
    looking = watch(engine, source, clock)
    source.trouble = trouble

    pass_time(looking, clock, 35)

    assert 1 <= source.asked <= 3
    (shown,) = read_status(engine).troubles
    assert (shown.component, shown.message) == ("replies", trouble.message)

    source.trouble = None
    pass_time(looking, clock, 120)
    assert read_status(engine).troubles == ()


def test_retry_after_is_waited_for(engine: Engine, clock: Clock) -> None:
    alerted(engine)
    source = Source()
    looking = watch(engine, source, clock)
    source.trouble = NotifierUnavailable("Twilio asks to slow down.", retry_after=100.0)

    pass_time(looking, clock, 100)
    assert source.asked == 1

    pass_time(looking, clock, 10)
    assert source.asked == 2


def test_a_clock_put_back_holds_up_no_look(engine: Engine, clock: Clock) -> None:
    # given a clock five hours ahead, and a provider that asks to be left alone for a while
    clock.now = TOLD + timedelta(hours=5)
    alerted(engine)
    source = Source()
    looking = watch(engine, source, clock)
    source.trouble = NotifierUnavailable("Twilio asks to slow down.", retry_after=100.0)
    pass_time(looking, clock, 5)
    source.trouble = None

    clock.now = TOLD
    pass_time(looking, clock, 60)

    assert source.asked == 5


def test_a_restart_looks_at_once(engine: Engine, clock: Clock) -> None:
    alerted(engine)
    source = Source()
    for _ in range(2):
        watch(engine, source, clock).look_when_due()
    assert source.asked == 2
    assert answers(engine) == []
