"""What Twilio's refusals mean for an alert and for its owner.

Lives here: the pure table from status and error code to our errors. Must not live here: network, the SDK, anything
Twilio wrote about the request: its messages repeat telephone numbers.

Sources: Twilio's error dictionary (https://www.twilio.com/docs/api/errors); RFC 9110, section 10.2.3 (Retry-After).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from jeeves.errors import DeliveryUnconfirmed, NotDelivered, NotificationRejected, NotifierUnavailable

if TYPE_CHECKING:
    from jeeves.errors import JeevesError

_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = 500
_REQUEST_TIMEOUT = 408
_LONGEST_WAIT = 86_400.0  # seconds: an alert is long worthless after that

_CREDENTIALS = (
    "Twilio refused the account SID or the auth token.",
    "Check {section}.account_sid and {section}.auth_token against the Twilio console.",
)
_UNKNOWN_ACCOUNT = (
    "Twilio does not know this account or address.",
    "Check {section}.account_sid and {section}.api_base.",
)
_SENDER = (
    "Twilio does not let this account send from the configured sender.",
    "Put a number or messaging service of your Twilio account at {section}.from or {section}.messaging_service.",
)
_UNVERIFIED = (
    "A Twilio trial account reaches verified numbers only.",
    "Verify the number of {section}.to in the Twilio console, or upgrade the account.",
)
_REGION = (
    "The Twilio account is not allowed to reach the country of the configured number.",
    "Enable the country under Geo Permissions in the Twilio console, or change {section}.to.",
)
_MEANINGS = {
    401: _CREDENTIALS,
    404: _UNKNOWN_ACCOUNT,
    20003: _CREDENTIALS,
    20404: _UNKNOWN_ACCOUNT,
    21210: _SENDER,
    21211: (
        "Twilio says that the configured number cannot exist.",
        "Check {section}.to: country code first, no spaces.",
    ),
    21212: _SENDER,
    21215: _REGION,
    21219: _UNVERIFIED,
    21408: _REGION,
    21606: _SENDER,
    21608: _UNVERIFIED,
    21610: (
        "The owner's telephone has opted out of these text messages.",
        "Text START from the telephone of {section}.to to the number of {section}.from.",
    ),
    21612: (
        "Twilio has no way from the configured sender to the configured number.",
        "Change {section}.from or {section}.to.",
    ),
    21614: (
        "The configured number cannot take text messages.",
        "Put a mobile number at {section}.to, or use the channel call.",
    ),
    21659: _SENDER,
    21660: _SENDER,
}


# Of messages that Twilio took: https://www.twilio.com/docs/sms/troubleshooting/debugging-common-issues
_PASSING = frozenset({30003, 30008})  # telephone switched off or out of reach, unknown trouble of the network
_NEVER_ARRIVES = {
    30004: ("The telephone blocks these text messages.", "Unblock the number of {section}.from on the telephone."),
    30005: ("The owner's number is not in service.", "Check {section}.to."),
    30006: (
        "The owner's number is a landline or cannot take text messages.",
        "Put a mobile number at {section}.to, or use the channel call.",
    ),
    30007: ("The telephone network took the text message for spam.", "Put another channel before sms."),
    30034: (
        "United States networks take no text messages from unregistered numbers.",
        "Register it for A2P 10DLC in the Twilio console, or put another channel before sms.",
    ),
    30036: ("The text message could not be delivered while the alert was worth something.", ""),
}


def fate_of(error_code: int | None, *, section: str) -> JeevesError:
    """Return what to raise for a message that Twilio took and did not deliver, by the ``error_code`` it shows."""
    if error_code in _PASSING:
        return NotDelivered("The telephone could not be reached.")
    if error_code in _NEVER_ARRIVES:
        sentence, advice = _NEVER_ARRIVES[error_code]
        return NotificationRejected(sentence, advice=advice.format(section=section))
    if error_code in _MEANINGS:
        sentence, advice = _MEANINGS[error_code]
        return NotificationRejected(sentence, advice=advice.format(section=section))
    named = f" (error {error_code})" if error_code else ""
    advice = f"See https://www.twilio.com/docs/api/errors/{error_code}" if error_code else "See the Twilio console."
    return NotificationRejected(f"Twilio took the alert but could not deliver it{named}.", advice=advice)


class TwilioRefusal(Exception):
    """Twilio, or a proxy before it, answered with an error: numbers only, never its text."""

    def __init__(self, status: int, code: int | None, retry_after: float | None) -> None:
        """Keep the HTTP ``status``, Twilio's ``code`` if it named one, and ``retry_after`` in seconds."""
        super().__init__(status, code)
        self.status = status
        self.code = code
        self.retry_after = retry_after


def meaning_of(refusal: TwilioRefusal, *, section: str, sending: bool) -> JeevesError:
    """Return the error to raise for ``refusal``; ``section`` names the configuration table, ``sending`` a create.

    429 was never processed; after a server error a create may have happened; other refusals will not pass.
    """
    status = refusal.status
    if status == _TOO_MANY_REQUESTS:
        return NotifierUnavailable("Twilio asks to slow down.", retry_after=refusal.retry_after)
    if status >= _SERVER_ERRORS or status == _REQUEST_TIMEOUT:
        if sending:
            return DeliveryUnconfirmed(f"Twilio failed while taking the alert (HTTP {status}).")
        return NotifierUnavailable(f"Twilio is out of order (HTTP {status}).", retry_after=refusal.retry_after)
    if meaning := _MEANINGS.get(refusal.code or status) or _MEANINGS.get(status):
        sentence, advice = meaning
        return NotificationRejected(sentence, advice=advice.format(section=section))
    if refusal.code is None:
        return NotificationRejected(f"Twilio refused the alert (HTTP {status}).", advice=f"Check {section}.api_base.")
    return NotificationRejected(
        f"Twilio refused the alert (error {refusal.code}).",
        advice=f"See https://www.twilio.com/docs/api/errors/{refusal.code} and the keys of {section}.",
    )


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """Return how long a Retry-After ``header`` asks to wait, 0 to 86,400 seconds; None when it says nothing usable."""
    text = (header or "").strip()
    if re.fullmatch("[0-9]{1,9}", text):
        return min(float(text), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((aware - now).total_seconds(), 0.0), _LONGEST_WAIT)
