"""Asking the owner for permission: the installed-app flow (RFC 8252) with PKCE (RFC 7636), by google-auth-oauthlib.

Lives here: the address to open, reading where the browser was sent afterwards, the exchange of the code. Must not live
here: terminals, waiting (``cli.auth``), the port the browser is sent to (``mail.loopback``).
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

import requests
from google_auth_oauthlib.flow import Flow
from oauthlib.oauth2 import MissingTokenError, OAuth2Error

from jeeves.errors import MailUnavailable, UserError
from jeeves.mail.grant_file import COMMAND, Grant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

SCOPE: Final = "https://mail.google.com/"  # the only one that opens IMAP
_INSECURE = "OAUTHLIB_INSECURE_TRANSPORT"
_LONGEST = 8_192  # characters of an address


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """As whom we ask, and where."""

    client_id: str
    client_secret: str = field(repr=False)
    auth_uri: str
    token_uri: str
    timeout: float = 20.0  # seconds the endpoint may stay silent: connecting, and at every read


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the browser brought back: exactly one of the two is not empty."""

    code: str = field(default="", repr=False)  # exchanged once for tokens
    refusal: str = ""  # error code, RFC 6749, section 4.1.2.1


def read_answer(redirected: str, *, state: str) -> Answer | None:
    """Return what stands in the address (or its path) the browser was sent to; None when it does not answer ``state``.

    White space, which terminals put in when a long address is copied, is ignored.
    """
    address = re.sub(r"\s", "", redirected[:_LONGEST])
    try:
        fields = parse_qs(urlsplit(address).query, max_num_fields=50)
    except ValueError:
        return None
    if fields.get("state") != [state]:
        return None
    code, error = fields.get("code", [""])[0], fields.get("error", [""])[0]
    if error:
        return Answer(refusal=error)
    return Answer(code=code) if code else None


class Consent:
    """One request for permission, with a state and a verifier of its own."""

    def __init__(self, client: Client, *, account: str, redirect_uri: str) -> None:
        """Prepare to ask for ``account``; the browser is sent to ``redirect_uri`` afterwards."""
        self._client = client
        self._account = account
        installed = {
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            "auth_uri": client.auth_uri,
            "token_uri": client.token_uri,
        }
        self._flow = Flow.from_client_config({"installed": installed}, scopes=[SCOPE], redirect_uri=redirect_uri)
        # Without both of these Google gives no refresh token the second time.
        with _plain_http_on_this_machine(client.auth_uri):
            self.address, self._state = self._flow.authorization_url(
                access_type="offline", prompt="consent", login_hint=account
            )

    def read(self, redirected: str) -> Answer | None:
        """Return the answer to this very request in an address; None when it holds none."""
        return read_answer(redirected, state=self._state)

    def exchange(self, answer: Answer, now: datetime) -> Grant:
        """Turn the owner's yes into the lasting permission.

        Raises UserError when the owner said no, or what Google gave is not enough; MailUnavailable when the endpoint
        cannot be reached.
        """
        if answer.refusal:
            raise _refused(answer.refusal)
        with _plain_http_on_this_machine(self._client.token_uri), _translated():
            tokens = self._flow.fetch_token(code=answer.code, timeout=self._client.timeout)
        refresh_token = tokens.get("refresh_token")
        if not isinstance(refresh_token, str) or not refresh_token:
            raise UserError(
                "Google gave no lasting permission.",
                advice=f"Take Jeeves out at myaccount.google.com/permissions, then run: {COMMAND}",
            )
        return Grant(account=self._account, refresh_token=refresh_token, obtained_at=now)


def _refused(code: str) -> UserError:
    if code == "access_denied":
        return UserError(
            "Access was refused in the browser.",
            advice=f"To allow it, run {COMMAND} again. While your app is in Testing, name yourself a test user first.",
        )
    return UserError(
        "Google would not ask for permission.",
        advice='Check mail.oauth_client_id: it must be a client of the kind "Desktop app", in a project with Gmail.',
    )


@contextmanager
def _plain_http_on_this_machine(uri: str) -> Iterator[None]:
    """Let oauthlib talk to a loopback endpoint, which is all the configuration allows without TLS."""
    if not uri.lower().startswith("http://"):
        yield
        return
    os.environ[_INSECURE] = "1"
    try:
        yield
    finally:
        del os.environ[_INSECURE]


@contextmanager
def _translated() -> Iterator[None]:
    """Say in our words what the exchange may raise; "from None", as those errors hold the code and the answer."""
    try:
        yield
    except (requests.RequestException, OSError, MissingTokenError):
        raise MailUnavailable(
            "Google's sign-in server cannot be reached, or does not answer as it should.",
            advice=f"Check the network, then run: {COMMAND}",
        ) from None
    except OAuth2Error as error:
        raise _exchange_failure(str(error.error)) from None
    except Warning:  # how oauthlib says that other scopes were granted than asked for
        raise UserError(
            "Access to mail was not among what was allowed.",
            advice=f"Run {COMMAND} again, and tick the box for Gmail.",
        ) from None
    except (ValueError, TypeError, LookupError, AttributeError):  # JSON of another shape than oauthlib expects
        raise MailUnavailable(
            "Google's sign-in server does not answer as it should.", advice=f"Run: {COMMAND}"
        ) from None


def _exchange_failure(code: str) -> UserError:
    if code in {"invalid_client", "unauthorized_client"}:
        return UserError(
            "Google does not know the client that Jeeves signs in as.",
            advice="Check mail.oauth_client_id and mail.oauth_client_secret against console.cloud.google.com, Clients.",
        )
    return UserError(
        "Google did not take the answer: it is used up, too old, or meant for another request.",
        advice=f"Run: {COMMAND}",
    )
