"""``jeeves notify-test`` by the real program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.servers.twilio_stub import Failure

if TYPE_CHECKING:
    from tests.acceptance.installation import Installation
    from tests.servers.twilio_stub import TwilioStub


def test_each_configured_channel_gets_a_message_and_a_line(installation: Installation, twilio: TwilioStub) -> None:
    installation.sections["alerts"]["channels"] = ["sms", "console"]

    finished = installation.run("notify-test", "--wait", "0")

    assert finished.returncode == 0, finished.stderr
    assert twilio.texts_received == ["This is a test: alerts by Jeeves reach you this way. [test]"]
    assert f"sms: sent; whether it arrived, the channel has not told ({twilio.resources[0].sid})" in finished.stdout
    assert "console: delivered" in finished.stdout


def test_it_waits_for_the_provider_to_tell_that_it_arrived(installation: Installation, twilio: TwilioStub) -> None:
    installation.sections["alerts"]["channels"] = ["sms"]
    twilio.next_status = "delivered"

    finished = installation.run("notify-test", "--json")

    assert json.loads(finished.stdout) == [
        {
            "channel": "sms",
            "verdict": "delivered",
            "said": "",
            "advice": "",
            "provider_id": twilio.resources[0].sid,
        }
    ]


def test_a_channel_that_fails_is_told_with_the_key_to_mend_and_the_others_are_tested(
    installation: Installation, twilio: TwilioStub
) -> None:
    installation.sections["alerts"]["channels"] = ["sms", "console"]
    twilio.next_failures.append(Failure(status=401, code=20003))

    finished = installation.run("notify-test")

    assert finished.returncode == 1
    assert "sms: failed" in finished.stdout
    assert "notify.sms.auth_token" in finished.stdout
    assert "console: delivered" in finished.stdout


def test_a_landline_shows_while_it_waits(installation: Installation, twilio: TwilioStub) -> None:
    installation.sections["alerts"]["channels"] = ["sms"]
    twilio.next_status, twilio.next_error_code = "undelivered", 30006

    finished = installation.run("notify-test")

    assert finished.returncode == 1
    assert "landline" in finished.stdout


def test_one_channel_can_be_tested_before_alerts_go_there(installation: Installation, twilio: TwilioStub) -> None:
    finished = installation.run("notify-test", "--channel", "call", "--wait", "0")

    assert finished.returncode == 0, finished.stderr
    assert len(twilio.calls_received) == 1
    assert finished.stdout.startswith("call: sent")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("smss", 'did you mean "sms"?'), ("call", "Add a section [notify.call]"), ("\x1b[2J", "There is no channel")],
)
def test_a_channel_that_is_unknown_or_not_set_up_is_one_sentence(
    installation: Installation, name: str, sentence: str
) -> None:
    finished = installation.run("notify-test", "--channel", name)

    assert finished.returncode in (1, 2)
    assert sentence in finished.stdout + finished.stderr
    assert "Traceback" not in finished.stderr
    assert "\x1b" not in finished.stdout + finished.stderr


def test_a_secret_that_is_missing_fails_its_own_channel_only(installation: Installation, twilio: TwilioStub) -> None:
    installation.sections["alerts"]["channels"] = ["sms", "console"]
    del installation.environment["TWILIO_TOKEN"]

    finished = installation.run("notify-test")

    assert finished.returncode == 1
    assert "TWILIO_TOKEN is not set" in finished.stdout
    assert "console: delivered" in finished.stdout
    assert twilio.requests == []
