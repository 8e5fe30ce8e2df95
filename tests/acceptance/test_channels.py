"""An alert from the mailbox to each channel, by the real daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.acceptance.installation import PROPOSAL, letter, wait_until
from tests.servers.espeak import require_espeak
from tests.servers.twilio_stub import Failure, Trouble

if TYPE_CHECKING:
    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer
    from tests.servers.twilio_stub import TwilioStub


def test_a_text_message_says_who_and_what_with_a_reference(
    installation: Installation, server: GmailLikeServer, twilio: TwilioStub
) -> None:
    installation.sections["alerts"]["channels"] = ["sms", "console"]
    server.deliver("INBOX", letter(1, PROPOSAL))
    finished = installation.run("run", "--once")
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == ""
    (text,) = twilio.texts_received
    assert "Ada Holm suggests: lunch" in text
    assert text.endswith("]")
    assert installation.status()["alerts"]["sent"] == 1


def test_a_refused_text_message_goes_to_the_next_channel_and_shows_in_the_status(
    installation: Installation, server: GmailLikeServer, twilio: TwilioStub
) -> None:
    installation.sections["alerts"]["channels"] = ["sms", "call", "console"]
    twilio.next_failures += [Failure(status=400, code=21211), Failure(status=401, code=20003)]
    server.deliver("INBOX", letter(1, PROPOSAL))
    finished = installation.run("run", "--once")
    assert "Ada Holm suggests: lunch" in finished.stdout
    assert {trouble["component"] for trouble in installation.status()["troubles"]} == {"sms", "call"}


def test_an_answer_lost_on_the_way_does_not_text_twice(
    installation: Installation, server: GmailLikeServer, twilio: TwilioStub
) -> None:
    installation.sections["alerts"]["channels"] = ["sms"]
    twilio.next_failures.append(Trouble.DROP_AFTER_ACCEPTING)
    server.deliver("INBOX", letter(1, PROPOSAL))
    installation.start()
    wait_until(lambda: installation.status()["alerts"]["sent"] == 1)
    assert len(twilio.texts_received) == 1


def test_a_call_says_it(installation: Installation, server: GmailLikeServer, twilio: TwilioStub) -> None:
    installation.sections["alerts"]["channels"] = ["call"]
    server.deliver("INBOX", letter(1, PROPOSAL))
    installation.run("run", "--once")
    (said,) = twilio.calls_received
    assert "Ada Holm suggests: lunch" in said[0]


def test_speech_is_kept_as_a_wav_where_no_loudspeaker_is(installation: Installation, server: GmailLikeServer) -> None:
    require_espeak()
    kept = installation.folder / "said"
    installation.sections["alerts"]["channels"] = ["speech"]
    installation.sections["notify.speech"] = {"wav_dir": str(kept)}
    server.deliver("INBOX", letter(1, PROPOSAL))
    finished = installation.run("run", "--once")
    assert finished.returncode == 0, finished.stderr
    (wav,) = kept.glob("*.wav")
    assert wav.read_bytes()[:4] == b"RIFF"
    assert wav.stat().st_size > 20_000
