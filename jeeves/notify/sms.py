"""Alerts as text messages through Twilio.

Lives here: creating a message, and finding one that may have been created. Must not live here: failures of the wire
(``twilio_client``), wording.

Twilio has no idempotency key for messages: the reference at the end of each text is what tells them apart.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from jeeves.notify.twilio_client import TwilioAccount, line_to, utc_now
from jeeves.notify.twilio_errors import fate_of
from jeeves.notify.wording import text_message
from jeeves.types import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twilio.rest import Client

    from jeeves.notify.conversation import Timeouts
    from jeeves.types import Notification

SECTION = "notify.sms"
_SHORTEST_VALIDITY, _LONGEST_VALIDITY = 1, 36_000  # seconds; Twilio's OpenAPI document, parameter ValidityPeriod
_CLOCK_SKEW = timedelta(minutes=10)  # between this machine and Twilio
_NEWEST = 1_000  # messages looked through, newest first: Twilio's largest page, more than a year of alerts
_NEVER_ARRIVES = frozenset({"failed", "undelivered", "canceled"})
_ARRIVED = frozenset({"delivered", "read"})


class SmsSettings(TwilioAccount, Protocol):
    """``[notify.sms]``: one of ``sender`` and ``messaging_service`` is not None."""

    @property
    def sender(self) -> str | None:
        """The number that sends, E.164."""
        ...

    @property
    def messaging_service(self) -> str | None:
        """The messaging service that chooses a sender, ``MG...``."""
        ...

    @property
    def segments(self) -> int:
        """How many messages' price an alert may cost, 1 or more."""
        ...


class SmsNotifier:
    """Sends text messages to the owner."""

    def __init__(
        self, settings: SmsSettings, *, clock: Callable[[], datetime] = utc_now, timeouts: Timeouts | None = None
    ) -> None:
        """Keep ``settings``; the secrets are read again for each message. Raises UserError when one is missing."""
        self._settings = settings
        self._clock = clock
        self._line = line_to(settings, section=SECTION, clock=clock, timeouts=timeouts)

    def send(self, notification: Notification) -> Receipt:
        """Create one message; the receipt holds its SID.

        Raises NotifierUnavailable, NotificationRejected, DeliveryUnconfirmed.
        """
        sender: dict[str, str | None] = {"from_": self._settings.sender}
        if self._settings.sender is None:
            sender = {"messaging_service_sid": self._settings.messaging_service}
        text = self._text(notification)
        validity = validity_period(notification.expires_at, self._clock())
        message = self._line.send(
            lambda client: client.messages.create(to=self._settings.to, body=text, validity_period=validity, **sender)
        )
        return _receipt(message)

    def find(self, notification: Notification) -> Receipt | None:
        """Look for the alert's text among the newest messages to the owner; None when it is not there.

        Raises NotifierUnavailable when Twilio cannot be asked, NotDelivered or NotificationRejected when it failed to
        deliver.
        """
        text = self._text(notification)
        since = notification.created_at - _CLOCK_SKEW

        def search(client: Client) -> object | None:
            candidates = self._listed(client, since)
            return next((each for each in candidates if _is_alert(each, notification, text, since)), None)

        found = self._line.ask(search)
        return None if found is None else _receipt(found)

    def track(self, notification: Notification) -> Receipt:
        """Ask how the message named by ``notification.provider_id`` fares.

        Raises NotifierUnavailable when Twilio cannot be asked, also for want of credentials; NotDelivered or
        NotificationRejected when it failed to deliver.
        """
        return _receipt(self._line.look_up(lambda client: client.messages(notification.provider_id).fetch()))

    def _text(self, notification: Notification) -> str:
        return text_message(notification.body, notification.reference, segments=self._settings.segments)

    def _listed(self, client: Client, since: datetime) -> Iterator[Any]:
        """Yield messages to the owner: first those sent since, then the newest, as a queued one has no DateSent yet.

        The filter counts in whole days of UTC.
        """
        sender = {} if self._settings.sender is None else {"from_": self._settings.sender}
        day = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        for period in ({"date_sent_after": day}, {}):
            yield from client.messages.list(to=self._settings.to, limit=_NEWEST, page_size=_NEWEST, **sender, **period)


def validity_period(expires_at: datetime, now: datetime) -> int:
    """Return for how many seconds Twilio may keep trying: 1 to 36,000."""
    return max(_SHORTEST_VALIDITY, min(int((expires_at - now).total_seconds()), _LONGEST_VALIDITY))


def _is_alert(message: Any, notification: Notification, text: str, since: datetime) -> bool:  # noqa: ANN401 - the SDK ships no types
    """Tell the alert from an earlier try of it, a mail that quotes it, and an earlier database's of that reference.

    The whole text proves it whatever the clocks say; the reference alone, should the wording have changed since, only
    within the alert's time. A trial account's messages begin with words of Twilio's own.
    """
    body = (message.body or "").rstrip()
    if message.sid == notification.provider_id or not body.endswith(f"[{notification.reference}]"):
        return False
    return body.endswith(text) or message.date_created is None or message.date_created >= since


def _receipt(message: Any) -> Receipt:  # noqa: ANN401 - the SDK ships no types
    if message.status in _NEVER_ARRIVES:
        raise fate_of(message.error_code, section=SECTION)
    return Receipt(provider_id=message.sid, delivered=message.status in _ARRIVED)
