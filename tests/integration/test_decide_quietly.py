"""Deciding on mail that comes in quiet hours, with the real store: the wait is part of the decision itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from jeeves.actions.decide import decide_new
from jeeves.actions.release import mind_the_hour
from jeeves.store.alert_history import PostgresAlertHistory
from jeeves.store.canary import PostgresCanary
from jeeves.store.messages import PostgresMessages
from jeeves.store.mutes import PostgresMutes
from jeeves.store.outbox import PostgresOutbox
from jeeves.store.schema import notifications, predictions
from jeeves.store.thread_states import PostgresThreads
from jeeves.store.waiting import PostgresWaiting
from jeeves.types import (
    CANARY_SENDER,
    CanarySighting,
    DailySpan,
    LabelSource,
    NotificationStatus,
    Owner,
    Person,
    Restraint,
)
from tests.integration.hand_clock import Clock
from tests.integration.store.build import ACCOUNT, PREDICTION, cursor, received

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Engine

    from jeeves.types import Message, Prediction, RawMessage

LONDON = ZoneInfo("Europe/London")
HOUR = timedelta(hours=1)
NIGHT = Restraint(quiet_hours=DailySpan(start=time(22), end=time(7)))
OWNER = Owner(address=ACCOUNT, zone=LONDON, max_age=4 * HOUR, channel="sms", restraint=NIGHT)


class Sure:
    """A classifier that finds a get-together in everything, with the probabilities it was given."""

    version = PREDICTION.model_version

    def __init__(self, *probabilities: float) -> None:
        self.left = list(probabilities)

    def predict(self, messages: Sequence[Message]) -> list[Prediction]:
        return [replace(PREDICTION, probability=self.left.pop(0) if self.left else 0.9) for _ in messages]


def decide(engine: Engine, clock: Clock, count: int = 1, *, owner: Owner = OWNER, model: Sure | None = None) -> None:
    """Let as many messages come in now, and decide on them."""
    store = PostgresMessages(engine)
    batch = [received(uid, received_at=clock.now) for uid in range(1, count + 1)]
    batch = [(replace(raw, gmail_thread=raw.ref.uid), message) for raw, message in batch]
    store.store_batch(ACCOUNT, batch, cursor(count), reset=False)
    decide_new(store, model or Sure(), owner, PostgresAlertHistory(engine), clock)


def deliver(engine: Engine, clock: Clock, owner: Owner = OWNER) -> list[str]:
    """Do what a delivery pass does, and return what goes out."""
    mind_the_hour(PostgresWaiting(engine), owner, clock)
    outbox, bodies = PostgresOutbox(engine), []
    while (each := outbox.claim(clock.now, HOUR)) is not None:
        outbox.settle(each, NotificationStatus.SENT, now=clock.now, outcome="sent")
        bodies.append(each.body)
    return bodies


def at(clock: Clock, moment: datetime) -> Clock:
    clock.now = moment
    return clock


def test_an_alert_of_the_night_goes_out_in_the_morning_though_it_is_older_than_max_age_by_then(engine: Engine) -> None:
    clock = Clock()
    evening = clock.now.replace(hour=23)
    decide(engine, at(clock, evening))
    assert deliver(engine, clock) == []

    assert deliver(engine, at(clock, evening + 8 * HOUR - timedelta(seconds=1))) == []
    (told,) = deliver(engine, at(clock, evening + 8 * HOUR))

    assert told.startswith("Ben")
    with engine.connect() as connection:
        row = connection.execute(select(notifications)).one()
    assert row.expires_at == evening + 8 * HOUR + OWNER.max_age  # as if it had come in just now
    assert (row.held, row.held_for) == (False, "quiet")


def test_an_alert_that_comes_before_quiet_hours_but_late_to_its_delivery_waits_too(engine: Engine) -> None:
    clock = Clock()
    decide(engine, at(clock, clock.now.replace(hour=21, minute=59)))

    assert deliver(engine, at(clock, clock.now + timedelta(minutes=2))) == []
    assert len(deliver(engine, at(clock, clock.now + 9 * HOUR))) == 1


def test_what_waits_is_told_by_the_hours_that_hold_when_it_is_due(engine: Engine) -> None:
    """The owner made the night longer in the meantime."""
    clock = Clock()
    decide(engine, at(clock, clock.now.replace(hour=23)))
    longer = replace(OWNER, restraint=Restraint(quiet_hours=DailySpan(start=time(22), end=time(9))))

    assert deliver(engine, at(clock, clock.now + 8 * HOUR), longer) == []
    assert len(deliver(engine, at(clock, clock.now + 2 * HOUR), longer)) == 1


def test_the_surest_go_out_and_the_rest_is_told_in_the_digest(engine: Engine) -> None:
    clock = Clock()
    noon = clock.now
    thrifty = replace(OWNER, max_age=12 * HOUR, restraint=Restraint(budget_per_day=2))
    decide(engine, clock, 5, owner=thrifty, model=Sure(0.6, 0.7, 0.55, 0.9, 0.58))

    assert len(deliver(engine, clock, thrifty)) == 3  # two within the budget, and the surest beyond it

    (digest,) = deliver(engine, at(clock, noon + 6 * HOUR), thrifty)
    assert digest.startswith("2 get-togethers need a place: ")
    assert deliver(engine, at(clock, noon + 30 * HOUR), thrifty) == []


def test_a_muted_sender_is_suppressed_with_its_reason(engine: Engine) -> None:
    clock = Clock()
    PostgresMutes(engine).mute_sender("ben@example.org", LabelSource.CLI, until=None, now=clock.now)

    decide(engine, clock)

    assert deliver(engine, clock) == []
    with engine.connect() as connection:
        row = connection.execute(select(predictions.c.decision, predictions.c.why)).one()
    assert tuple(row) == ("suppressed", "muted")


def test_a_canary_is_decided_on_like_other_mail_and_never_told(engine: Engine) -> None:
    clock = Clock()
    store = PostgresMessages(engine)
    raw, message = received(1, received_at=clock.now)
    canary = replace(message, sender=Person(address=CANARY_SENDER), subject="Jeeves canary f00d")
    store.store_batch(ACCOUNT, [(raw, canary)], cursor(1), reset=False)
    rows = PostgresCanary(engine, ACCOUNT)
    before = rows.sighting("f00d")

    decide_new(store, Sure(), OWNER, PostgresAlertHistory(engine), clock)

    assert before == CanarySighting(decision=None)
    assert rows.sighting("f00d") == CanarySighting(decision="canary")
    assert rows.sighting("beef") is None
    with engine.connect() as connection:
        assert connection.execute(select(notifications)).all() == []
    assert PostgresThreads(engine).open_threads() == []
    rows.erase()
    assert rows.sighting("f00d") is None


def test_a_stranger_who_writes_as_the_canary_into_a_thread_changes_nothing_about_it(engine: Engine) -> None:
    clock = Clock()
    store, history, threads = PostgresMessages(engine), PostgresAlertHistory(engine), PostgresThreads(engine)
    noon = replace(OWNER, restraint=Restraint())
    store.store_batch(ACCOUNT, [_in_thread(1, message_key="1", received_at=clock.now)], cursor(1), reset=False)
    decide_new(store, Sure(), noon, history, clock)
    before = threads.open_threads()
    forged = Person(address=CANARY_SENDER)
    store.store_batch(
        ACCOUNT, [_in_thread(2, message_key="2", sender=forged, received_at=clock.now)], cursor(2), reset=False
    )

    decided = decide_new(store, Sure(), noon, history, clock)  # it ends: a decision that does not hold comes again
    PostgresCanary(engine, ACCOUNT).erase()

    assert (decided, len(before)) == (1, 1)
    assert threads.open_threads() == before
    assert len(deliver(engine, clock, noon)) == 1


def _in_thread(uid: int, **changes: Any) -> tuple[RawMessage, Message]:  # noqa: ANN401 - fields of Message
    raw, message = received(uid, **changes)
    return replace(raw, gmail_id=uid, gmail_thread=9), message
