"""Alerts as telephone calls through Twilio.

Lives here: placing a call that reads the alert aloud, and finding one that may have been placed. Must not live here:
failures of the wire (``twilio_client``), wording.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from twilio.twiml.voice_response import VoiceResponse

from jeeves.errors import DeliveryUnconfirmed, NotificationRejected
from jeeves.notify.twilio_client import TwilioAccount, line_to, utc_now
from jeeves.notify.wording import spoken
from jeeves.types import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twilio.rest import Client

    from jeeves.notify.conversation import Timeouts
    from jeeves.types import Notification

SECTION = "notify.call"
_CLOCK_SKEW = timedelta(minutes=1)  # more than a clock is ever put right by without anybody noticing
_NEWEST = 50  # calls looked through, newest first
_NOT_THROUGH = frozenset({"busy", "no-answer", "failed", "canceled"})


class CallSettings(TwilioAccount, Protocol):
    """``[notify.call]``."""

    @property
    def sender(self) -> str:
        """The number that calls, E.164."""
        ...


class CallNotifier:
    """Calls the owner and reads the alert twice."""

    def __init__(
        self, settings: CallSettings, *, clock: Callable[[], datetime] = utc_now, timeouts: Timeouts | None = None
    ) -> None:
        """Keep ``settings``; the secrets are read again for each call. Raises UserError when one is missing."""
        self._settings = settings
        self._clock = clock
        self._line = line_to(settings, section=SECTION, clock=clock, timeouts=timeouts)

    def send(self, notification: Notification) -> Receipt:
        """Place one call; the receipt holds its SID.

        Raises NotifierUnavailable, NotificationRejected, DeliveryUnconfirmed.
        """
        twiml = twiml_for(notification.body, notification.reference)
        call = self._line.send(
            lambda client: client.calls.create(to=self._settings.to, from_=self._settings.sender, twiml=twiml)
        )
        return _receipt(call)

    def find(self, notification: Notification) -> Receipt | None:
        """Return the first call to the owner since it was tried that is no other alert's; None when there is none.

        A call carries no text that could be searched: time and names tell calls apart. Raises NotifierUnavailable,
        NotificationRejected when the call got no answer, and DeliveryUnconfirmed when this machine's clock was set
        back since.
        """
        tried_at = notification.tried_at or notification.created_at
        if tried_at > self._clock() + _CLOCK_SKEW:
            raise DeliveryUnconfirmed("This machine's clock was set back: nobody can tell whether the call was placed.")

        def search(client: Client) -> object | None:
            calls = [each for each in self._listed(client, tried_at - _CLOCK_SKEW) if _may_be(each, notification)]
            return min(calls, key=lambda call: call.date_created or tried_at, default=None)

        found = self._line.ask(search)
        return None if found is None else _receipt(found)

    def track(self, notification: Notification) -> Receipt:
        """Ask how the call named by ``notification.provider_id`` went.

        Raises NotifierUnavailable when Twilio cannot be asked, NotificationRejected when the call got no answer.
        """
        return _receipt(self._line.look_up(lambda client: client.calls(notification.provider_id).fetch()))

    def _listed(self, client: Client, since: datetime) -> Iterator[Any]:
        """Yield calls to the owner: first those begun since, then the newest, as a queued one has no StartTime."""
        since = since.astimezone(UTC).replace(microsecond=0)  # Twilio counts in whole seconds of UTC
        for period in ({"start_time_after": since}, {}):
            for call in client.calls.list(
                to=self._settings.to, from_=self._settings.sender, limit=_NEWEST, page_size=_NEWEST, **period
            ):
                if call.date_created is None or call.date_created >= since:
                    yield call


def _may_be(call: Any, notification: Notification) -> bool:  # noqa: ANN401 - the SDK ships no types
    return call.sid != notification.provider_id and call.sid not in notification.other_ids


def twiml_for(body: str, reference: str) -> str:
    """Return what the call says, twice, as TwiML of at most 4,000 characters.

    300 characters of text, each escaped to five at most, twice, leave room for the rest.
    """
    said = spoken(body, reference)
    response = VoiceResponse()
    response.say(said)
    response.pause(length=1)
    response.say(said)
    return str(response)


def _receipt(call: Any) -> Receipt:  # noqa: ANN401 - the SDK ships no types
    if call.status in _NOT_THROUGH:
        raise NotificationRejected(f"The call did not get through ({call.status}).", advice=f"Check {SECTION}.to.")
    return Receipt(provider_id=call.sid, delivered=call.status == "completed")
