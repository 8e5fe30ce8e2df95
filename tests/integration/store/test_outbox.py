from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from jeeves.store.messages import PostgresMessages
from jeeves.store.outbox import PostgresOutbox
from jeeves.store.schema import delivery_attempts, notifications
from jeeves.types import NotificationStatus
from tests.integration.store.build import ACCOUNT, ALERT, LATER, NOW, PREDICTION, SECOND, cursor, opened, received

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from jeeves.types import Notification

LEASE = timedelta(minutes=2)


@pytest.fixture
def outbox(engine: Engine) -> PostgresOutbox:
    return PostgresOutbox(engine)


def queue(engine: Engine, count: int = 1) -> None:
    store = PostgresMessages(engine)
    store.store_batch(ACCOUNT, [received(uid) for uid in range(1, count + 1)], cursor(count), reset=False)
    for number, stored in enumerate(store.unclassified(count)):
        alert = replace(ALERT, dedupe_key=f"thread#{number}", reference=f"k{number}")
        store.record_decision(
            stored, PREDICTION, opened(stored), alert, channel="sms", expires_at=LATER, now=NOW + number * SECOND
        )


def claimed(outbox: PostgresOutbox, now: object = NOW) -> Notification:
    found = outbox.claim(now, LEASE)  # type: ignore[arg-type] # default only
    assert found is not None
    return found


def kill_workers(engine: Engine) -> None:
    """Do to everybody who holds an alert what kill -9 does: his connection is gone.

    In this database only: the server may serve other tests too.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text(
                "select pg_terminate_backend(pid, 30000) from pg_locks where locktype = 'advisory' and pid <> :own"
                " and database = (select oid from pg_database where datname = current_database())"
            ),
            {"own": connection.execute(text("select pg_backend_pid()")).scalar_one()},
        ).all()


def states(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        found = connection.execute(select(notifications).order_by(notifications.c.id))
        return [(row.channel, row.status) for row in found]


def outcomes(engine: Engine) -> list[tuple[int, str | None]]:
    with engine.connect() as connection:
        found = connection.execute(select(delivery_attempts).order_by(delivery_attempts.c.attempt))
        return [(row.attempt, row.outcome) for row in found]


def test_an_empty_outbox_has_nothing_to_claim(outbox: PostgresOutbox) -> None:
    assert outbox.claim(NOW, LEASE) is None


def test_a_claimed_alert_is_handed_out_whole_and_only_once(outbox: PostgresOutbox, engine: Engine) -> None:
    queue(engine)

    first = claimed(outbox)

    assert (first.channel, first.body, first.reference) == ("sms", ALERT.body, "k0")
    assert (first.status, first.attempt) == (NotificationStatus.SENDING, 1)
    assert (first.created_at, first.expires_at) == (NOW, LATER)
    assert outbox.claim(NOW, LEASE) is None


def test_the_alert_that_is_due_longest_goes_first(outbox: PostgresOutbox, engine: Engine) -> None:
    queue(engine, 2)

    assert [claimed(outbox, NOW + SECOND).reference for _ in range(2)] == ["k0", "k1"]


def test_two_workers_never_claim_the_same_alert(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine, 20)
    ready = threading.Barrier(2)
    taken: list[int] = []

    def run() -> None:
        ready.wait()
        while (found := outbox.claim(LATER - LEASE, LEASE)) is not None:
            taken.append(found.id)
            outbox.release(found)

    workers = [threading.Thread(target=run) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(taken) == 20
    assert len(set(taken)) == 20


def test_a_row_another_transaction_holds_is_passed_over_without_waiting(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine, 2)

    with engine.begin() as other:
        other.execute(select(notifications).where(notifications.c.reference == "k0").with_for_update())

        assert claimed(outbox, NOW + SECOND).reference == "k1"


def test_a_sent_alert_is_settled_for_good(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    first = claimed(outbox)

    assert outbox.settle(first, NotificationStatus.SENT, now=NOW + SECOND, outcome="sent", provider_id="SM1")

    assert states(engine) == [("sms", "sent")]
    assert outcomes(engine) == [(1, "sent")]
    assert outbox.claim(NOW + timedelta(days=1), LEASE) is None
    with engine.connect() as connection:
        assert connection.execute(select(notifications.c.provider_id)).scalar_one() == "SM1"


def test_an_attempt_is_settled_once(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    first = claimed(outbox)
    outbox.settle(first, NotificationStatus.SENT, now=NOW, outcome="sent")

    assert not outbox.settle(first, NotificationStatus.FAILED, now=NOW, outcome="rejected", next_channel="console")

    assert states(engine) == [("sms", "sent")]


def test_a_postponed_alert_waits_until_it_is_due(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    due = NOW + timedelta(minutes=5)
    outbox.settle(claimed(outbox), NotificationStatus.PENDING, now=NOW, outcome="unavailable", next_attempt_at=due)

    assert outbox.claim(due - SECOND, LEASE) is None
    assert claimed(outbox, due).attempt == 2


def test_a_lease_that_ran_out_is_handed_out_as_unconfirmed(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    claimed(outbox)

    kill_workers(engine)

    assert outbox.claim(NOW + LEASE - SECOND, LEASE) is None
    second = claimed(outbox, NOW + LEASE)

    assert (second.status, second.attempt) == (NotificationStatus.UNCONFIRMED, 2)
    assert outcomes(engine) == [(1, "lease_expired"), (2, None)]


def test_an_unconfirmed_alert_has_one_holder_too_and_stays_unconfirmed_when_he_dies(
    engine: Engine, outbox: PostgresOutbox
) -> None:
    queue(engine)
    claimed(outbox)
    kill_workers(engine)
    claimed(outbox, NOW + LEASE)
    kill_workers(engine)

    assert outbox.claim(NOW + LEASE, LEASE) is None
    assert claimed(outbox, NOW + 2 * LEASE).status is NotificationStatus.UNCONFIRMED


def test_the_worker_whose_lease_ran_out_can_no_longer_settle(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    stale = claimed(outbox)
    kill_workers(engine)
    current = claimed(outbox, NOW + LEASE)

    assert not outbox.settle(stale, NotificationStatus.FAILED, now=NOW + LEASE, outcome="rejected")
    assert outbox.settle(current, NotificationStatus.SENT, now=NOW + LEASE, outcome="found")

    assert states(engine) == [("sms", "sent")]
    assert outcomes(engine) == [(1, "lease_expired"), (2, "found")]


def test_a_late_worker_may_still_settle_while_nobody_has_taken_over(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    first = claimed(outbox)

    assert outbox.settle(first, NotificationStatus.SENT, now=NOW + 2 * LEASE, outcome="sent")


def test_an_alert_left_unconfirmed_comes_back_as_such_when_due(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    due = NOW + timedelta(minutes=1)
    outbox.settle(claimed(outbox), NotificationStatus.UNCONFIRMED, now=NOW, outcome="timeout", next_attempt_at=due)

    assert outbox.claim(due - SECOND, LEASE) is None
    assert claimed(outbox, due).status is NotificationStatus.UNCONFIRMED


def test_an_unconfirmed_alert_found_unsent_is_sent_again(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    claimed(outbox)
    kill_workers(engine)
    unconfirmed = claimed(outbox, NOW + LEASE)

    outbox.settle(unconfirmed, NotificationStatus.PENDING, now=NOW + LEASE, outcome="not_found")

    again = claimed(outbox, NOW + LEASE)
    assert (again.status, again.attempt) == (NotificationStatus.SENDING, 3)


def test_a_pending_alert_past_its_time_expires_unsent(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)

    assert outbox.claim(LATER, LEASE) is None

    assert states(engine) == [("sms", "expired")]


def test_an_alert_is_claimed_until_the_moment_it_expires(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)

    assert claimed(outbox, LATER - SECOND).status is NotificationStatus.SENDING


def test_an_alert_that_may_have_gone_out_is_looked_up_even_after_it_expired(
    engine: Engine, outbox: PostgresOutbox
) -> None:
    queue(engine)
    claimed(outbox)
    kill_workers(engine)

    assert claimed(outbox, LATER + SECOND).status is NotificationStatus.UNCONFIRMED


def test_a_rejected_alert_goes_to_the_next_channel_with_the_same_text(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    first = claimed(outbox)
    moment = NOW + SECOND

    assert outbox.settle(first, NotificationStatus.FAILED, now=moment, outcome="rejected", next_channel="console")

    second = claimed(outbox, moment)
    assert states(engine) == [("sms", "failed"), ("console", "sending")]
    assert (second.body, second.reference, second.dedupe_key) == (first.body, first.reference, first.dedupe_key)
    assert (second.attempt, second.created_at, second.expires_at) == (1, moment, first.expires_at)


def test_an_alert_is_queued_once_a_channel(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    outbox.settle(claimed(outbox), NotificationStatus.FAILED, now=NOW, outcome="rejected", next_channel="console")

    second = claimed(outbox)
    outbox.settle(second, NotificationStatus.FAILED, now=NOW, outcome="rejected", next_channel="sms")

    assert states(engine) == [("sms", "failed"), ("console", "failed")]


def test_a_provider_id_once_known_is_not_forgotten(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    outbox.settle(claimed(outbox), NotificationStatus.UNCONFIRMED, now=NOW, outcome="timeout", provider_id="SM1")

    outbox.settle(claimed(outbox), NotificationStatus.SENT, now=NOW, outcome="found")

    with engine.connect() as connection:
        assert connection.execute(select(notifications.c.provider_id)).scalar_one() == "SM1"


def test_an_outcome_with_odd_letters_is_recorded(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)

    assert outbox.settle(
        claimed(outbox), NotificationStatus.FAILED, now=NOW, outcome="\0\udc80'", provider_id="\0", next_channel="c\0"
    )

    assert outcomes(engine) == [(1, "\ufffd\ufffd'")]


def test_in_quiet_hours_nothing_is_handed_out_to_be_sent_but_questions_are(
    engine: Engine, outbox: PostgresOutbox
) -> None:
    queue(engine, 2)
    lost = claimed(outbox)
    outbox.settle(lost, NotificationStatus.UNCONFIRMED, now=NOW, outcome="unconfirmed", next_attempt_at=NOW)

    asked = outbox.claim(NOW + SECOND, LEASE, quiet=True)
    assert asked is not None
    assert (asked.id, asked.status) == (lost.id, NotificationStatus.UNCONFIRMED)
    outbox.settle(asked, NotificationStatus.PENDING, now=NOW, outcome="not_found", next_attempt_at=NOW)
    assert outbox.claim(NOW + SECOND, LEASE, quiet=True) is None
    assert outbox.claim(NOW + SECOND, LEASE) is not None
