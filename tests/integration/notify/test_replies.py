from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest

from jeeves.errors import NotificationRejected, NotifierUnavailable
from tests.integration.notify.build import NOW, SERVICE, alert, replies_from, shown, sms_notifier
from tests.servers.twilio_form import fault_of_listing
from tests.servers.twilio_stub import Failure, Trouble, TwilioStub

if TYPE_CHECKING:
    from jeeves.types import Inbound

STRANGER = "+15550199"


def texts(found: list[Inbound]) -> list[tuple[str, bool]]:
    return [(each.text, each.from_owner) for each in found]


def test_what_the_owner_and_others_texted_comes_in_the_order_of_time(stub: TwilioStub) -> None:
    first, second = stub.receive("1"), stub.receive("win a prize", sender=STRANGER)
    second.created_at += timedelta(minutes=1)

    found = replies_from(stub.url).received_since(NOW - timedelta(hours=1))

    assert texts(found) == [("1", True), ("win a prize", False)]
    assert found[0].sid == first.sid
    assert (found[0].received_at, found[0].received_at.tzinfo) == (NOW, UTC)


def test_texts_of_the_same_second_come_in_the_order_they_were_written(stub: TwilioStub) -> None:
    said = [str(number) for number in range(20)]
    for text in said:
        stub.receive(text)

    found = replies_from(stub.url).received_since(NOW)

    assert [each.text for each in found] == said


def test_what_we_texted_ourselves_is_no_reply(stub: TwilioStub) -> None:
    sms_notifier(stub.url).send(alert())

    assert replies_from(stub.url).received_since(NOW - timedelta(hours=1)) == []


def test_what_came_in_before_is_left_out_also_on_the_same_day(stub: TwilioStub) -> None:
    for hours in (30, 3, 0):
        stub.receive(f"{hours} hours ago").created_at -= timedelta(hours=hours)

    found = replies_from(stub.url).received_since(NOW - timedelta(hours=1))

    assert texts(found) == [("0 hours ago", True)]


def test_with_a_messaging_service_only_the_owners_texts_are_asked_for(stub: TwilioStub) -> None:
    stub.receive("1", to="+15550777")
    stub.receive("win a prize", sender=STRANGER)

    found = replies_from(stub.url, {"messaging_service": SERVICE}).received_since(NOW - timedelta(hours=1))

    assert texts(found) == [("1", True)]


def test_many_texts_are_read_in_one_request(stub: TwilioStub) -> None:
    for number in range(300):
        stub.receive(f"{number}", sender=STRANGER)
    stub.receive("1")

    found = replies_from(stub.url).received_since(NOW - timedelta(hours=1))

    assert len(found) == 301
    assert len(stub.requests) == 1


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (Failure(status=401, code=20003), NotificationRejected),
        (Failure(status=429, code=20429, headers={"Retry-After": "7"}), NotifierUnavailable),
        (Failure(status=503), NotifierUnavailable),
        (Trouble.HANG_AFTER_ACCEPTING, NotifierUnavailable),
        (Trouble.DROP_AFTER_ACCEPTING, NotifierUnavailable),
        (Trouble.SLOW_BODY, NotifierUnavailable),
    ],
)
def test_trouble_is_sorted_and_shows_no_number_nor_text(
    stub: TwilioStub, trouble: Failure | Trouble, error: type[Exception]
) -> None:
    stub.receive("1 secret")
    stub.next_failures.append(trouble)

    with pytest.raises(error) as caught:
        replies_from(stub.url).received_since(NOW)

    told = shown(caught.value)
    assert not any(private in told for private in ("+15550101", "+15550100", "secret", stub.account_sid))


@pytest.mark.parametrize(
    "query",
    [
        {"Body": "1"},
        {"to": "+15550100"},
        {"To": "15550100"},
        {"PageSize": "1001"},
        {"PageSize": "0"},
        {"DateSent>": "yesterday"},
    ],
)
def test_the_stub_takes_no_listing_that_twilio_would_not(query: dict[str, str]) -> None:
    assert fault_of_listing("Messages", query) is not None
    assert fault_of_listing("Messages", {"To": "+15550100", "DateSent>": "2026-05-12", "PageSize": "1000"}) is None
