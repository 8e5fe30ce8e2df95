from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from jeeves.store.alert_history import PostgresAlertHistory
from jeeves.store.messages import PostgresMessages
from jeeves.store.mutes import PostgresMutes
from jeeves.store.outbox import PostgresOutbox
from jeeves.store.schema import messages, notifications
from jeeves.types import Held, LabelSource, Mute, Person, Raised, StoredMessage
from tests.integration.store.build import ACCOUNT, ALERT, LATER, NOW, PREDICTION, SECOND, cursor, opened, received

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from jeeves.types import Alert

DAY = timedelta(days=1)


@pytest.fixture
def mutes(engine: Engine) -> PostgresMutes:
    return PostgresMutes(engine)


@pytest.fixture
def stored(engine: Engine) -> list[StoredMessage]:
    """Store two messages of Ben's in one thread, and one of Cleo's in another."""
    store = PostgresMessages(engine)
    cleo = Person(name="Cleo", address="cleo@example.org")
    batch = [received(1), received(2, thread_key="<1@example.org>"), received(3, sender=cleo)]
    batch = [(replace(raw, gmail_thread=number), message) for number, (raw, message) in enumerate(batch)]
    store.store_batch(ACCOUNT, batch, cursor(3), reset=False)
    return store.unclassified(3)


def muted(engine: Engine, stored: list[StoredMessage], *, now: object = NOW) -> list[bool]:
    return [PostgresAlertHistory(engine).is_muted(each.message, now) for each in stored]  # type: ignore[arg-type] # default only


def test_nothing_is_muted_at_first(engine: Engine, mutes: PostgresMutes, stored: list[StoredMessage]) -> None:
    assert muted(engine, stored) == [False, False, False]
    assert mutes.all(NOW) == []


def test_a_muted_sender_is_silent_in_every_thread(
    engine: Engine, mutes: PostgresMutes, stored: list[StoredMessage]
) -> None:
    mutes.mute_sender("BEN@example.org", LabelSource.CLI, until=None, now=NOW)

    assert muted(engine, stored) == [True, True, False]
    assert mutes.all(NOW) == [Mute(sender="ben@example.org", message_id=None, muted_at=NOW, until=None)]


def test_a_muted_thread_is_silent_whoever_writes(
    engine: Engine, mutes: PostgresMutes, stored: list[StoredMessage]
) -> None:
    mutes.mute_thread(stored[1].id, LabelSource.SMS, until=None, now=NOW)

    assert muted(engine, stored) == [True, True, False]
    (mute,) = mutes.all(NOW)
    assert (mute.message_id, mute.subject) == (stored[1].id, "Lunch?")


def test_a_mute_for_a_while_ends(engine: Engine, mutes: PostgresMutes, stored: list[StoredMessage]) -> None:
    mutes.mute_sender("ben@example.org", LabelSource.CLI, until=NOW + DAY, now=NOW)

    assert muted(engine, stored, now=NOW + DAY - SECOND) == [True, True, False]
    assert muted(engine, stored, now=NOW + DAY) == [False, False, False]
    assert mutes.all(NOW + DAY) == []


def test_muting_again_replaces_the_first(mutes: PostgresMutes, stored: list[StoredMessage]) -> None:
    for until in (NOW + DAY, None):
        mutes.mute_thread(stored[0].id, LabelSource.CLI, until=until, now=NOW)

    assert [each.until for each in mutes.all(NOW)] == [None]


def test_a_mute_is_taken_back_by_any_message_of_the_thread(
    engine: Engine, mutes: PostgresMutes, stored: list[StoredMessage]
) -> None:
    mutes.mute_thread(stored[0].id, LabelSource.CLI, until=None, now=NOW)

    assert not mutes.unmute_thread(stored[2].id)
    assert mutes.unmute_thread(stored[1].id)
    assert muted(engine, stored) == [False, False, False]
    assert not mutes.unmute_sender("ben@example.org")


def test_a_thread_stays_muted_when_it_joins_another(
    engine: Engine, mutes: PostgresMutes, stored: list[StoredMessage]
) -> None:
    mutes.mute_thread(stored[0].id, LabelSource.CLI, until=None, now=NOW)
    with engine.begin() as connection:
        connection.execute(update(messages).values(thread_key="one"))

    joined = replace(stored[2], message=replace(stored[2].message, thread_key="one"))

    assert muted(engine, [joined]) == [True]


def test_the_sender_of_a_message_is_known(mutes: PostgresMutes, stored: list[StoredMessage]) -> None:
    assert mutes.sender_of(stored[2].id) == "cleo@example.org"
    assert mutes.sender_of(10**15) is None


def record(engine: Engine, stored: StoredMessage, alert: Alert, *, probability: float = 0.9) -> None:
    assert PostgresMessages(engine).record_decision(
        stored,
        replace(PREDICTION, probability=probability),
        opened(stored),
        replace(alert, dedupe_key=f"{stored.message.thread_key}#1"),
        channel="sms",
        expires_at=LATER,
        now=NOW + stored.id * SECOND,
    )


def test_what_waits_to_be_told_of_a_muted_sender_is_withdrawn(
    engine: Engine, mutes: PostgresMutes, stored: list[StoredMessage]
) -> None:
    record(engine, stored[0], ALERT)
    record(engine, stored[2], ALERT)

    mutes.mute_sender("ben@example.org", LabelSource.CLI, until=None, now=NOW)

    with engine.connect() as connection:
        found = connection.execute(select(notifications.c.status).order_by(notifications.c.id)).scalars()
        assert list(found) == ["withdrawn", "pending"]


def test_alerts_are_remembered_with_how_sure_they_were_and_why_they_waited(
    engine: Engine, stored: list[StoredMessage]
) -> None:
    record(engine, stored[0], ALERT, probability=0.8)
    record(engine, stored[2], replace(ALERT, due_at=LATER, held=Held.BUDGET), probability=0.7)

    history = PostgresAlertHistory(engine)

    assert history.raised_since(NOW) == [
        Raised(at=NOW + stored[0].id * SECOND, probability=0.8),
        Raised(at=NOW + stored[2].id * SECOND, probability=0.7, held=Held.BUDGET),
    ]
    assert history.raised_since(NOW + stored[2].id * SECOND) == []


def test_an_alert_that_waits_is_left_alone_by_the_outbox(engine: Engine, stored: list[StoredMessage]) -> None:
    record(engine, stored[0], replace(ALERT, due_at=NOW, held=Held.QUIET))

    assert PostgresOutbox(engine).claim(LATER - SECOND, DAY) is None
