"""One conversation with Google's token endpoint, and what its answers mean.

Lives here: refreshing and revoking over HTTP with time-outs, and the pure reading of answers (RFC 6749, sections 5 and
6; RFC 7009). Must not live here: when to refresh (``mail.oauth``), the owner's consent (``mail.consent``).

No error carries the endpoint's own words, only error codes of the RFCs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeGuard

import requests

from jeeves.errors import MailAuthFailed, MailUnavailable
from jeeves.mail.grant_file import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MOST_BYTES = 65_536
_OK = 200
_REFUSALS: Final = frozenset({400, 401, 403})  # RFC 6749, section 5.2, and Google's 403
_SHORTEST_LIFE, _LONGEST_LIFE = 1, 86_400  # seconds; Google gives 3,599
# RFC 6749, section 4.1.2.1, and what Google's endpoint has been seen to say when it is overloaded.
_PASSES: Final = frozenset(
    {"temporarily_unavailable", "server_error", "rate_limit_exceeded", "slow_down", "internal_failure"}
)
_CLIENT_FAULTS: Final = frozenset({"invalid_client", "unauthorized_client", "deleted_client", "disabled_client"})

WEEKLY: Final = (
    "If this comes back every week, publish your app: Google ends the sign-ins of apps in Testing after 7 days "
    "(console.cloud.google.com, Google Auth Platform, Audience, Publish app)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the endpoint gave."""

    access_token: str = field(repr=False)
    expires_at: datetime  # aware UTC
    refresh_token: str | None = field(default=None, repr=False)  # None: the one that was sent stays valid


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEndpoint:
    """Where tokens come from, and as whom we ask."""

    token_uri: str
    revoke_uri: str
    client_id: Callable[[], str]
    client_secret: Callable[[], str]
    timeout: float = 20.0  # seconds the endpoint may stay silent: connecting, and at every read

    def refresh(self, refresh_token: str, now: datetime) -> Tokens:
        """Exchange ``refresh_token`` for an access token (RFC 6749, section 6); ``now`` is when it starts to age.

        Raises MailAuthFailed when the permission is void or our client is refused, MailUnavailable when it may work
        later, and UserError when the client's id or secret is missing.
        """
        form = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": self.client_id(),
            "client_secret": self.client_secret(),
        }
        return read_tokens(*self._post(self.token_uri, form), now=now)

    def revoke(self, token: str) -> None:
        """Have ``token`` and all that came of it ended (RFC 7009); one that is no longer known counts as ended.

        Raises MailUnavailable when the endpoint did not say so.
        """
        status, body = self._post(self.revoke_uri, {"token": token})
        if status != _OK and _error_code(body) != "invalid_token":
            raise MailUnavailable("Google did not confirm the end of the sign-in.", advice="Try again later.")

    def _post(self, uri: str, form: Mapping[str, str]) -> tuple[int, bytes]:
        try:
            # No redirect is followed: it would carry the secrets elsewhere.
            with requests.post(
                uri,
                data=form,
                headers={"Accept": "application/json"},
                timeout=self.timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                body = b""
                for piece in response.iter_content(8_192):
                    body += piece
                    if len(body) > _MOST_BYTES:
                        break
                return response.status_code, body
        except (requests.RequestException, OSError, ValueError) as error:
            raise MailUnavailable(
                "Google's sign-in server cannot be reached.",
                advice="Jeeves tries again by itself; if it stays so, check the network and mail.oauth_token_uri.",
            ) from error


def read_tokens(status: int, body: bytes, *, now: datetime) -> Tokens:
    """Return the tokens in an answer received about ``now``.

    Raises MailAuthFailed or MailUnavailable, as the answer means (RFC 6749, sections 5.1 and 5.2).
    """
    if status != _OK:
        raise _refusal(status, _error_code(body))
    answer = _json_object(body)
    access_token, life = answer.get("access_token"), answer.get("expires_in", 3600)
    rotated = answer.get("refresh_token")
    if not (_is_token(access_token) and isinstance(life, int) and (rotated is None or _is_token(rotated))):
        raise _unusable()
    seconds = min(max(life, _SHORTEST_LIFE), _LONGEST_LIFE)
    return Tokens(access_token=access_token, expires_at=now + timedelta(seconds=seconds), refresh_token=rotated)


def _refusal(status: int, code: str) -> MailAuthFailed | MailUnavailable:
    if status not in _REFUSALS or not code or code in _PASSES:
        return _unusable()
    if code == "invalid_grant":
        return MailAuthFailed(
            "Google no longer accepts the stored sign-in: it was revoked or has expired.",
            advice=f"Run: {COMMAND}. {WEEKLY}",
        )
    if code in _CLIENT_FAULTS:
        return MailAuthFailed(
            "Google does not know the client that Jeeves signs in as.",
            advice="Check mail.oauth_client_id and mail.oauth_client_secret against console.cloud.google.com, Clients.",
        )
    return MailAuthFailed(
        "Google refused to renew the sign-in.", advice=f"Run: {COMMAND}. If that does not help, check mail.oauth_*."
    )


def _unusable() -> MailUnavailable:
    return MailUnavailable(
        "Google's sign-in server is out of order, or something else answers in its place.",
        advice="Jeeves tries again by itself; if it stays so, check the network and mail.oauth_token_uri.",
    )


def _error_code(body: bytes) -> str:
    code = _json_object(body).get("error")
    return code if isinstance(code, str) else ""


def _json_object(body: bytes) -> dict[str, object]:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _is_token(value: object) -> TypeGuard[str]:
    """Tell whether ``value`` can stand in a header (RFC 6750, section 2.1, is stricter still)."""
    return isinstance(value, str) and value != "" and value.isascii() and value.isprintable() and " " not in value
