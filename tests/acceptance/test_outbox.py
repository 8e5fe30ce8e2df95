"""``jeeves outbox`` by the real program, and what is told when a channel does not work."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.installation import PROPOSAL, letter, wait_until
from tests.servers.twilio_stub import Failure

if TYPE_CHECKING:
    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer
    from tests.servers.twilio_stub import TwilioStub


def listed(installation: Installation, *options: str) -> list[dict[str, Any]]:
    finished = installation.run("outbox", "list", "--json", *options)
    assert finished.returncode == 0, finished.stderr
    found: list[dict[str, Any]] = json.loads(finished.stdout)
    return found


def test_an_alert_that_waits_is_listed_withdrawn_and_sent_after_all(
    installation: Installation, server: GmailLikeServer, twilio: TwilioStub
) -> None:
    installation.sections["alerts"]["channels"] = ["sms"]
    assert installation.run("outbox", "list").stdout == "Nothing is on its way.\n"
    twilio.next_failures.append(Failure(status=429, code=20429, headers={"Retry-After": "3600"}))
    server.deliver("INBOX", letter(1, PROPOSAL))
    installation.run("run", "--once")

    (waiting,) = listed(installation)
    assert (waiting["status"], waiting["channel"], waiting["last_outcome"]) == ("pending", "sms", "unavailable")
    reference = waiting["reference"]
    shown = installation.run("outbox", "list").stdout
    assert "pending, 1 attempt, last unavailable" in shown
    assert "Ada Holm suggests: lunch" in shown
    assert max(map(len, shown.splitlines())) <= 80

    cancelled = installation.run("outbox", "cancel", reference)
    assert (cancelled.returncode, cancelled.stdout) == (0, f"{reference} by sms ({waiting['id']}): is not sent.\n")
    assert (listed(installation), listed(installation, "--all")[0]["status"]) == ([], "withdrawn")
    installation.run("run", "--once")
    assert twilio.texts_received == []

    assert installation.run("outbox", "retry", str(waiting["id"])).returncode == 0
    installation.run("run", "--once")
    assert len(twilio.texts_received) == 1

    refused = installation.run("outbox", "retry", reference, "--json")
    assert refused.returncode == 1
    (order,) = json.loads(refused.stdout)["orders"]
    assert (order["done"], order["said"], order["status"]) == (False, "has gone out", "sent")
    assert installation.run("outbox", "cancel", reference).returncode == 1


@pytest.mark.parametrize(("order", "name"), [("retry", "b2"), ("cancel", "9" * 24), ("cancel", "\x1b[2J")])
def test_an_alert_that_does_not_exist_is_said_so(installation: Installation, order: str, name: str) -> None:
    finished = installation.run("outbox", order, "--", name)

    assert finished.returncode == 1
    assert finished.stdout.startswith("There is no alert")
    assert "\x1b" not in finished.stdout


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (Failure(status=404, code=20404), "does not know this account"),
        (Failure(status=401, code=20003), "refused the account SID or the auth token"),
        (Failure(status=400, code=21608), "reaches verified numbers only"),
        (Failure(status=400, code=21614), "cannot take text messages"),
        (Failure(status=400, code=21610), "has opted out"),
    ],
    ids=["wrong SID", "revoked token", "number not verified", "landline", "opted-out owner"],
)
def test_what_keeps_a_channel_from_working_is_told_once_by_the_next_and_in_the_status(
    installation: Installation, server: GmailLikeServer, twilio: TwilioStub, failure: Failure, told: str
) -> None:
    installation.sections["alerts"]["channels"] = ["sms", "console"]
    twilio.next_failures += [failure, failure]
    server.deliver("INBOX", letter(1, PROPOSAL))
    first = installation.run("run", "--once")
    server.deliver("INBOX", letter(2, PROPOSAL))
    second = installation.run("run", "--once")

    assert "Ada Holm suggests: lunch" in first.stdout
    assert told in first.stdout
    assert "Ada Holm suggests: lunch" in second.stdout
    assert told not in second.stdout
    report = installation.status()
    assert (report["alerts"]["failed"], report["alerts"]["delivered"]) == (2, 2)
    (trouble,) = report["troubles"]
    assert told in trouble["message"]
    assert "notify.sms" in trouble["advice"]


def test_a_text_message_that_does_not_arrive_goes_to_the_next_channel_when_twilio_tells(
    installation: Installation, server: GmailLikeServer, twilio: TwilioStub
) -> None:
    installation.sections["alerts"]["channels"] = ["sms", "console"]
    twilio.next_status, twilio.next_error_code = "undelivered", 30006
    server.deliver("INBOX", letter(1, PROPOSAL))

    alert = installation.start().next_alert()

    assert "Ada Holm suggests: lunch" in alert
    assert "landline" in alert
    assert (len(twilio.resources), twilio.texts_received) == (1, [])


def test_a_text_message_is_followed_until_it_arrived(
    installation: Installation, server: GmailLikeServer, twilio: TwilioStub
) -> None:
    installation.sections["alerts"]["channels"] = ["sms", "console"]
    twilio.next_status = "delivered"
    server.deliver("INBOX", letter(1, PROPOSAL))

    daemon = installation.start()

    wait_until(lambda: installation.status()["alerts"]["delivered"] == 1)
    assert daemon.lines == []


def test_without_proof_of_delivery_the_next_channel_speaks_too(
    installation: Installation, server: GmailLikeServer, twilio: TwilioStub
) -> None:
    installation.sections["alerts"] |= {"channels": ["sms", "console"], "escalate_after": "1s"}
    server.deliver("INBOX", letter(1, PROPOSAL))

    assert "Ada Holm suggests: lunch" in installation.start().next_alert()
    assert len(twilio.texts_received) == 1
