from __future__ import annotations

from datetime import timedelta

import pytest

from jeeves.actions.deliver import Settlement, next_channel, plan_settlement
from jeeves.errors import DeliveryUnconfirmed, NotificationRejected, NotifierUnavailable
from jeeves.types import NotificationStatus, Receipt
from tests.unit.records import NOON, notification

CHANNELS = ("sms", "speech", "console")
Result = Receipt | NotifierUnavailable | NotificationRejected | DeliveryUnconfirmed | None


def settle(result: Result, status: NotificationStatus = NotificationStatus.SENDING) -> Settlement:
    return plan_settlement(notification(status=status), result, CHANNELS, now=NOON, random=0.0)


@pytest.mark.parametrize(
    ("result", "status", "following"),
    [
        (Receipt(provider_id="SM1"), NotificationStatus.SENT, None),
        (Receipt(delivered=True), NotificationStatus.DELIVERED, None),
        (NotifierUnavailable("busy"), NotificationStatus.PENDING, None),
        (NotificationRejected("landline"), NotificationStatus.FAILED, "speech"),
        (DeliveryUnconfirmed("time-out"), NotificationStatus.UNCONFIRMED, None),
    ],
)
def test_what_follows_from_sending(result: Result, status: NotificationStatus, following: str | None) -> None:
    settlement = settle(result)
    assert (settlement.status, settlement.next_channel) == (status, following)


@pytest.mark.parametrize(
    ("result", "status", "following"),
    [
        (Receipt(provider_id="SM1"), NotificationStatus.SENT, None),
        (None, NotificationStatus.PENDING, None),
        (NotifierUnavailable("busy"), NotificationStatus.UNCONFIRMED, None),
        (DeliveryUnconfirmed("cannot know"), NotificationStatus.FAILED, "speech"),
    ],
)
def test_what_follows_from_asking(result: Result, status: NotificationStatus, following: str | None) -> None:
    settlement = settle(result, NotificationStatus.UNCONFIRMED)
    assert (settlement.status, settlement.next_channel) == (status, following)


def test_an_unconfirmed_alert_is_asked_about_before_it_may_be_sent_again() -> None:
    settlement = settle(DeliveryUnconfirmed("time-out"))
    assert settlement.next_attempt_at is not None
    assert settlement.next_attempt_at > NOON


def test_retry_after_is_honoured() -> None:
    assert settle(NotifierUnavailable("slow down", retry_after=120)).next_attempt_at == NOON + timedelta(seconds=120)


@pytest.mark.parametrize(("channel", "following"), [("sms", "speech"), ("console", None), ("dropped", "sms")])
def test_next_channel(channel: str, following: str | None) -> None:
    assert next_channel(channel, CHANNELS) == following
