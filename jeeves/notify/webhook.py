"""Alerts as JSON, posted to an address of the owner's: a home automation, a chat bridge, a script.

Lives here: the form of the post. Must not live here: failures of the wire (``http_line``).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from jeeves.config.fields import is_loopback
from jeeves.errors import DeliveryUnconfirmed, NotificationRejected
from jeeves.notify.conversation import Timeouts
from jeeves.notify.http_line import HttpLine
from jeeves.sanitise import one_line
from jeeves.types import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from jeeves.notify.twilio_client import Secret
    from jeeves.types import Notification

SECTION = "notify.webhook"
_LONGEST = 1_000  # characters


class WebhookSettings(Protocol):
    """``[notify.webhook]``."""

    @property
    def url(self) -> Secret:
        """Where to post; often a secret itself."""
        ...

    @property
    def token(self) -> Secret | None:
        """Bearer token; None: none."""
        ...


def _utc_now() -> datetime:
    return datetime.now(UTC)


class WebhookNotifier:
    """Posts alerts."""

    def __init__(
        self, settings: WebhookSettings, *, clock: Callable[[], datetime] = _utc_now, timeouts: Timeouts | None = None
    ) -> None:
        """Keep ``settings``; the secrets are read again for each alert. Raises UserError when one is missing."""
        settings.url.resolve()
        if settings.token is not None:
            settings.token.resolve()
        self._settings = settings
        self._line = HttpLine(
            name="The webhook", section=SECTION, token=settings.token, timeouts=timeouts or Timeouts(), clock=clock
        )

    def send(self, notification: Notification) -> Receipt:
        """Post ``text``, ``reference``, ``created_at``, ``expires_at`` once; any 2xx says that it was delivered.

        Raises NotifierUnavailable, NotificationRejected, DeliveryUnconfirmed.
        """
        url = self._line.secret(self._settings.url)
        if not _is_safe(url):
            raise NotificationRejected(
                "The webhook's address is none, or would send the alert in the clear.",
                advice=f"Put an address such as https://home.example at {SECTION}.url (http: for this machine only).",
            )
        self._line.send(
            url,
            {
                "text": one_line(notification.body)[:_LONGEST],
                "reference": notification.reference,
                "created_at": notification.created_at.isoformat(),
                "expires_at": notification.expires_at.isoformat(),
            },
        )
        return Receipt(delivered=True)

    def find(self, notification: Notification) -> Receipt | None:
        """Raise DeliveryUnconfirmed: a webhook cannot be asked, so nothing is posted twice."""
        raise DeliveryUnconfirmed(f"Nobody knows whether the webhook took alert {one_line(notification.reference)}.")


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))
