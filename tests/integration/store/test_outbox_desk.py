from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from jeeves.store.outbox import PostgresOutbox
from jeeves.store.outbox_desk import Order, cancel, read_outbox, retry
from jeeves.store.waiting import PostgresWaiting
from jeeves.types import NotificationStatus
from tests.integration.store.build import LATER, NOW
from tests.integration.store.test_outbox import LEASE, claimed, kill_workers, queue, states

if TYPE_CHECKING:
    from sqlalchemy import Engine

DAY = timedelta(days=1)


@pytest.fixture
def outbox(engine: Engine) -> PostgresOutbox:
    return PostgresOutbox(engine)


def order(orders: list[Order]) -> tuple[bool, str]:
    (only,) = orders
    return only.done, only.said


def again(engine: Engine, name: str = "k0", *, surely: bool = False) -> tuple[bool, str]:
    return order(retry(engine, name, now=NOW + DAY, until=NOW + 2 * DAY, again=surely))


@pytest.mark.parametrize("outcome", ["rejected", "undelivered", "escalated"])
def test_an_alert_that_surely_did_not_go_out_is_sent_again(
    engine: Engine, outbox: PostgresOutbox, outcome: str
) -> None:
    queue(engine)
    outbox.settle(claimed(outbox), NotificationStatus.FAILED, now=NOW, outcome=outcome)

    assert again(engine) == (True, "is sent again")

    found = claimed(outbox, NOW + DAY)
    assert (found.status, found.expires_at) == (NotificationStatus.SENDING, NOW + 2 * DAY)


@pytest.mark.parametrize("outcome", ["unknowable", "rejected_unconfirmed", "escalated_unconfirmed", "lease_expired"])
def test_an_alert_that_may_have_gone_out_is_sent_again_only_when_told_so(
    engine: Engine, outbox: PostgresOutbox, outcome: str
) -> None:
    queue(engine)
    outbox.settle(claimed(outbox), NotificationStatus.FAILED, now=NOW, outcome=outcome)

    done, said = again(engine)
    assert not done
    assert "may have reached you already by sms" in said
    assert states(engine) == [("sms", "failed")]
    assert again(engine, surely=True) == (True, "is sent again")


def test_an_alert_that_another_channel_sent_may_have_reached_its_owner(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    outbox.settle(claimed(outbox), NotificationStatus.FAILED, now=NOW, outcome="rejected", next_channel="call")
    outbox.settle(claimed(outbox), NotificationStatus.SENT, now=NOW, outcome="sent")

    done, said = again(engine)

    assert not done
    assert "by call" in said


def test_an_alert_that_expired_unsent_is_worth_something_again(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    assert outbox.claim(LATER, LEASE) is None

    assert again(engine) == (True, "is sent again")
    assert claimed(outbox, NOW + DAY).attempt == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (NotificationStatus.PENDING, "is waiting to be sent anyway"),
        (NotificationStatus.UNCONFIRMED, "may have gone out: the provider is being asked"),
        (NotificationStatus.SENT, "has gone out"),
        (NotificationStatus.DELIVERED, "has gone out"),
    ],
)
def test_what_is_not_over_or_has_gone_out_is_never_sent_again(
    engine: Engine, outbox: PostgresOutbox, status: NotificationStatus, said: str
) -> None:
    queue(engine)
    outbox.settle(claimed(outbox), status, now=NOW, outcome=status.value)

    assert again(engine, surely=True) == (False, said)
    assert states(engine) == [("sms", status.value)]


def test_an_alert_in_somebodys_hands_is_neither_sent_again_nor_withdrawn(
    engine: Engine, outbox: PostgresOutbox
) -> None:
    queue(engine)
    claimed(outbox)
    assert again(engine) == (False, "is being sent this moment")

    kill_workers(engine)
    claimed(outbox, NOW + LEASE)
    assert again(engine) == (False, "is being sent this moment")
    assert order(cancel(engine, "k0", now=NOW))[0] is False
    assert states(engine) == [("sms", "unconfirmed")]


def test_every_waiting_alert_of_a_reference_is_withdrawn(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    outbox.settle(claimed(outbox), NotificationStatus.FAILED, now=NOW, outcome="rejected", next_channel="call")

    said = [(each.entry.channel, each.done, each.said) for each in cancel(engine, "K0", now=NOW)]

    assert said == [("sms", False, "is over already (failed)"), ("call", True, "is not sent")]
    assert states(engine) == [("sms", "failed"), ("call", "withdrawn")]
    assert outbox.claim(NOW + DAY, LEASE) is None


def test_no_channel_follows_what_was_sent_and_then_cancelled(engine: Engine, outbox: PostgresOutbox) -> None:
    queue(engine)
    outbox.settle(claimed(outbox), NotificationStatus.SENT, now=NOW, outcome="sent", escalate_at=NOW + LEASE)

    assert order(cancel(engine, "k0", now=NOW)) == (False, "has gone out; no other channel follows")
    assert outbox.escalate(NOW + LEASE, {"sms": "call"}, longest=LEASE) == 0


def test_the_list_holds_what_is_on_its_way_or_everything_the_latest_first(
    engine: Engine, outbox: PostgresOutbox
) -> None:
    queue(engine, 3)
    outbox.settle(claimed(outbox), NotificationStatus.FAILED, now=NOW, outcome="rejected")

    assert [entry.reference for entry in read_outbox(engine, everything=False, limit=10)] == ["k2", "k1"]
    assert [entry.reference for entry in read_outbox(engine, everything=True, limit=2)] == ["k2", "k1"]
    assert read_outbox(engine, everything=True, limit=10)[2].last_outcome == "rejected"


def test_one_that_waited_when_it_was_withdrawn_is_sent_again_without_waiting(
    engine: Engine, outbox: PostgresOutbox
) -> None:
    queue(engine)
    PostgresWaiting(engine).hold(NOW, NOW + DAY, lambda _when: LATER)
    cancel(engine, "k0", now=NOW)

    assert again(engine) == (True, "is sent again")
    assert claimed(outbox, NOW + DAY).reference == "k0"
