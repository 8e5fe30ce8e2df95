from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from jeeves.actions.deliver import Plan
from jeeves.actions.follow_up import Answer, plan_after_check
from jeeves.assist.follow_up import next_check_at
from jeeves.errors import NotDelivered, NotificationRejected, NotifierUnavailable
from jeeves.types import NotificationStatus, Receipt
from tests.unit.records import NOON, notification

CHANNELS = ("sms", "call", "console")


@pytest.mark.parametrize(
    ("answer", "status", "following"),
    [
        (Receipt(provider_id="SM1"), NotificationStatus.SENT, None),
        (Receipt(provider_id="SM1", delivered=True), NotificationStatus.DELIVERED, None),
        (NotifierUnavailable("busy"), NotificationStatus.SENT, None),
        (NotDelivered("switched off"), NotificationStatus.PENDING, None),
        (NotificationRejected("landline"), NotificationStatus.FAILED, "call"),
    ],
)
def test_what_follows_from_the_providers_answer(
    answer: Answer, status: NotificationStatus, following: str | None
) -> None:
    sent = notification(status=NotificationStatus.SENT)
    settlement = plan_after_check(sent, answer, CHANNELS, now=NOON, random=0.0)
    assert (settlement.status, settlement.next_channel) == (status, following)


def test_what_did_not_arrive_twice_goes_to_the_next_channel() -> None:
    sent = notification(status=NotificationStatus.SENT, attempt=2)
    settlement = plan_after_check(sent, NotDelivered("switched off"), CHANNELS, now=NOON, random=0.0)
    assert (settlement.status, settlement.next_channel) == (NotificationStatus.FAILED, "call")


def test_a_provider_is_asked_soon_then_ever_less_often_and_not_for_ever() -> None:
    expires_at = NOON + timedelta(hours=12)
    asked = [NOON]
    while (following := next_check_at(NOON, asked[-1], expires_at)) is not None:
        asked.append(following)
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert gaps[0] == timedelta(seconds=10)
    assert gaps == sorted(gaps)
    assert gaps[-1] == timedelta(minutes=15)
    assert len(asked) < 80


def test_each_channel_but_the_last_is_followed_by_another() -> None:
    assert Plan(channels=CHANNELS).following == {"sms": "call", "call": "console"}
