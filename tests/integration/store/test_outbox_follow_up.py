from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from jeeves.store.labels import PostgresLabels
from jeeves.store.messages import PostgresMessages
from jeeves.store.mutes import PostgresMutes
from jeeves.store.outbox import PostgresOutbox
from jeeves.store.schema import notifications, threads
from jeeves.types import Answer, LabelSource, NotificationStatus
from tests.integration.store.build import LATER, NOW, SECOND
from tests.integration.store.test_outbox import LEASE, claimed, kill_workers, outcomes, queue, states

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from jeeves.types import Notification

MINUTE = timedelta(minutes=1)
WAIT = 10 * MINUTE
HOUR = timedelta(hours=1)


@pytest.fixture
def outbox(engine: Engine) -> PostgresOutbox:
    return PostgresOutbox(engine)


def sent(engine: Engine, outbox: PostgresOutbox) -> Notification:
    queue(engine)
    found = claimed(outbox)
    outbox.settle(
        found,
        NotificationStatus.SENT,
        now=NOW,
        outcome="sent",
        provider_id="SM1",
        check_at=NOW + MINUTE,
        escalate_at=NOW + WAIT,
    )
    return found


def escalate(outbox: PostgresOutbox, now: datetime) -> int:
    return outbox.escalate(now, {"sms": "call"}, longest=WAIT)


def test_a_sent_alert_is_handed_out_for_a_question_when_it_is_due_and_to_one_at_a_time(
    engine: Engine, outbox: PostgresOutbox
) -> None:
    sent(engine, outbox)

    assert outbox.claim_check(NOW + MINUTE - SECOND, LEASE) is None
    found = outbox.claim_check(NOW + MINUTE, LEASE)
    assert found is not None
    assert (found.status, found.provider_id, found.tried_at) == (NotificationStatus.SENT, "SM1", NOW)
    assert outbox.claim_check(NOW + MINUTE, LEASE) is None
    assert outbox.claim_check(NOW + MINUTE + LEASE, LEASE) is not None


def test_proof_of_delivery_ends_it(engine: Engine, outbox: PostgresOutbox) -> None:
    sent(engine, outbox)
    found = outbox.claim_check(NOW + MINUTE, LEASE)
    assert found is not None

    assert outbox.settle(found, NotificationStatus.DELIVERED, now=NOW + MINUTE, outcome="delivered")

    assert (states(engine), outcomes(engine)) == ([("sms", "delivered")], [(1, "delivered")])
    assert outbox.claim_check(LATER, LEASE) is None
    assert escalate(outbox, LATER) == 0


def test_an_alert_still_under_way_keeps_its_history_and_is_asked_about_again(
    engine: Engine, outbox: PostgresOutbox
) -> None:
    sent(engine, outbox)
    found = outbox.claim_check(NOW + MINUTE, LEASE)
    assert found is not None

    outbox.settle(found, NotificationStatus.SENT, now=NOW + MINUTE, outcome="under_way", check_at=NOW + 2 * MINUTE)

    assert outcomes(engine) == [(1, "sent")]
    assert outbox.claim_check(NOW + 2 * MINUTE, LEASE) is not None


def test_without_proof_of_delivery_the_next_channel_takes_over_once(engine: Engine, outbox: PostgresOutbox) -> None:
    sent(engine, outbox)

    assert escalate(outbox, NOW + WAIT - SECOND) == 0
    assert escalate(outbox, NOW + WAIT) == 1
    assert escalate(outbox, NOW + WAIT) == 0

    assert states(engine) == [("sms", "sent"), ("call", "pending")]


@pytest.mark.parametrize("status", [NotificationStatus.PENDING, NotificationStatus.UNCONFIRMED])
def test_an_alert_that_cannot_be_sent_for_too_long_is_given_up_for_the_next_channel(
    engine: Engine, outbox: PostgresOutbox, status: NotificationStatus
) -> None:
    queue(engine)
    outbox.settle(
        claimed(outbox), status, now=NOW, outcome="unavailable", next_attempt_at=LATER, escalate_at=NOW + WAIT
    )

    assert escalate(outbox, NOW + WAIT) == 1

    assert states(engine) == [("sms", "failed"), ("call", "pending")]
    assert claimed(outbox, NOW + WAIT).channel == "call"


def test_the_wait_for_the_next_channel_begins_with_the_first_attempt(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    outbox.settle(claimed(outbox), NotificationStatus.PENDING, now=NOW, outcome="unavailable", escalate_at=NOW + WAIT)
    outbox.settle(
        claimed(outbox), NotificationStatus.PENDING, now=NOW, outcome="unavailable", escalate_at=NOW + 2 * WAIT
    )

    assert escalate(outbox, NOW + WAIT) == 1


def test_an_alert_being_sent_is_not_taken_away_by_the_next_channel(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    outbox.settle(claimed(outbox), NotificationStatus.PENDING, now=NOW, outcome="unavailable", escalate_at=NOW + WAIT)
    claimed(outbox, NOW + WAIT)

    assert escalate(outbox, NOW + WAIT) == 0


def test_nothing_escalates_once_the_place_is_known(engine: Engine, outbox: PostgresOutbox) -> None:
    sent(engine, outbox)
    with engine.begin() as connection:
        connection.execute(update(threads).values(place_state="settled"))

    assert escalate(outbox, NOW + WAIT) == 0
    assert states(engine) == [("sms", "sent")]


def test_an_alert_that_arrives_after_all_calls_the_next_channel_off(engine: Engine, outbox: PostgresOutbox) -> None:
    sent(engine, outbox)
    escalate(outbox, NOW + WAIT)
    found = outbox.claim_check(NOW + WAIT, LEASE)
    assert found is not None

    outbox.settle(found, NotificationStatus.DELIVERED, now=NOW + WAIT, outcome="delivered")

    assert states(engine) == [("sms", "delivered"), ("call", "withdrawn")]


def test_an_alert_asked_about_knows_what_the_provider_called_the_others(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine, 3)
    for provider_id in ("CA1", "CA2"):
        found = claimed(outbox, NOW + 5 * SECOND)
        outbox.settle(found, NotificationStatus.SENT, now=NOW, outcome="sent", provider_id=provider_id)
    claimed(outbox, NOW + 5 * SECOND)
    kill_workers(engine)

    assert claimed(outbox, NOW + LEASE + 5 * SECOND).other_ids == {"CA1", "CA2"}


# Clocks that jump


def test_a_clock_that_jumps_ahead_takes_no_alert_from_a_worker_who_lives(
    engine: Engine, outbox: PostgresOutbox
) -> None:
    queue(engine)
    first = claimed(outbox)

    assert PostgresOutbox(engine).claim(NOW + HOUR, LEASE) is None

    assert outbox.settle(first, NotificationStatus.SENT, now=NOW + HOUR, outcome="sent")
    assert states(engine) == [("sms", "sent")]


def test_a_clock_set_back_takes_no_alert_from_a_worker_who_lives(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    claimed(outbox)

    assert PostgresOutbox(engine).claim(NOW - HOUR, LEASE) is None


def test_a_clock_set_back_does_not_keep_a_dead_workers_alert(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    claimed(outbox)
    kill_workers(engine)

    assert claimed(outbox, NOW - HOUR).status is NotificationStatus.UNCONFIRMED


def test_a_clock_set_back_does_not_put_off_what_waits(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    then = NOW - 24 * HOUR

    first = claimed(outbox, then)
    assert first.created_at == then
    outbox.settle(first, NotificationStatus.PENDING, now=then, outcome="unavailable", next_attempt_at=then + MINUTE)
    assert outbox.claim(then, LEASE) is None
    assert claimed(outbox, then + MINUTE).attempt == 2


def test_a_clock_set_back_puts_off_neither_question_nor_escalation(engine: Engine, outbox: PostgresOutbox) -> None:
    sent(engine, outbox)
    then = NOW - 24 * HOUR

    assert outbox.claim_check(then, LEASE) is not None
    assert escalate(outbox, then) == 1


def test_a_worker_who_failed_to_settle_lets_go(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    outbox.release(claimed(outbox))

    assert claimed(outbox, NOW + LEASE).status is NotificationStatus.UNCONFIRMED


def test_a_message_in_no_known_thread_escalates(engine: Engine, outbox: PostgresOutbox) -> None:
    sent(engine, outbox)
    with engine.begin() as connection:
        connection.execute(threads.delete())

    assert escalate(outbox, NOW + WAIT) == 1
    assert PostgresMessages(engine).unclassified(1) == []
    with engine.connect() as connection:
        assert connection.execute(notifications.select()).all()[1].escalated_from is not None


def test_an_alert_of_a_get_together_that_was_settled_and_opened_anew_does_not_escalate(
    engine: Engine, outbox: PostgresOutbox
) -> None:
    sent(engine, outbox)
    with engine.begin() as connection:
        thread = connection.execute(update(threads).values(proposal=2).returning(threads.c.thread_key)).scalar_one()
        connection.execute(update(notifications).values(dedupe_key=f"{thread}#1"))

    assert escalate(outbox, NOW + WAIT) == 0


def test_nothing_escalates_that_the_owner_called_wrong_or_muted(engine: Engine, outbox: PostgresOutbox) -> None:
    sent(engine, outbox)
    PostgresMutes(engine).mute_sender("ben@example.org", LabelSource.CLI, until=None, now=NOW)
    assert escalate(outbox, NOW + WAIT) == 0

    PostgresMutes(engine).unmute_sender("ben@example.org")
    PostgresLabels(engine).add(1, Answer.NO, LabelSource.CLI, now=NOW)
    with engine.begin() as connection:
        connection.execute(update(notifications).values(escalate_at=NOW))
    assert escalate(outbox, NOW + WAIT) == 0
