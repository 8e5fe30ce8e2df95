"""Alerts as push messages through an ntfy server (https://docs.ntfy.sh).

Lives here: publishing, and finding what may have been published. Must not live here: failures of the wire
(``http_line``).

The server keeps messages for some hours, so one without a clear answer can be looked for. Where an owner has turned
that off, such a message is sent again.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from jeeves.errors import DeliveryUnconfirmed
from jeeves.notify.conversation import Timeouts
from jeeves.notify.http_line import HttpLine
from jeeves.sanitise import one_line
from jeeves.types import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from jeeves.notify.twilio_client import Secret
    from jeeves.types import Notification

SECTION = "notify.ntfy"
_LONGEST = 1_000  # characters, well below the server's 4,096 bytes, beyond which it makes an attachment


class NtfySettings(Protocol):
    """``[notify.ntfy]``."""

    @property
    def url(self) -> str:
        """Address of the server, without a slash at its end."""
        ...

    @property
    def topic(self) -> Secret:
        """Where to publish; whoever knows it can read along."""
        ...

    @property
    def token(self) -> Secret | None:
        """Access token; None where the server asks for none."""
        ...

    @property
    def priority(self) -> int:
        """1 to 5."""
        ...


def _utc_now() -> datetime:
    return datetime.now(UTC)


class NtfyNotifier:
    """Publishes alerts."""

    def __init__(
        self, settings: NtfySettings, *, clock: Callable[[], datetime] = _utc_now, timeouts: Timeouts | None = None
    ) -> None:
        """Keep ``settings``; the secrets are read again for each alert. Raises UserError when one is missing."""
        settings.topic.resolve()
        if settings.token is not None:
            settings.token.resolve()
        self._settings = settings
        self._line = HttpLine(
            name="The ntfy server",
            section=SECTION,
            token=settings.token,
            timeouts=timeouts or Timeouts(),
            clock=clock,
        )

    def send(self, notification: Notification) -> Receipt:
        """Publish the alert once. Raises NotifierUnavailable, NotificationRejected, DeliveryUnconfirmed."""
        payload = {
            "topic": self._line.secret(self._settings.topic),
            "title": "Jeeves",
            "message": _text(notification),
            "priority": self._settings.priority,
        }
        published = _message(self._line.send(f"{self._settings.url}/", payload))
        if not published.get("id"):
            raise DeliveryUnconfirmed("The ntfy server took the alert without naming it.")
        return Receipt(provider_id=str(published["id"]))

    def find(self, notification: Notification) -> Receipt | None:
        """Look for the alert among what the server keeps; None when it is not there. Raises NotifierUnavailable."""
        topic = quote(self._line.secret(self._settings.topic), safe="")
        kept = self._line.ask(f"{self._settings.url}/{topic}/json?poll=1&since=all")
        for line in reversed(kept.splitlines()):
            message = _message(line)
            if message.get("message") == _text(notification) and message.get("id"):
                return Receipt(provider_id=str(message["id"]))
        return None


def _text(notification: Notification) -> str:
    tag = f"[{notification.reference}]"
    text = one_line(notification.body).removesuffix(tag).rstrip()
    return f"{text[:_LONGEST]} {tag}".strip()


def _message(line: bytes) -> dict[str, object]:
    try:
        read = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
