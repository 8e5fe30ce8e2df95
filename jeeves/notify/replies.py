"""The owner's answers by text message, read from Twilio's list: no public address is needed.

Lives here: listing what came in. Must not live here: what an answer means (``assist.replies``), failures of the wire
(``twilio_client``).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from jeeves.notify.sms import SECTION
from jeeves.notify.twilio_client import line_to, utc_now
from jeeves.types import Inbound

if TYPE_CHECKING:
    from collections.abc import Callable

    from twilio.rest import Client

    from jeeves.notify.conversation import Timeouts
    from jeeves.notify.sms import SmsSettings

_MOST: Final = 1_000  # texts looked at, newest first: Twilio's largest page
_CLOCK_SKEW: Final = timedelta(minutes=10)  # between this machine and Twilio


class TwilioReplies:
    """What was texted to the number that sends alerts.

    With a messaging service, which chooses among numbers, what the owner texted to any number of the account.
    """

    def __init__(
        self, settings: SmsSettings, *, clock: Callable[[], datetime] = utc_now, timeouts: Timeouts | None = None
    ) -> None:
        """Keep ``settings``; the secrets are read again each time. Raises UserError when one is missing."""
        self._settings = settings
        self._line = line_to(settings, section=SECTION, clock=clock, timeouts=timeouts)

    def received_since(self, moment: datetime) -> list[Inbound]:
        """Return the texts that came in at ``moment`` or later, the oldest first.

        Raises NotifierUnavailable, NotificationRejected.
        """
        day = (moment - _CLOCK_SKEW).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        which = {"from_": self._settings.to} if self._settings.sender is None else {"to": self._settings.sender}

        def look(client: Client) -> list[Inbound]:
            # The filter counts in whole days of UTC.
            listed = client.messages.list(date_sent_after=day, limit=_MOST, page_size=_MOST, **which)
            return [self._inbound(each) for each in listed if each.direction == "inbound" and each.sid]

        found = [each for each in self._line.ask(look) if each.received_at >= moment - _CLOCK_SKEW]
        found.reverse()  # Twilio lists the newest first and tells the time in whole seconds
        return sorted(found, key=lambda each: each.received_at)

    def _inbound(self, message: Any) -> Inbound:  # noqa: ANN401 - the SDK ships no types
        return Inbound(
            sid=message.sid,
            text=message.body or "",
            from_owner=message.from_ == self._settings.to,
            received_at=(message.date_sent or message.date_created).astimezone(UTC),
        )
