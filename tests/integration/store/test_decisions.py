from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from jeeves.store.decisions import Attempt, Decision, find_thread, read_decisions
from jeeves.store.messages import PostgresMessages
from jeeves.store.outbox import PostgresOutbox
from jeeves.store.thread_states import PostgresThreads
from jeeves.types import Cause, NotificationStatus, PlaceState, Suppressed
from tests.integration.store.build import ACCOUNT, ALERT, LATER, NOW, PREDICTION, cursor, opened, received
from tests.integration.store.test_waiting import DUE, hold, release
from tests.integration.store.test_waiting import claimed as claimed_ones

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from jeeves.types import Alert, StoredMessage


@pytest.fixture
def stored(engine: Engine) -> StoredMessage:
    store = PostgresMessages(engine)
    store.store_batch(ACCOUNT, [received(1)], cursor(1), reset=False)
    [only] = store.unclassified(2)
    return only


def decide(engine: Engine, stored: StoredMessage, decision: Alert | Suppressed) -> None:
    assert PostgresMessages(engine).record_decision(
        stored, PREDICTION, opened(stored), decision, channel="console", expires_at=LATER, now=NOW
    )


def test_a_number_nobody_has_is_none(engine: Engine, stored: StoredMessage) -> None:
    assert read_decisions(engine, stored.id + 1) is None


def test_a_message_whose_turn_has_not_come_has_no_decision(engine: Engine, stored: StoredMessage) -> None:
    found = read_decisions(engine, stored.id)

    assert found is not None
    assert found.message.text == stored.message.text
    assert (found.decided_at, found.decisions, found.told) == (None, (), False)


def test_an_alert_is_read_back_as_it_was_decided(engine: Engine, stored: StoredMessage) -> None:
    decide(engine, stored, ALERT)

    found = read_decisions(engine, stored.id)

    assert found is not None
    assert (found.decided_at, found.told) == (NOW, True)
    assert found.decisions == (
        Decision(
            model_version="starter-1",
            probability=0.93,
            needs_place=True,
            alerts=True,
            why=ALERT.dedupe_key,
            decided_at=NOW,
            sentence=PREDICTION.sentence,
            reasons=PREDICTION.reasons,
        ),
    )


def test_the_states_of_the_thread_and_the_ways_of_its_alerts_are_read_back(
    engine: Engine, stored: StoredMessage
) -> None:
    decide(engine, stored, ALERT)
    outbox = PostgresOutbox(engine)
    claimed = outbox.claim(NOW, timedelta(minutes=1))
    assert claimed is not None
    outbox.settle(claimed, NotificationStatus.FAILED, now=LATER, outcome="rejected", next_channel="sms")
    PostgresThreads(engine).settle_thread(stored.message.thread_key, "the Crown", LATER)

    found = read_decisions(engine, stored.id)

    assert found is not None
    assert [(each.state.place_state, each.state.place, each.cause, each.message_id) for each in found.thread] == [
        (PlaceState.OPEN, "", Cause.MESSAGE, stored.id),
        (PlaceState.SETTLED, "the Crown", Cause.OWNER, None),
    ]
    assert [(each.channel, each.status, each.is_reminder) for each in found.channels] == [
        ("console", "failed", False),
        ("sms", "withdrawn", False),
    ]
    assert [each.attempts for each in found.channels] == [(Attempt(started_at=NOW, outcome="rejected"),), ()]


def test_a_thread_is_found_by_its_name(engine: Engine, stored: StoredMessage) -> None:
    assert find_thread(engine, stored.message.thread_key) == stored.id
    assert find_thread(engine, "<unknown@example.org>") is None


def test_a_silence_is_read_back_with_its_reason(engine: Engine, stored: StoredMessage) -> None:
    decide(engine, stored, Suppressed(reason="own_message"))

    found = read_decisions(engine, stored.id)

    assert found is not None
    assert [(each.alerts, each.why) for each in found.decisions] == [(False, "own_message")]
    assert not found.told


def test_of_an_alert_that_was_told_in_a_digest_the_ways_of_the_digest_are_read_back(engine: Engine) -> None:
    hold(engine, 2)
    release(engine)
    (digest,) = claimed_ones(engine)
    PostgresOutbox(engine).settle(digest, NotificationStatus.SENT, now=DUE, outcome="sent")

    for number in (1, 2):
        found = read_decisions(engine, number)
        assert found is not None
        [told] = found.channels
        assert (told.channel, told.status, told.in_digest) == ("sms", "sent", True)
        assert told.attempts == (Attempt(started_at=DUE, outcome="sent"),)
