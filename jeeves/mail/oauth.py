"""Access tokens for the mail server: renewed before they expire, once after a refusal, and never in a storm.

Lives here: when a token is fresh (pure), and the source of tokens that every connection shares. Must not live here:
HTTP (``mail.token_endpoint``), the file (``mail.grant_file``), the owner's consent (``mail.consent``).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from jeeves.errors import MailAuthFailed
from jeeves.mail.credentials import Credential
from jeeves.mail.grant_file import COMMAND, Grant, read_grant, write_grant
from jeeves.mail.refusals import LONGEST_REST, Refusals

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from jeeves.mail.token_endpoint import TokenEndpoint

MARGIN: Final = timedelta(minutes=5)  # Google ends a session about when its token expires: start with most of an hour


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A short-lived key to the mailbox, in memory only."""

    value: str = field(repr=False)
    obtained_at: datetime  # aware UTC
    expires_at: datetime  # aware UTC
    grant: Grant  # what it was given for


def token_is_fresh(token: AccessToken, now: datetime) -> bool:
    """Tell whether ``token`` can be used at ``now``: not in its last 5 minutes, or last fifth if it lives shorter.

    A token from the future (the clock was set back) is not trusted.
    """
    margin = min(MARGIN, (token.expires_at - token.obtained_at) / 5)
    return token.obtained_at <= now < token.expires_at - margin


class AccessTokens:
    """The access tokens of one account; every connection asks here, from any thread."""

    def __init__(
        self,
        *,
        grant_file: Path,
        account: str,
        endpoint: TokenEndpoint,
        clock: Callable[[], datetime],
    ) -> None:
        """``account`` is mail.username; the grant is looked for in ``grant_file`` at every sign-in."""
        self._grant_file = grant_file
        self._account = account
        self._endpoint = endpoint
        self._clock = clock
        self._refusals = Refusals()
        self._token: AccessToken | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Credential:
        """Return a token to sign in with, renewing it when it is about to expire.

        Raises MailAuthFailed when there is no grant, or it is void: the endpoint is then asked again after 6 hours,
        or as soon as the file or the client's secrets change. Raises MailUnavailable when it may work later,
        UserError when the client's secrets are missing.
        """
        with self._lock:
            grant = self._grant()
            self._refusals.check(self._what_is_presented(grant), self._clock())
            token = self._token
            if token is None or token.grant != grant or not token_is_fresh(token, self._clock()):
                token = self._renew(grant)
            return self._credential(token, lambda _failure: self._replace(token))

    def _grant(self) -> Grant:
        grant = read_grant(self._grant_file)
        if grant is None:
            raise MailAuthFailed("Jeeves was not yet allowed to read this mailbox.", advice=f"Run: {COMMAND}")
        if grant.account != self._account:
            raise MailAuthFailed(
                "The stored sign-in is for another account than mail.username.", advice=f"Run: {COMMAND}"
            )
        return grant

    def _what_is_presented(self, grant: Grant) -> str:
        return f"{grant.refresh_token}\0{self._endpoint.client_id()}\0{self._endpoint.client_secret()}"

    def _renew(self, grant: Grant) -> AccessToken:
        now, presented = self._clock(), self._what_is_presented(grant)
        try:
            tokens = self._endpoint.refresh(grant.refresh_token, now)
        except MailAuthFailed as refusal:
            self._refusals.note(presented, refusal, now, rest=LONGEST_REST)
            raise
        if tokens.refresh_token is not None and tokens.refresh_token != grant.refresh_token:
            grant = self._rotate(grant, tokens.refresh_token)
        self._token = AccessToken(value=tokens.access_token, obtained_at=now, expires_at=tokens.expires_at, grant=grant)
        return self._token

    def _rotate(self, grant: Grant, refresh_token: str) -> Grant:
        """Keep the refresh token that takes the place of the one sent, unless the owner allowed anew meanwhile."""
        rotated = replace(grant, refresh_token=refresh_token)
        if read_grant(self._grant_file) == grant:
            write_grant(self._grant_file, rotated)
        return rotated

    def _credential(
        self, token: AccessToken, after_refusal: Callable[[MailAuthFailed], Credential | None]
    ) -> Credential:
        return Credential(
            secret=token.value,
            kind="token",
            after_refusal=after_refusal,
            after_acceptance=self._refusals.forget,
        )

    def _replace(self, refused: AccessToken) -> Credential:
        """Return another token for one the mail server refused; a refusal of that one is final for a while."""
        with self._lock:
            token = self._token
            if token is None or token == refused:
                token = self._renew(self._grant())
            return self._credential(token, lambda failure: self._note(token.grant, failure))

    def _note(self, grant: Grant, failure: MailAuthFailed) -> None:
        self._refusals.note(self._what_is_presented(grant), failure, self._clock())
