from __future__ import annotations

from datetime import timedelta

import pytest

from jeeves.errors import DeliveryUnconfirmed, NotificationRejected
from jeeves.types import Receipt
from tests.integration.notify.build import NOW, OWNER, SENDER, alert, call_notifier
from tests.servers.twilio_stub import TwilioStub  # noqa: TC001 - pytest reads the annotations of fixtures


def test_a_call_says_the_alert_twice_with_the_reference_spelled(stub: TwilioStub) -> None:
    receipt = call_notifier(stub.url).send(alert())

    said = "Ada Holm suggests: lunch. Where? Reference b 2."
    assert stub.calls_received == [[said, said]]
    assert receipt == Receipt(provider_id=stub.resources[0].sid, delivered=False)
    assert (stub.resources[0].form["To"], stub.resources[0].form["From"]) == (OWNER, SENDER)


@pytest.mark.parametrize("character", ["&", "<", ">", '"', "é", "🍜"])
def test_the_longest_alert_fits_however_much_it_is_escaped(stub: TwilioStub, character: str) -> None:
    call_notifier(stub.url).send(alert(body=character * 2_000))

    ((first, _),) = stub.calls_received
    assert first.startswith(character * 299)


def test_a_finished_call_counts_as_delivered(stub: TwilioStub) -> None:
    notifier = call_notifier(stub.url)
    notifier.send(alert())
    stub.resources[0].status = "completed"

    found = notifier.find(alert())

    assert found == Receipt(provider_id=stub.resources[0].sid, delivered=True)


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled"])
def test_a_call_that_did_not_get_through_goes_to_the_next_channel(stub: TwilioStub, status: str) -> None:
    notifier = call_notifier(stub.url)
    notifier.send(alert())
    stub.resources[0].status = status

    with pytest.raises(NotificationRejected):
        notifier.find(alert())


def test_a_call_is_tracked_until_it_was_taken(stub: TwilioStub) -> None:
    notifier = call_notifier(stub.url)
    placed = alert(provider_id=notifier.send(alert()).provider_id)

    assert not notifier.track(placed).delivered
    stub.resources[0].status = "completed"
    assert notifier.track(placed).delivered
    stub.resources[0].status = "no-answer"
    with pytest.raises(NotificationRejected, match="no-answer"):
        notifier.track(placed)


def test_the_call_of_another_alert_is_not_taken_for_this_one(stub: TwilioStub) -> None:
    notifier = call_notifier(stub.url)
    other = notifier.send(alert(id=2, reference="c2"))

    assert notifier.find(alert(other_ids=frozenset({other.provider_id}))) is None
    placed = notifier.send(alert())
    assert notifier.find(alert(other_ids=frozenset({other.provider_id}))) == placed


def test_after_the_clock_was_set_back_nobody_knows_whether_a_call_was_placed(stub: TwilioStub) -> None:
    notifier = call_notifier(stub.url)
    ahead = alert(created_at=NOW + timedelta(hours=1))
    notifier.send(ahead)

    with pytest.raises(DeliveryUnconfirmed):
        notifier.find(ahead)


@pytest.mark.parametrize(
    ("to", "sender", "age"),
    [
        ("+15550177", SENDER, timedelta()),
        (OWNER, "+15550178", timedelta()),
        (OWNER, SENDER, timedelta(minutes=4)),
    ],
    ids=["to somebody else", "from another number", "before the alert was written"],
)
def test_another_call_is_not_taken_for_the_alert(stub: TwilioStub, to: str, sender: str, age: timedelta) -> None:
    other = stub.create("Calls", {"To": to, "From": sender, "Twiml": "<Response><Say>x</Say></Response>"})
    other.created_at = NOW - age
    other.status = "completed"

    assert call_notifier(stub.url).find(alert()) is None
