"""States of threads: written with their history, refused when out of date, and what they do to alerts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from alembic import command
from sqlalchemy import select, text, update

from jeeves.assist.digest import WORDING
from jeeves.store.database import alembic_config, connect, migrate
from jeeves.store.labels import PostgresLabels
from jeeves.store.messages import PostgresMessages
from jeeves.store.mutes import PostgresMutes
from jeeves.store.outbox import PostgresOutbox
from jeeves.store.schema import notifications, threads
from jeeves.store.thread_states import PostgresThreads, read_history
from jeeves.store.waiting import PostgresWaiting
from jeeves.types import (
    Alert,
    Answer,
    Cause,
    LabelSource,
    NotificationStatus,
    PlaceState,
    StoredMessage,
    Suppressed,
    ThreadState,
    When,
)
from tests.integration.store.build import ACCOUNT, ALERT, LATER, NOW, PREDICTION, SECOND, cursor, opened, received

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from jeeves.types import Prediction

QUIET = Suppressed(reason="no_place_needed")
NOON = When(day=date(2026, 3, 6), at=datetime(2026, 3, 6, 12, tzinfo=UTC))


@pytest.fixture
def store(engine: Engine) -> PostgresMessages:
    return PostgresMessages(engine)


@pytest.fixture
def states(engine: Engine) -> PostgresThreads:
    return PostgresThreads(engine)


@pytest.fixture
def pair(store: PostgresMessages) -> tuple[StoredMessage, StoredMessage]:
    """Return two messages of one thread."""
    store.store_batch(ACCOUNT, [received(1), received(2)], cursor(2), reset=False)
    first, second = store.unclassified(2)
    with store._engine.begin() as connection:  # noqa: SLF001 - joining threads has tests of its own
        connection.execute(text("update messages set thread_key = '<1@example.org>'"))
    return first, StoredMessage(id=second.id, message=replace(second.message, thread_key=first.message.thread_key))


def decide(
    store: PostgresMessages,
    stored: StoredMessage,
    state: ThreadState,
    decision: Alert | Suppressed = QUIET,
    prediction: Prediction = PREDICTION,
) -> bool:
    return store.record_decision(stored, prediction, state, decision, channel="console", expires_at=LATER, now=NOW)


def open_first(store: PostgresMessages, first: StoredMessage) -> ThreadState:
    state = replace(opened(first), when=NOON, opened_at=NOW, as_of=NOW, words="Lunch on Friday?")
    assert decide(store, first, state, ALERT)
    return store.thread(first.message.thread_key)


def statuses(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(notifications.c.status).order_by(notifications.c.id)).scalars())


def history(engine: Engine, thread_key: str) -> list[tuple[PlaceState, Cause, int | None, str]]:
    with engine.connect() as connection:
        return [
            (each.state.place_state, each.cause, each.message_id, each.state.words)
            for each in read_history(connection, thread_key)
        ]


def test_a_state_is_read_back_as_it_was_written(
    store: PostgresMessages, pair: tuple[StoredMessage, StoredMessage]
) -> None:
    state = open_first(store, pair[0])

    assert state == replace(opened(pair[0]), when=NOON, opened_at=NOW, as_of=NOW, words="Lunch on Friday?", revision=1)


def test_each_change_is_remembered_with_the_message_that_made_it(
    engine: Engine, store: PostgresMessages, pair: tuple[StoredMessage, StoredMessage]
) -> None:
    first, second = pair
    state = open_first(store, first)

    assert decide(
        store, second, replace(state, place_state=PlaceState.SETTLED, place="the Crown", words="At the Crown.")
    )

    assert history(engine, state.thread_key) == [
        (PlaceState.OPEN, Cause.MESSAGE, first.id, "Lunch on Friday?"),
        (PlaceState.SETTLED, Cause.MESSAGE, second.id, "At the Crown."),
    ]


def test_a_message_that_changes_nothing_leaves_no_trace_in_the_history(
    engine: Engine, store: PostgresMessages, pair: tuple[StoredMessage, StoredMessage]
) -> None:
    state = open_first(store, pair[0])

    assert decide(store, pair[1], state)

    assert len(history(engine, state.thread_key)) == 1


@pytest.mark.parametrize("closed", [each for each in PlaceState if each is not PlaceState.OPEN])
def test_a_waiting_alert_is_withdrawn_with_the_state_that_is_no_longer_open(
    engine: Engine, store: PostgresMessages, pair: tuple[StoredMessage, StoredMessage], closed: PlaceState
) -> None:
    state = open_first(store, pair[0])

    decide(store, pair[1], replace(state, place_state=closed))

    assert statuses(engine) == ["withdrawn"]
    assert PostgresOutbox(engine).claim(NOW + SECOND, timedelta(minutes=1)) is None


def test_an_alert_that_waits_for_what_was_put_off_stays_worth_telling(
    engine: Engine, store: PostgresMessages, pair: tuple[StoredMessage, StoredMessage]
) -> None:
    state = replace(open_first(store, pair[0]), when=When(day=date(2026, 3, 9)))

    assert store.record_decision(
        pair[1], PREDICTION, state, QUIET, channel="console", expires_at=LATER + timedelta(days=3), now=NOW
    )

    with engine.connect() as connection:
        assert connection.execute(select(notifications.c.expires_at)).scalar_one() == LATER + timedelta(days=3)
    assert statuses(engine) == ["pending"]


def test_an_alert_that_is_on_its_way_is_not_withdrawn(
    engine: Engine, store: PostgresMessages, pair: tuple[StoredMessage, StoredMessage]
) -> None:
    state = open_first(store, pair[0])
    assert PostgresOutbox(engine).claim(NOW + SECOND, timedelta(minutes=1)) is not None

    decide(store, pair[1], replace(state, place_state=PlaceState.SETTLED))

    assert statuses(engine) == ["sending"]


def test_one_that_came_back_unsent_after_its_thread_was_settled_is_withdrawn_later(
    engine: Engine, store: PostgresMessages, states: PostgresThreads, pair: tuple[StoredMessage, StoredMessage]
) -> None:
    state = open_first(store, pair[0])
    assert states.withdraw_stale() == 0
    decide(store, pair[1], replace(state, place_state=PlaceState.SETTLED))
    with engine.begin() as connection:
        connection.execute(update(notifications).values(status="pending"))

    assert states.withdraw_stale() == 1
    assert statuses(engine) == ["withdrawn"]


def test_a_state_made_from_an_older_one_is_refused_and_the_message_handed_out_again(
    store: PostgresMessages, states: PostgresThreads, pair: tuple[StoredMessage, StoredMessage]
) -> None:
    stale = open_first(store, pair[0])
    assert states.settle_thread(stale.thread_key, "the Crown", NOW)

    assert not decide(store, pair[1], replace(stale, words="Friday then?"))

    assert store.thread(stale.thread_key).place == "the Crown"
    assert [each.id for each in store.unclassified(5)] == [pair[1].id]


def test_the_owners_word_settles_and_withdraws(
    engine: Engine, store: PostgresMessages, states: PostgresThreads, pair: tuple[StoredMessage, StoredMessage]
) -> None:
    state = open_first(store, pair[0])

    assert states.settle_thread(state.thread_key, "the Crown", NOW)

    settled = store.thread(state.thread_key)
    assert (settled.place_state, settled.place, settled.as_of) == (PlaceState.SETTLED, "the Crown", NOW)
    assert history(engine, state.thread_key)[-1] == (PlaceState.SETTLED, Cause.OWNER, None, "")
    assert statuses(engine) == ["withdrawn"]
    assert states.open_threads() == []


def test_a_thread_that_never_opened_cannot_be_settled(engine: Engine, states: PostgresThreads) -> None:
    assert not states.settle_thread("<unknown>", "the Crown", NOW)
    assert history(engine, "<unknown>") == []


def test_open_threads_come_with_their_message_the_longest_open_first(
    store: PostgresMessages, states: PostgresThreads
) -> None:
    store.store_batch(ACCOUNT, [received(1), received(2)], cursor(2), reset=False)
    first, second = store.unclassified(2)
    decide(store, first, replace(opened(first), opened_at=NOW))
    decide(store, second, replace(opened(second), opened_at=NOW - SECOND))

    found = states.open_threads()

    assert [each.message_id for each in found] == [second.id, first.id]
    assert [each.message.text for each in found] == [second.message.text, first.message.text]
    assert [(each.sentence, each.reminded) for each in found] == [(PREDICTION.sentence, False)] * 2


def test_open_threads_until_a_day_are_those_that_have_one_by_then(
    store: PostgresMessages, states: PostgresThreads
) -> None:
    store.store_batch(ACCOUNT, [received(1), received(2), received(3)], cursor(3), reset=False)
    soon, later, some_day = store.unclassified(3)
    decide(store, soon, replace(opened(soon), when=NOON))
    decide(store, later, replace(opened(later), when=When(day=date(2026, 3, 7))))
    decide(store, some_day, opened(some_day))

    assert [each.message_id for each in states.open_threads(until=date(2026, 3, 6))] == [soon.id]
    assert states.open_threads(until=date(2026, 3, 5)) == []
    assert len(states.open_threads()) == 3


def test_a_reminder_is_queued_once(
    engine: Engine, store: PostgresMessages, states: PostgresThreads, pair: tuple[StoredMessage, StoredMessage]
) -> None:
    state = open_first(store, pair[0])
    [found] = states.open_threads()
    reminder = Alert(dedupe_key=state.reminder_key, reference="b2", body="Still no place.")

    assert states.remind(found, reminder, channel="console", expires_at=LATER, now=NOW)
    assert not states.remind(found, reminder, channel="console", expires_at=LATER, now=NOW)

    assert [each.reminded for each in states.open_threads()] == [True]
    states.settle_thread(state.thread_key, "the Crown", NOW)
    assert statuses(engine) == ["withdrawn", "withdrawn"]


def test_nobody_is_reminded_of_what_they_muted_or_called_wrong(
    engine: Engine, store: PostgresMessages, states: PostgresThreads, pair: tuple[StoredMessage, StoredMessage]
) -> None:
    state = open_first(store, pair[0])
    [found] = states.open_threads()
    reminder = Alert(dedupe_key=state.reminder_key, reference="b2", body="Still no place.")

    PostgresMutes(engine).mute_thread(pair[0].id, LabelSource.SMS, until=None, now=NOW)
    assert not states.remind(found, reminder, channel="console", expires_at=LATER, now=NOW)
    PostgresMutes(engine).unmute_thread(pair[0].id)
    PostgresLabels(engine).add(pair[0].id, Answer.NO, LabelSource.SMS, now=NOW)
    assert not states.remind(found, reminder, channel="console", expires_at=LATER, now=NOW)

    assert [each.refused for each in states.open_threads()] == [True]


def test_when_the_owner_knew_is_when_the_alert_went_out_or_will(
    engine: Engine, store: PostgresMessages, states: PostgresThreads, pair: tuple[StoredMessage, StoredMessage]
) -> None:
    open_first(store, pair[0])
    assert [each.known_at for each in states.open_threads()] == [NOW]
    PostgresWaiting(engine).hold(NOW, NOW + 60 * SECOND, lambda _when: LATER)
    assert [each.known_at for each in states.open_threads()] == [NOW + 60 * SECOND]
    PostgresWaiting(engine).release(NOW + 60 * SECOND, WORDING)

    outbox = PostgresOutbox(engine)
    claimed = outbox.claim(NOW + 61 * SECOND, timedelta(minutes=1))
    assert claimed is not None
    outbox.settle(claimed, NotificationStatus.FAILED, now=LATER, outcome="rejected", next_channel="speech")
    assert [each.known_at for each in states.open_threads()] == [LATER]
    claimed = outbox.claim(LATER, timedelta(minutes=1))
    assert claimed is None  # as it is worthless by now
    assert [each.known_at for each in states.open_threads()] == [None]


def test_nobody_is_reminded_of_what_was_settled_meanwhile(
    engine: Engine, store: PostgresMessages, states: PostgresThreads, pair: tuple[StoredMessage, StoredMessage]
) -> None:
    state = open_first(store, pair[0])
    [found] = states.open_threads()
    states.settle_thread(state.thread_key, "the Crown", NOW)

    reminder = Alert(dedupe_key=state.reminder_key, reference="b2", body="Still no place.")

    assert not states.remind(found, reminder, channel="console", expires_at=LATER, now=NOW)
    assert statuses(engine) == ["withdrawn"]


def test_an_outdated_change_by_the_clock_is_refused(
    store: PostgresMessages, states: PostgresThreads, pair: tuple[StoredMessage, StoredMessage]
) -> None:
    state = open_first(store, pair[0])
    past = replace(state, place_state=PlaceState.PAST)

    assert states.change(past, Cause.CLOCK, NOW)
    assert not states.change(past, Cause.CLOCK, NOW)
    assert store.thread(state.thread_key).place_state is PlaceState.PAST


def test_what_was_open_before_the_migration_has_a_history(empty_database_url: str) -> None:
    engine = connect(empty_database_url)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0005")
        connection.execute(
            text("insert into threads (thread_key, place_state, proposal, updated_at) values ('t', 'open', 1, :now)"),
            {"now": NOW},
        )
    migrate(engine)

    assert history(engine, "t") == [(PlaceState.OPEN, Cause.MESSAGE, None, "")]
    with engine.connect() as connection:
        assert connection.execute(select(threads.c.opened_at)).scalar_one() == NOW
    engine.dispose()
