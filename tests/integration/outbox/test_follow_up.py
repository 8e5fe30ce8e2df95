"""From sending to proof, over hours of a clock set by hand: real database, a Twilio that speaks HTTP."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import select

from jeeves.actions.deliver import Plan, deliver_due
from jeeves.actions.follow_up import check_sent, escalate_overdue
from jeeves.notify.console import ConsoleNotifier
from jeeves.store.outbox import PostgresOutbox
from jeeves.store.schema import notifications
from tests.integration.notify.build import call_notifier, sms_notifier
from tests.integration.outbox.mortal import Silence
from tests.integration.outbox.world import queue
from tests.servers.twilio_stub import Failure, Trouble, TwilioStub

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from jeeves.ports import Notifier

MINUTE = timedelta(minutes=1)


class Day:
    """A daemon's deliveries with a clock of its own."""

    def __init__(self, engine: Engine, stub: TwilioStub, begin: datetime) -> None:
        self.now = begin
        self.shown = io.StringIO()
        self._engine = engine
        self._outbox = PostgresOutbox(engine)
        self._plan = Plan(channels=("sms", "call", "console"), escalate_after=10 * MINUTE)
        self._notifiers: dict[str, Notifier] = {
            "sms": sms_notifier(stub.url),
            "call": call_notifier(stub.url),
            "console": ConsoleNotifier(self.shown),
        }

    def step(self, **later: float) -> list[tuple[str, str]]:
        """Let time go by, do what is due, and return each channel's state."""
        self.now += timedelta(**later)
        tools: dict[str, Any] = {"clock": lambda: self.now, "random": lambda: 0.0, "reporter": cast("Any", Silence())}
        deliver_due(self._outbox, self._notifiers, self._plan, **tools)
        check_sent(self._outbox, self._notifiers, self._plan, **tools)
        escalate_overdue(self._outbox, self._plan, clock=lambda: self.now)
        deliver_due(self._outbox, self._notifiers, self._plan, **tools)
        with self._engine.connect() as connection:
            found = connection.execute(select(notifications).order_by(notifications.c.id))
            return [(row.channel, row.status) for row in found]


@pytest.fixture
def day(engine: Engine, stub: TwilioStub) -> Day:
    queue(engine, "sms", 1)
    with engine.connect() as connection:
        begin = connection.execute(select(notifications.c.created_at)).scalar_one()
    return Day(engine, stub, begin)


def test_a_text_message_is_asked_about_until_it_arrived_and_never_after(day: Day, stub: TwilioStub) -> None:
    assert day.step() == [("sms", "sent")]
    assert day.step(seconds=10) == [("sms", "sent")]
    stub.resources[0].status = "delivered"
    assert day.step(seconds=10) == [("sms", "delivered")]
    asked = len(stub.requests)

    assert day.step(hours=1) == [("sms", "delivered")]
    assert len(stub.requests) == asked
    assert stub.texts_received == ["Ada suggests: lunch. Where? [k0]"]


def fail_to_arrive(stub: TwilioStub, code: int) -> None:
    stub.resources[-1].status, stub.resources[-1].error_code = "undelivered", code


def test_a_telephone_out_of_reach_gets_it_once_more_and_then_the_next_channel_does(day: Day, stub: TwilioStub) -> None:
    assert day.step() == [("sms", "sent")]
    fail_to_arrive(stub, 30003)
    assert day.step(seconds=10) == [("sms", "pending")]
    assert day.step(seconds=10) == [("sms", "sent")]
    assert [each.kind for each in stub.resources] == ["Messages", "Messages"]
    fail_to_arrive(stub, 30003)
    assert day.step(seconds=10) == [("sms", "failed"), ("call", "sent")]
    stub.resources[-1].status = "completed"
    assert day.step(seconds=10) == [("sms", "failed"), ("call", "delivered")]
    assert day.step(hours=1) == [("sms", "failed"), ("call", "delivered")]
    assert (stub.texts_received, len(stub.calls_received)) == ([], 1)


def test_the_second_try_that_arrives_is_the_only_one_received(day: Day, stub: TwilioStub) -> None:
    day.step()
    fail_to_arrive(stub, 30008)
    assert day.step(seconds=10) == [("sms", "pending")]
    day.step(seconds=10)
    stub.resources[-1].status = "delivered"
    assert day.step(seconds=10) == [("sms", "delivered")]
    assert len(stub.texts_received) == 1


def test_a_landline_is_not_tried_twice(day: Day, stub: TwilioStub) -> None:
    day.step()
    fail_to_arrive(stub, 30006)

    assert day.step(seconds=10) == [("sms", "failed"), ("call", "sent")]


def test_channels_follow_each_other_every_ten_minutes_without_proof(day: Day, stub: TwilioStub) -> None:
    day.step()
    assert day.step(minutes=9) == [("sms", "sent")]
    assert day.step(minutes=1) == [("sms", "sent"), ("call", "sent")]
    stub.resources[1].status = "no-answer"
    assert day.step(minutes=1) == [("sms", "sent"), ("call", "failed"), ("console", "delivered")]
    assert day.shown.getvalue().count("lunch") == 1
    assert day.step(hours=1) == [("sms", "sent"), ("call", "failed"), ("console", "delivered")]


def test_an_outage_of_ten_minutes_is_answered_by_the_next_channel_and_not_by_both(day: Day, stub: TwilioStub) -> None:
    stub.next_failures += [Failure(status=429, code=20429, headers={"Retry-After": "900"})]

    assert day.step() == [("sms", "pending")]
    assert day.step(minutes=10) == [("sms", "failed"), ("call", "sent")]
    assert day.step(hours=1)[0] == ("sms", "failed")
    assert (len(stub.texts_received), len(stub.calls_received)) == (0, 1)


@pytest.mark.parametrize("trouble", [Trouble.HANG_BEFORE_ACCEPTING, Failure(status=503), Failure(status=500)], ids=str)
def test_what_twilio_does_not_list_is_sent_again_a_minute_later(
    day: Day, stub: TwilioStub, trouble: Trouble | Failure
) -> None:
    stub.next_failures.append(trouble)
    if isinstance(trouble, Trouble):
        stub.released.set()

    assert day.step() == [("sms", "unconfirmed")]
    assert day.step(seconds=5) == [("sms", "unconfirmed")]
    assert day.step(seconds=54) == [("sms", "unconfirmed")]
    assert stub.texts_received == []
    assert day.step(seconds=1) == [("sms", "sent")]
    assert len(stub.texts_received) == 1


def test_what_twilio_took_without_saying_so_is_found_and_not_repeated(day: Day, stub: TwilioStub) -> None:
    stub.next_failures.append(Trouble.DROP_AFTER_ACCEPTING)

    assert day.step() == [("sms", "unconfirmed")]
    assert day.step(seconds=5) == [("sms", "sent")]
    assert day.step(minutes=9) == [("sms", "sent")]
    assert len(stub.texts_received) == 1


def test_a_token_revoked_after_the_sending_does_not_make_the_alert_undelivered(day: Day, stub: TwilioStub) -> None:
    day.step()
    stub.auth_token = "revoked"

    assert day.step(minutes=5) == [("sms", "sent")]
    assert day.step(minutes=5) == [("sms", "sent"), ("call", "failed"), ("console", "delivered")]


def test_twilio_is_not_asked_for_ever(day: Day, stub: TwilioStub) -> None:
    day.step()
    for _ in range(60):
        day.step(hours=13)

    asked = len(stub.requests)
    day.step(hours=13)
    assert len(stub.requests) == asked
