from __future__ import annotations

from datetime import timedelta

import pytest

from jeeves.actions.deliver import Plan, Settlement, explained, next_channel, plan_settlement
from jeeves.errors import DeliveryUnconfirmed, NotDelivered, NotificationRejected, NotifierUnavailable
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


def test_what_is_not_found_at_once_is_looked_for_again_before_it_is_sent_again() -> None:
    def looked_for(age: timedelta) -> Settlement:
        tried = notification(status=NotificationStatus.UNCONFIRMED, tried_at=NOON - age)
        return plan_settlement(tried, None, CHANNELS, now=NOON, random=0.0)

    early = looked_for(timedelta(seconds=20))
    assert (early.status, early.next_attempt_at) == (NotificationStatus.UNCONFIRMED, NOON + timedelta(seconds=40))
    assert looked_for(timedelta(seconds=60)).status is NotificationStatus.PENDING


@pytest.mark.parametrize(
    ("attempt", "status", "following"),
    [(1, NotificationStatus.PENDING, None), (2, NotificationStatus.FAILED, "speech")],
)
def test_what_did_not_arrive_is_tried_once_more(
    attempt: int, status: NotificationStatus, following: str | None
) -> None:
    found = notification(status=NotificationStatus.UNCONFIRMED, attempt=attempt)
    settlement = plan_settlement(found, NotDelivered("off"), CHANNELS, now=NOON, random=0.0)
    assert (settlement.status, settlement.next_channel) == (status, following)


def test_the_next_channel_tells_what_keeps_this_one_from_working() -> None:
    text = explained(notification(body='Ada: lunch. Where? "Shall we?" [b2]'), 'Twilio refused the "token".')
    assert text == "Ada: lunch. Where? \"Shall we?\" (sms: Twilio refused the 'token'; see jeeves status) [b2]"


@pytest.mark.parametrize(("channel", "following"), [("sms", "speech"), ("console", None), ("dropped", "sms")])
def test_next_channel(channel: str, following: str | None) -> None:
    assert next_channel(channel, CHANNELS) == following


def test_each_mailbox_may_have_an_order_of_channels_of_its_own() -> None:
    plan = Plan(channels=("sms", "call"), accounts={"work@example.com": ("sms", "email", "console")})

    assert plan.channels_for(notification(account="work@example.com")) == ("sms", "email", "console")
    assert plan.channels_for(notification(account="gone@example.com")) == ("sms", "call")
    assert plan.following_in == {"work@example.com": {"sms": "email", "email": "console"}}
