from __future__ import annotations

import io
import logging
import re
import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from jeeves.errors import DeliveryUnconfirmed
from jeeves.notify.console import ConsoleNotifier
from jeeves.notify.speech import SpeechNotifier
from tests.integration.notify.build import (
    NOW,
    OWNER,
    alert,
    call_notifier,
    email_notifier,
    mail_server,
    ntfy_notifier,
    push_services,
    shown,
    sms_notifier,
    twilio_stub,
    webhook_notifier,
)
from tests.servers.espeak import require_espeak

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jeeves.ports import Notifier
    from tests.servers.push_services import PushServices
    from tests.servers.smtp import MailServer

HOSTILE = {
    "escape sequences": "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b31m \x08\x08 lunch",
    "markup": "</Say><Dial>+15550199</Dial><Say> & ]]> <!-- \"'",
    "a megabyte": "lunch? " * 150_000,
    "emoji": "lunch 🍜 👩‍👩‍👧 \U0001f3f4\U000e0067\U000e0062\U000e007f",
    "Japanese": "木曜日に昼ご飯を食べませんか。場所はどこ?",
    "NUL and noncharacters": "lunch\x00 on\ufffe Thursday\uffff \ud800 ok",
    "line breaks": "lunch\r\nBcc: everyone\u2028and\x85more",
    "shell and phonemes": "$(reboot); `id` | [[h@l'oU]] && -w /etc/passwd",
    "nothing": "",
}
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    notifier: Notifier
    received: Callable[[], list[str]]  # what reached the owner, one entry per alert
    can_know: bool  # find tells whether an alert went out


def _console() -> Channel:
    stream = io.StringIO()
    return Channel(
        notifier=ConsoleNotifier(stream, clock=lambda: NOW),
        received=lambda: stream.getvalue().removesuffix("\n").split("\n") if stream.getvalue() else [],
        can_know=False,
    )


def _speech(folder: Path) -> Channel:
    require_espeak()

    def recordings() -> list[str]:
        lengths = []
        for path in folder.iterdir():
            with wave.open(str(path), "rb") as recording:
                lengths.append(f"{recording.getnframes()} frames")
        return lengths

    return Channel(notifier=SpeechNotifier("espeak-ng", folder), received=recordings, can_know=False)


def _email(server: MailServer) -> Channel:
    return Channel(
        notifier=email_notifier(server.port),
        received=lambda: [mail.get_content().removesuffix("\n").removesuffix("\r") for mail in server.mails],
        can_know=False,
    )


def _ntfy(services: PushServices) -> Channel:
    return Channel(
        notifier=ntfy_notifier(services),
        received=lambda: [each["message"] for each in services.published],
        can_know=True,
    )


def _webhook(services: PushServices) -> Channel:
    return Channel(
        notifier=webhook_notifier(), received=lambda: [each["text"] for each in services.posted], can_know=False
    )


@pytest.fixture(params=["console", "speech", "sms", "call", "email", "ntfy", "webhook"])
def channel(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    if request.param == "console":
        yield _console()
    elif request.param == "speech":
        yield _speech(tmp_path)
    elif request.param == "email":
        with mail_server(monkeypatch) as server:
            yield _email(server)
    elif request.param in ("ntfy", "webhook"):
        with push_services(monkeypatch) as services:
            yield _ntfy(services) if request.param == "ntfy" else _webhook(services)
    else:
        with twilio_stub(monkeypatch) as stub:
            if request.param == "sms":
                yield Channel(notifier=sms_notifier(stub.url), received=lambda: stub.texts_received, can_know=True)
            else:
                yield Channel(
                    notifier=call_notifier(stub.url),
                    received=lambda: [said for said, _ in stub.calls_received],
                    can_know=True,
                )


def test_an_alert_reaches_the_owner_once_and_gives_a_receipt(channel: Channel) -> None:
    receipt = channel.notifier.send(alert())

    assert receipt.delivered or receipt.provider_id
    assert len(channel.received()) == 1


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_arrives_as_one_harmless_line(channel: Channel, body: str) -> None:
    channel.notifier.send(alert(body=body))

    (received,) = channel.received()
    assert not FORBIDDEN.search(received)


def test_two_alerts_arrive_as_two(channel: Channel) -> None:
    channel.notifier.send(alert(id=1, reference="b2"))
    channel.notifier.send(alert(id=2, reference="c2", body="Tom suggests: tea. Where? [c2]"))

    assert len(channel.received()) == 2


def test_nothing_of_an_alert_is_logged(channel: Channel, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "urllib3.connectionpool", "twilio.http_client"):
        caplog.set_level(logging.DEBUG, logger=name)

    channel.notifier.send(alert())
    if channel.can_know:
        channel.notifier.find(alert())

    assert OWNER.strip("+") not in caplog.text
    assert "lunch" not in caplog.text
    assert "Accounts" not in caplog.text


def test_an_alert_that_went_out_is_found_or_said_to_be_unknowable(channel: Channel) -> None:
    receipt = channel.notifier.send(alert())

    if channel.can_know:
        found = channel.notifier.find(alert())
        assert found is not None
        assert found.provider_id == receipt.provider_id
    else:
        with pytest.raises(DeliveryUnconfirmed) as caught:
            channel.notifier.find(alert())
        assert "lunch" not in shown(caught.value)


def test_an_alert_that_never_went_out_is_not_found(channel: Channel) -> None:
    if channel.can_know:
        assert channel.notifier.find(alert()) is None
    else:
        with pytest.raises(DeliveryUnconfirmed):
            channel.notifier.find(alert())
    assert channel.received() == []
