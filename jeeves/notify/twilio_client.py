"""One conversation with Twilio through its SDK, and what its failures mean.

Lives here: credentials, time-outs, the way around the SDK's fixed host, translation of what can go wrong on the
wire. Must not live here: messages, calls, wording.

The SDK's own time-out is None, time-outs arrive as ``requests`` exceptions, a failed listing loses Twilio's error
code, and Retry-After is visible nowhere but in the HTTP client: therefore all of it is dealt with there. Foreign
errors are dropped with ``from None``: their texts hold URLs, account and telephone numbers, which a traceback in the
log would show.
"""

from __future__ import annotations

import json
import logging
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlsplit

from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.exceptions import HTTPError

from jeeves.errors import DeliveryUnconfirmed, NotificationRejected, NotifierUnavailable, UserError
from jeeves.notify.conversation import PointOfNoReturn, Timeouts, mount, within
from jeeves.notify.twilio_errors import TwilioRefusal, meaning_of, retry_after_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twilio.http.response import Response

    from jeeves.errors import JeevesError

T = TypeVar("T")

_FIRST_ERROR_STATUS = 300  # the SDK follows no redirect: one means that something else than Twilio answers
# What the SDK lets through when an answer is no JSON, or JSON of another shape.
_UNREADABLE = (TwilioException, ValueError, TypeError, AttributeError, LookupError, HTTPError)

_silent = logging.Logger("jeeves.notify.twilio")  # noqa: LOG001 - outside the tree on purpose: nothing reaches a log
_silent.disabled = True


class Secret(Protocol):
    """Where a secret lies."""

    def resolve(self) -> str:
        """Read the secret now. Raises UserError when it is missing."""
        ...


class TwilioAccount(Protocol):
    """What messages and calls need of the configuration."""

    @property
    def account_sid(self) -> Secret:
        """Name of the account, and user name."""
        ...

    @property
    def auth_token(self) -> Secret:
        """Its password."""
        ...

    @property
    def to(self) -> str:
        """The owner's number, E.164."""
        ...

    @property
    def api_base(self) -> str:
        """Scheme, host and port that stand in for Twilio's; empty for Twilio itself."""
        ...


def utc_now() -> datetime:
    """Return the present moment, aware UTC."""
    return datetime.now(UTC)


def _drop(_record: logging.LogRecord) -> bool:
    """Refuse every record: urllib3 writes whole URLs, with the account and the owner's number."""
    return False


class _HttpClient(TwilioHttpClient):  # type: ignore[misc]  # the SDK ships no types
    """The SDK's HTTP client with a host of our choice, time-outs, no log, and errors that keep what matters."""

    def __init__(
        self, api_base: str, timeouts: Timeouts, clock: Callable[[], datetime], point: PointOfNoReturn
    ) -> None:
        super().__init__(logger=_silent)
        mount(self.session, point)
        logging.getLogger("urllib3.connectionpool").addFilter(_drop)
        self.timeout = (timeouts.connect, timeouts.read)  # requests takes the pair; the constructor does not
        self._api_base = api_base.rstrip("/")
        self._clock = clock

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - the SDK's own
        """Send one request. Raises TwilioRefusal for any answer but success, and the errors of ``requests``."""
        if self._api_base:
            asked = urlsplit(url)
            url = self._api_base + asked.path + (f"?{asked.query}" if asked.query else "")
        response = super().request(method, url, *args, **kwargs)
        if response.status_code >= _FIRST_ERROR_STATUS:
            wait = retry_after_seconds(response.headers.get("Retry-After"), self._clock())
            raise TwilioRefusal(response.status_code, _code_in(response.text), wait)
        return response


def _code_in(text: str) -> int | None:
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        return None
    code = payload.get("code") if isinstance(payload, dict) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioLine:
    """The way to one Twilio account."""

    account: TwilioAccount
    section: str  # table of the configuration, for advice: "notify.sms"
    timeouts: Timeouts
    clock: Callable[[], datetime]

    def send(self, create: Callable[[Client], Any]) -> Any:  # noqa: ANN401 - the SDK ships no types
        """Return the message or call that ``create`` makes of a client; it posts at most one request.

        Raises NotifierUnavailable, NotificationRejected, or DeliveryUnconfirmed once bytes may have arrived.
        """
        created = self._converse(create, sending=True)
        if not created.sid:
            raise DeliveryUnconfirmed("Twilio took the alert without naming it.")
        return created

    def ask(self, question: Callable[[Client], T]) -> T:
        """Return what ``question`` makes of a client; it only reads. Raises as ``send``, never DeliveryUnconfirmed."""
        return self._converse(question, sending=False)

    def look_up(self, question: Callable[[Client], T]) -> T:
        """Return what ``question`` makes of a client, about something Twilio took earlier.

        Raises NotifierUnavailable only: a refusal says nothing of what became of it.
        """
        try:
            return self.ask(question)
        except NotificationRejected as refusal:
            raise NotifierUnavailable(refusal.message, advice=refusal.advice) from None

    def _converse(self, talk: Callable[[Client], T], *, sending: bool) -> T:
        username, password = self._credentials()
        point = PointOfNoReturn()
        http_client = _HttpClient(self.account.api_base, self.timeouts, self.clock, point)
        client = Client(username, password, http_client=http_client)

        def talk_and_close() -> T:
            with http_client.session:
                return talk(client)

        try:
            return within(self.timeouts.total, talk_and_close)
        except TwilioRefusal as refusal:
            raise meaning_of(refusal, section=self.section, sending=sending) from None
        except (OSError, *_UNREADABLE) as error:  # requests' errors are OSErrors
            raise self._failure(error, sending=sending, reached=point.close()) from None

    def _credentials(self) -> tuple[str, str]:
        """Read the secrets anew each time, so that rotated ones are picked up."""
        try:
            pair = self.account.account_sid.resolve(), self.account.auth_token.resolve()
        except UserError as error:
            raise NotificationRejected(error.message, advice=error.advice) from error
        if not all(secret.isascii() and secret.isprintable() for secret in pair):
            raise NotificationRejected(
                "The account SID or the auth token holds characters that Twilio never uses.",
                advice=f"Check {self.section}.account_sid and {self.section}.auth_token.",
            )
        return pair

    def _failure(self, error: Exception, *, sending: bool, reached: bool) -> JeevesError:
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
            return NotifierUnavailable(
                "Twilio's certificate could not be verified.",
                advice=f"Check this machine's clock and {self.section}.api_base.",
            )
        if not reached:
            return NotifierUnavailable(
                "Twilio cannot be reached.", advice=f"Check the network and {self.section}.api_base."
            )
        if sending:
            return DeliveryUnconfirmed("Twilio gave no clear answer: the alert may or may not be on its way.")
        return NotifierUnavailable("Twilio gave no clear answer.")


def line_to(
    account: TwilioAccount, *, section: str, clock: Callable[[], datetime], timeouts: Timeouts | None
) -> TwilioLine:
    """Return the way to ``account``; its secrets are read anew for each conversation.

    They are read now, too, so that a missing one is told at the start. Raises UserError.
    """
    account.account_sid.resolve()
    account.auth_token.resolve()
    return TwilioLine(account=account, section=section, timeouts=timeouts or Timeouts(), clock=clock)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
