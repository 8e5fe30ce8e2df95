"""One request to a web service that takes alerts, and what its failures mean.

Lives here: time-outs, the bearer token, the sorting of what can go wrong. Must not live here: what a service wants to
be told, wording, Twilio (``twilio_client``).

Errors never repeat the address or what the service wrote: both may hold secrets.
"""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import requests

from jeeves.errors import DeliveryUnconfirmed, NotificationRejected, NotifierUnavailable, UserError
from jeeves.notify.conversation import GivenUp, PointOfNoReturn, Timeouts, mount, within
from jeeves.notify.twilio_errors import retry_after_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from jeeves.errors import JeevesError
    from jeeves.notify.twilio_client import Secret

_MOST_BYTES = 2_000_000  # of an answer
_PORTION = 65_536
_NOT_PROCESSED = frozenset({429, 503})  # RFC 6585, section 4; RFC 9110, section 15.6.4
_MAY_HAVE_BEEN = 500
_REQUEST_TIMEOUT = 408
_FIRST_REFUSAL = 300  # a redirect is none of ours: the alert goes where the owner said, or nowhere


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLine:
    """The way to one web service."""

    name: str  # for people: "The ntfy server"
    section: str  # table of the configuration, for advice: "notify.ntfy"
    token: Secret | None  # sent as bearer token (RFC 6750); None: none
    timeouts: Timeouts
    clock: Callable[[], datetime]

    def send(self, url: str, payload: Mapping[str, object]) -> bytes:
        """Post ``payload`` as JSON, once; return the answer, which says yes.

        Raises NotifierUnavailable, NotificationRejected, or DeliveryUnconfirmed once bytes may have arrived.
        """
        return self._converse(lambda session: session.post(url, json=payload, **self._manners()), sending=True)

    def ask(self, url: str) -> bytes:
        """Return what the service answers. Raises as ``send``, never DeliveryUnconfirmed."""
        return self._converse(lambda session: session.get(url, **self._manners()), sending=False)

    def _manners(self) -> _Manners:
        return {"timeout": (self.timeouts.connect, self.timeouts.read), "allow_redirects": False, "stream": True}

    def _converse(self, talk: Callable[[requests.Session], requests.Response], *, sending: bool) -> bytes:
        token, point = self.secret(self.token) if self.token else "", PointOfNoReturn()

        def whole() -> tuple[requests.Response, bytes]:
            with requests.Session() as session:
                session.auth = _Bearer(token)
                mount(session, point)
                with talk(session) as response:
                    return response, b"".join(_bounded(response))

        logging.getLogger("urllib3.connectionpool").addFilter(_drop)
        try:
            response, answer = within(self.timeouts.total, whole)
        except (requests.RequestException, OSError, ValueError, GivenUp) as error:
            raise self._failure(error, sending=sending, reached=point.close()) from None
        if response.status_code >= _FIRST_REFUSAL:
            raise self._meaning(response, sending=sending)
        return answer

    def secret(self, secret: Secret) -> str:
        """Read a secret that goes into a request. Raises NotificationRejected when it is missing or unfit."""
        try:
            found = secret.resolve()
        except UserError as error:
            raise NotificationRejected(error.message, advice=error.advice) from error
        if not (found.isascii() and found.isprintable()):
            raise NotificationRejected(
                f"{self.name} cannot be sent a secret with such characters.",
                advice=f"Check the keys of {self.section}.",
            )
        return found

    def _failure(self, error: Exception, *, sending: bool, reached: bool) -> JeevesError:
        if isinstance(error, requests.exceptions.SSLError) and _is_about_certificate(error):
            return NotifierUnavailable(
                f"{self.name}'s certificate could not be verified.",
                advice=f"Check this machine's clock and the address in {self.section}.",
            )
        if not reached:
            return NotifierUnavailable(
                f"{self.name} cannot be reached.", advice=f"Check the network and the address in {self.section}."
            )
        if sending:
            return DeliveryUnconfirmed(f"{self.name} gave no clear answer: the alert may or may not be on its way.")
        return NotifierUnavailable(f"{self.name} gave no clear answer.")

    def _meaning(self, response: requests.Response, *, sending: bool) -> JeevesError:
        status = response.status_code
        if status in _NOT_PROCESSED:
            wait = retry_after_seconds(response.headers.get("Retry-After"), self.clock())
            return NotifierUnavailable(f"{self.name} asks to come back later (HTTP {status}).", retry_after=wait)
        if status >= _MAY_HAVE_BEEN or status == _REQUEST_TIMEOUT:
            if sending:
                return DeliveryUnconfirmed(f"{self.name} failed while taking the alert (HTTP {status}).")
            return NotifierUnavailable(f"{self.name} is out of order (HTTP {status}).")
        return NotificationRejected(
            f"{self.name} refused the alert (HTTP {status}).", advice=f"Check the keys of {self.section}."
        )


class _Manners(TypedDict):
    timeout: tuple[float, float]
    allow_redirects: bool
    stream: bool


class _Bearer(requests.auth.AuthBase):
    """The token, or none: in both cases nothing out of a .netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _bounded(response: requests.Response) -> Iterator[bytes]:
    taken = 0
    for portion in response.iter_content(_PORTION):
        taken += len(portion)
        if taken > _MOST_BYTES:
            return
        yield portion


def _is_about_certificate(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(cause):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _drop(_record: logging.LogRecord) -> bool:
    """Refuse every record: urllib3 writes whole addresses."""
    return False
