"""What the clock does to get-togethers, on a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from jeeves.actions.mind_threads import Minded, mind_threads
from jeeves.store.messages import PostgresMessages
from jeeves.store.schema import notifications
from jeeves.store.thread_states import PostgresThreads
from jeeves.types import Cause, Owner, PlaceState, ThreadState, When
from tests.integration.store.build import ACCOUNT, ALERT, LATER, NOW, PREDICTION, cursor, opened, received

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

HOUR = timedelta(hours=1)
OWNER = Owner(address=ACCOUNT, zone=UTC, max_age=12 * HOUR, channel="console")
DINNER = When(day=NOW.date(), at=NOW + 6 * HOUR)


@pytest.fixture
def key(engine: Engine) -> str:
    """Return the thread of an open get-together six hours from now, whose alert waits to go out."""
    store = PostgresMessages(engine)
    store.store_batch(ACCOUNT, [received(1)], cursor(1), reset=False)
    [stored] = store.unclassified(2)
    state = replace(opened(stored), when=DINNER, opened_at=NOW - HOUR)
    assert store.record_decision(stored, PREDICTION, state, ALERT, channel="console", expires_at=LATER, now=NOW)
    return state.thread_key


def mind(engine: Engine, now: datetime, *, remind: timedelta | None = None) -> Minded:
    return mind_threads(PostgresThreads(engine), OWNER, remind, now=now)


def told(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        query = select(notifications.c.dedupe_key, notifications.c.status).order_by(notifications.c.id)
        return [(row[0], row[1]) for row in connection.execute(query)]


def state_of(engine: Engine, key: str) -> ThreadState:
    return PostgresMessages(engine).thread(key)


def test_what_went_by_is_past_and_its_alert_withdrawn(engine: Engine, key: str) -> None:
    assert mind(engine, NOW + 8 * HOUR) == Minded()
    assert mind(engine, NOW + 9 * HOUR) == Minded(past=1)
    assert mind(engine, NOW + 10 * HOUR) == Minded()

    assert state_of(engine, key).place_state is PlaceState.PAST
    assert told(engine) == [(f"{key}#1", "withdrawn")]


def test_the_owner_is_reminded_once_when_the_time_is_near(engine: Engine, key: str) -> None:
    assert mind(engine, NOW + 2 * HOUR, remind=3 * HOUR) == Minded()
    assert mind(engine, NOW + 3 * HOUR, remind=3 * HOUR) == Minded(reminded=1)
    assert mind(engine, NOW + 4 * HOUR, remind=3 * HOUR) == Minded()

    assert told(engine) == [(f"{key}#1", "pending"), (f"{key}#1!", "pending")]


@pytest.mark.parametrize("ahead", [-1, 1])
def test_a_day_named_on_the_other_side_of_the_world_is_minded_in_time(engine: Engine, key: str, ahead: int) -> None:
    state = state_of(engine, key)
    other_day = replace(DINNER, day=DINNER.day + timedelta(days=ahead))
    assert PostgresThreads(engine).change(replace(state, when=other_day), Cause.OWNER, NOW)

    assert mind(engine, NOW + 3 * HOUR, remind=3 * HOUR) == Minded(reminded=1)
    assert mind(engine, NOW + 9 * HOUR) == Minded(past=1)


def test_nobody_is_reminded_of_what_is_settled(engine: Engine, key: str) -> None:
    PostgresThreads(engine).settle_thread(key, "the Crown", NOW)

    assert mind(engine, NOW + 4 * HOUR, remind=3 * HOUR) == Minded()
    assert told(engine) == [(f"{key}#1", "withdrawn")]


def test_the_clock_gives_way_to_what_was_said_meanwhile(engine: Engine, key: str) -> None:
    threads = PostgresThreads(engine)
    [found] = threads.open_threads()
    threads.settle_thread(key, "the Crown", NOW)

    assert not threads.change(replace(found.state, place_state=PlaceState.PAST), Cause.CLOCK, NOW)
    assert state_of(engine, key).place_state is PlaceState.SETTLED
