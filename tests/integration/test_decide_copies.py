"""Deciding on mail that came to two mailboxes of one owner, with the real store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from jeeves.actions.decide import decide_new
from jeeves.actions.mind_threads import mind_threads
from jeeves.mail.threads import thread_links
from jeeves.store.alert_history import PostgresAlertHistory
from jeeves.store.messages import PostgresMessages
from jeeves.store.schema import messages, notifications, predictions
from jeeves.store.thread_states import PostgresThreads
from jeeves.types import Owner, PlaceState
from tests.integration.hand_clock import Clock
from tests.integration.store.build import cursor, received
from tests.integration.test_decide_quietly import LONDON, OWNER, Sure

if TYPE_CHECKING:
    from sqlalchemy import Engine

HOME, WORK = "me@gmail.com", "me@example.com"
OWNERS: dict[str, Owner] = {
    account: Owner(address=account, zone=LONDON, max_age=OWNER.max_age, channel=channel)
    for account, channel in ((HOME, "console"), (WORK, "sms"))
}


def come_in(engine: Engine, clock: Clock, account: str) -> None:
    """Let the same mail come in now."""
    links = thread_links(message_id="a", references=(), in_reply_to=(), subject="Lunch")
    uid = 1 if account == HOME else 99
    raw, message = received(uid, received_at=clock.now, message_key=str(uid), thread_key=str(uid), links=links)
    batch = [(replace(raw, gmail_id=uid, gmail_thread=uid), message)]
    PostgresMessages(engine).store_batch(account, batch, cursor(uid, account=account), reset=False)


def decide(engine: Engine, clock: Clock) -> None:
    history = PostgresAlertHistory(engine)
    decide_new(PostgresMessages(engine), Sure(), OWNERS[HOME], history, clock, owners=OWNERS)


def test_a_copy_that_comes_after_all_was_settled_opens_nothing_again_and_says_so(engine: Engine) -> None:
    clock = Clock()
    come_in(engine, clock, WORK)
    decide(engine, clock)
    threads = PostgresThreads(engine)
    (opened,) = threads.open_threads()
    threads.settle_thread(opened.state.thread_key, "The Crown", clock.now)

    clock.now += timedelta(minutes=10)
    come_in(engine, clock, HOME)
    decide(engine, clock)

    with engine.connect() as connection:
        (alert,) = connection.execute(select(notifications)).all()
        whys = connection.execute(
            select(messages.c.account, predictions.c.decision, predictions.c.why)
            .join(predictions, predictions.c.message_id == messages.c.id)
            .order_by(messages.c.id)
        ).all()
    assert alert.channel == "sms"
    assert [tuple(row) for row in whys] == [(WORK, "alert", alert.dedupe_key), (HOME, "suppressed", "copy")]
    state = PostgresMessages(engine).thread(opened.state.thread_key)
    assert (state.place_state, state.proposal) == (PlaceState.SETTLED, 1)


def test_a_reminder_goes_where_the_alert_went(engine: Engine) -> None:
    clock = Clock()
    come_in(engine, clock, WORK)
    decide(engine, clock)
    (opened,) = PostgresThreads(engine).open_threads()
    assert opened.state.when is not None

    near = datetime.combine(opened.state.when.day, time(10), tzinfo=LONDON)  # a day without an hour begins at noon
    mind_threads(PostgresThreads(engine), OWNERS[HOME], timedelta(hours=3), now=near, owners=OWNERS)

    with engine.connect() as connection:
        assert connection.execute(select(notifications.c.channel)).scalars().all() == ["sms", "sms"]
