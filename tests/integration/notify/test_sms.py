from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from jeeves.errors import NotDelivered, NotificationRejected, NotifierUnavailable, UserError
from jeeves.types import Receipt
from tests.integration.notify.build import NOW, OWNER, SENDER, SERVICE, alert, sms_notifier
from tests.servers.twilio_stub import Failure, TwilioStub

if TYPE_CHECKING:
    from datetime import datetime


def test_a_text_message_goes_from_the_configured_number_to_the_owner(stub: TwilioStub) -> None:
    receipt = sms_notifier(stub.url).send(alert())

    (message,) = stub.resources
    assert receipt == Receipt(provider_id=message.sid, delivered=False)
    assert message.form == {
        "To": OWNER,
        "From": SENDER,
        "Body": "Ada Holm suggests: lunch. Where? [b2]",
        "ValidityPeriod": "3600",
    }


def test_a_messaging_service_chooses_the_sender_when_one_is_configured(stub: TwilioStub) -> None:
    notifier = sms_notifier(stub.url, {"messaging_service": SERVICE})

    notifier.send(alert())

    (message,) = stub.resources
    assert message.form["MessagingServiceSid"] == SERVICE
    assert "From" not in message.form
    assert notifier.find(alert()) == Receipt(provider_id=message.sid)


@pytest.mark.parametrize(
    ("expires_at", "period"),
    [
        (NOW + timedelta(days=3), "36000"),
        (NOW + timedelta(seconds=90.9), "90"),
        (NOW, "1"),
        (NOW - timedelta(days=1), "1"),
    ],
)
def test_twilio_stops_trying_when_the_alert_is_worthless(stub: TwilioStub, expires_at: datetime, period: str) -> None:
    sms_notifier(stub.url).send(alert(expires_at=expires_at))

    assert stub.resources[0].form["ValidityPeriod"] == period


def test_typographic_characters_do_not_double_the_price(stub: TwilioStub) -> None:
    sms_notifier(stub.url).send(alert(body="“Łukasz\u2019s café” \u2013 where… [b2]"))

    assert stub.texts_received == ['"Lukasz\'s café" - where... [b2]']


def test_a_long_alert_is_cut_and_keeps_its_reference(stub: TwilioStub) -> None:
    sms_notifier(stub.url).send(alert(body="lunch " * 100 + "[b2]"))

    (text,) = stub.texts_received
    assert len(text) <= 160
    assert text.endswith("... [b2]")


def test_the_owner_may_pay_for_two_messages(stub: TwilioStub) -> None:
    sms_notifier(stub.url, {"from": SENDER, "segments": 2}).send(alert(body="lunch " * 100 + "[b2]"))

    (text,) = stub.texts_received
    assert 200 < len(text) <= 306


def test_an_alert_that_is_still_queued_is_found(stub: TwilioStub) -> None:
    notifier = sms_notifier(stub.url)
    receipt = notifier.send(alert())

    assert notifier.find(alert()) == receipt


def test_an_alert_that_was_delivered_is_found_as_such(stub: TwilioStub) -> None:
    notifier = sms_notifier(stub.url)
    notifier.send(alert())
    stub.resources[0].status = "delivered"

    found = notifier.find(alert())

    assert found == Receipt(provider_id=stub.resources[0].sid, delivered=True)


def test_an_alert_sent_just_before_midnight_is_found_just_after(stub: TwilioStub) -> None:
    notifier = sms_notifier(stub.url)
    notifier.send(alert())
    stub.resources[0].status = "sent"

    assert notifier.find(alert(created_at=NOW + timedelta(minutes=4))) is not None


def test_an_alert_that_twilio_could_not_deliver_goes_to_the_next_channel(stub: TwilioStub) -> None:
    notifier = sms_notifier(stub.url)
    notifier.send(alert())
    stub.resources[0].status = "undelivered"

    with pytest.raises(NotificationRejected):
        notifier.find(alert())


@pytest.mark.parametrize(
    ("status", "delivered"), [("queued", False), ("sent", False), ("delivered", True), ("read", True)]
)
def test_a_sent_alert_is_tracked_until_it_is_delivered(stub: TwilioStub, status: str, delivered: bool) -> None:  # noqa: FBT001 - a column of the table
    notifier = sms_notifier(stub.url)
    receipt = notifier.send(alert())
    stub.resources[0].status = status

    found = notifier.track(alert(provider_id=receipt.provider_id))

    assert found == Receipt(provider_id=receipt.provider_id, delivered=delivered)


@pytest.mark.parametrize(
    ("code", "error"), [(30003, NotDelivered), (30006, NotificationRejected), (None, NotificationRejected)]
)
def test_tracking_tells_why_an_alert_did_not_arrive(stub: TwilioStub, code: int | None, error: type[Exception]) -> None:
    notifier = sms_notifier(stub.url)
    receipt = notifier.send(alert())
    stub.resources[0].status, stub.resources[0].error_code = "undelivered", code

    with pytest.raises(error):
        notifier.track(alert(provider_id=receipt.provider_id))


@pytest.mark.parametrize(
    "failure",
    [Failure(status=401, code=20003), Failure(status=404, code=20404), Failure(status=503), Failure(status=429)],
    ids=str,
)
def test_an_alert_twilio_does_not_want_to_speak_of_is_not_taken_for_undelivered(
    stub: TwilioStub, failure: Failure
) -> None:
    notifier = sms_notifier(stub.url)
    receipt = notifier.send(alert())
    stub.next_failures.append(failure)

    with pytest.raises(NotifierUnavailable):
        notifier.track(alert(provider_id=receipt.provider_id))


def test_an_earlier_try_that_did_not_arrive_is_not_taken_for_the_second(stub: TwilioStub) -> None:
    notifier = sms_notifier(stub.url)
    first = notifier.send(alert())
    stub.resources[0].status = "undelivered"
    tried_again = alert(provider_id=first.provider_id)

    assert notifier.find(tried_again) is None
    second = notifier.send(tried_again)
    assert notifier.find(tried_again) == second


def test_an_alert_written_by_a_clock_that_was_ahead_is_found_by_its_text(stub: TwilioStub) -> None:
    notifier = sms_notifier(stub.url)
    ahead = alert(created_at=NOW + timedelta(days=400))
    receipt = notifier.send(ahead)

    assert notifier.find(ahead) == receipt


def test_a_trial_accounts_opening_words_hide_no_alert(stub: TwilioStub) -> None:
    notifier = sms_notifier(stub.url)
    receipt = notifier.send(alert())
    stub.resources[0].form["Body"] = "Sent from your Twilio trial account - " + stub.resources[0].form["Body"]

    assert notifier.find(alert()) == receipt


@pytest.mark.parametrize(
    ("body", "age"),
    [
        ("Ada Holm suggests: lunch. Where? [c2]", timedelta()),
        ('Eve suggests: tea. Where? "as I said [b2]" [c2]', timedelta()),
        ("An earlier database's alert. [b2]", timedelta(days=1)),
    ],
    ids=["another reference", "a mail quoting the reference", "the same reference of long ago"],
)
def test_another_text_message_is_not_taken_for_the_alert(stub: TwilioStub, body: str, age: timedelta) -> None:
    other = stub.create("Messages", {"To": OWNER, "From": SENDER, "Body": body})
    other.created_at -= age
    other.status = "delivered"

    assert sms_notifier(stub.url).find(alert()) is None


def test_an_alert_is_found_among_many_newer_ones(stub: TwilioStub) -> None:
    notifier = sms_notifier(stub.url)
    receipt = notifier.send(alert())
    for number in range(150):
        stub.create("Messages", {"To": OWNER, "From": SENDER, "Body": f"Newer. [d{number}]"})

    assert notifier.find(alert()) == receipt


def test_a_secret_that_is_missing_is_told_at_the_start(stub: TwilioStub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_TWILIO_TOKEN")

    with pytest.raises(UserError, match=r"notify\.sms\.auth_token"):
        sms_notifier(stub.url)


def test_a_secret_that_vanishes_later_rejects_the_alert(stub: TwilioStub, monkeypatch: pytest.MonkeyPatch) -> None:
    notifier = sms_notifier(stub.url)
    monkeypatch.delenv("TEST_TWILIO_TOKEN")

    with pytest.raises(NotificationRejected, match=r"notify\.sms\.auth_token"):
        notifier.send(alert())


def test_a_secret_that_was_rotated_is_picked_up(stub: TwilioStub, monkeypatch: pytest.MonkeyPatch) -> None:
    notifier = sms_notifier(stub.url)
    stub.auth_token = "rotated"
    monkeypatch.setenv("TEST_TWILIO_TOKEN", "rotated")

    notifier.send(alert())

    assert len(stub.texts_received) == 1


def test_a_token_no_header_can_hold_is_rejected_without_showing_it(
    stub: TwilioStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    notifier = sms_notifier(stub.url)
    monkeypatch.setenv("TEST_TWILIO_TOKEN", "päss\u2603")

    with pytest.raises(NotificationRejected) as caught:
        notifier.send(alert())

    assert "notify.sms.auth_token" in caught.value.advice
    assert "\u2603" not in str(caught.value)
