"""Notifiers that talk to servers of ours, configured as an owner would.

Lives here: how they are built. Must not live here: tests.
"""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from jeeves.config import Call, Email, Ntfy, Sms, Webhook
from jeeves.notify.call import CallNotifier
from jeeves.notify.conversation import Timeouts
from jeeves.notify.email import EmailNotifier
from jeeves.notify.ntfy import NtfyNotifier
from jeeves.notify.replies import TwilioReplies
from jeeves.notify.sms import SmsNotifier
from jeeves.notify.webhook import WebhookNotifier
from tests.servers.push_services import PushServices
from tests.servers.smtp import MailServer
from tests.servers.twilio_stub import TwilioStub
from tests.unit.records import notification

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from jeeves.types import Notification

OWNER = "+15550101"
SENDER = "+15550100"
SERVICE = "MG" + "0123456789abcdef" * 2
NOW = datetime(2026, 5, 12, 23, 58, tzinfo=UTC)
QUICK = Timeouts(connect=0.5, read=0.5, total=2.0)
_BY_NUMBER: dict[str, object] = {"from": SENDER}


@contextmanager
def twilio_stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioStub]:
    """Serve a stub whose credentials stand in the environment, and demand that nobody misused it."""
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    with TwilioStub(clock=lambda: NOW) as server:
        monkeypatch.setenv("TEST_TWILIO_SID", server.account_sid)
        monkeypatch.setenv("TEST_TWILIO_TOKEN", server.auth_token)
        yield server
        assert server.mistakes == []


def _section(api_base: str, sender: dict[str, object]) -> dict[str, object]:
    account = {"account_sid": "env:TEST_TWILIO_SID", "auth_token": "env:TEST_TWILIO_TOKEN"}
    return {**account, **sender, "to": OWNER, "api_base": api_base}


def sms_notifier(api_base: str, sender: dict[str, object] | None = None, *, timeouts: Timeouts = QUICK) -> SmsNotifier:
    settings = Sms.model_validate(_section(api_base, sender or _BY_NUMBER))
    return SmsNotifier(settings, clock=lambda: NOW, timeouts=timeouts)


def replies_from(api_base: str, sender: dict[str, object] | None = None) -> TwilioReplies:
    settings = Sms.model_validate(_section(api_base, sender or _BY_NUMBER))
    return TwilioReplies(settings, clock=lambda: NOW, timeouts=QUICK)


def call_notifier(api_base: str) -> CallNotifier:
    return CallNotifier(Call.model_validate(_section(api_base, _BY_NUMBER)), clock=lambda: NOW, timeouts=QUICK)


ADDRESS = "me@example.com"


@contextmanager
def mail_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """Serve a mail server whose password stands in the environment."""
    with MailServer("sesame") as server:
        monkeypatch.setenv("TEST_SMTP_PASSWORD", server.password)
        yield server


def email_notifier(port: int, **changes: object) -> EmailNotifier:
    section = {"host": "127.0.0.1", "port": port, "tls": "none", "password": "env:TEST_SMTP_PASSWORD", **changes}
    return EmailNotifier(Email.model_validate(section), sender=ADDRESS, clock=lambda: NOW, timeouts=QUICK)


@contextmanager
def push_services(monkeypatch: pytest.MonkeyPatch) -> Iterator[PushServices]:
    """Serve ntfy and a webhook whose secrets stand in the environment."""
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    with PushServices() as services:
        monkeypatch.setenv("TEST_TOPIC", services.topic)
        monkeypatch.setenv("TEST_TOKEN", services.token)
        monkeypatch.setenv("TEST_HOOK", f"{services.url}/hook?key=1")
        yield services


def ntfy_notifier(services: PushServices) -> NtfyNotifier:
    section = {"url": services.url, "topic": "env:TEST_TOPIC", "token": "env:TEST_TOKEN"}
    return NtfyNotifier(Ntfy.model_validate(section), clock=lambda: NOW, timeouts=QUICK)


def webhook_notifier() -> WebhookNotifier:
    section = {"url": "env:TEST_HOOK", "token": "env:TEST_TOKEN"}
    return WebhookNotifier(Webhook.model_validate(section), clock=lambda: NOW, timeouts=QUICK)


def alert(**changes: object) -> Notification:
    """Return an alert written two minutes ago and worth something for an hour, with ``changes``."""
    written = notification(created_at=NOW - timedelta(minutes=2), expires_at=NOW + timedelta(hours=1))
    return replace(written, **changes)  # type: ignore[arg-type]  # field names and types are the caller's business


def shown(error: BaseException) -> str:
    """Return everything a log could show of ``error``: its traceback with all that is chained, and its advice."""
    return "".join(traceback.format_exception(error)) + str(getattr(error, "advice", ""))
