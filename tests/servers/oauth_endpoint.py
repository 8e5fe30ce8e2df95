"""A small authorisation server that is as strict as Google's, for tests.

Lives here: ``OAuthEndpoint``: consent, tokens, revocation, and faults to order. Must not live here: HTTP
(``oauth_http``), IMAP; it only tells whether a token opens a mailbox (``opens``).
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode

from tests.servers.oauth_http import Listener, RefusedError

if TYPE_CHECKING:
    from types import TracebackType

SCOPE = "https://mail.google.com/"
_REDIRECT = re.compile(r"http://(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?(/.*)?")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # base64url of 32 bytes, without padding
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636, section 4.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What a code stands for until it is exchanged."""

    account: str
    redirect_uri: str
    challenge: str
    lasting: bool  # a refresh token comes with it


@dataclass(slots=True, kw_only=True)
class OAuthEndpoint:
    """An authorisation server with one client; whoever asks for ``login_hint`` is that account and says yes.

    A context manager. While it runs, by attribute: ``lifetime`` (seconds of an access token), ``says`` ("no" in the
    browser), ``scope`` (what is granted), ``fault`` (status, content type and body that the token endpoint answers
    instead), ``endless`` (its answers never end), ``silent`` (it takes requests and never answers), ``rotates`` (a
    refresh gives a new refresh token).
    ``grants`` records the kinds of grant asked for, ``problems`` what clients did against the rules.
    """

    client_id: str = "client.example"
    client_secret: str = "GOCSPX-client-secret"
    lifetime: float = 3600.0
    says: str = "yes"
    scope: str = SCOPE
    fault: tuple[int, str, bytes] | None = None
    silent: bool = False
    endless: bool = False
    rotates: bool = False
    grants: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    port: int = 0
    codes: dict[str, Code] = field(default_factory=dict)
    refresh_tokens: dict[str, str] = field(default_factory=dict)  # token to account
    access_tokens: dict[str, tuple[str, float]] = field(default_factory=dict)  # token to account and monotonic end
    secrets: set[str] = field(default_factory=set)  # every token and code ever given out
    _server: Listener | None = None
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self.stop()

    def start(self) -> None:
        """Listen, on the same port as before when there was one."""
        self._server = Listener(("127.0.0.1", self.port), self)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections from now on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def uri(self, path: str) -> str:
        """Return the address of ``auth``, ``token`` or ``revoke``."""
        return f"http://127.0.0.1:{self.port}/{path}"

    def opens(self, account: str, token: str) -> bool:
        """Tell whether an access token opens an account's mailbox now."""
        owner, end = self.access_tokens.get(token, ("", 0.0))
        return owner == account and time.monotonic() < end

    def token_info(self, token: str) -> dict[str, object]:
        """Tell a mail server whose a token is. Raises RefusedError when it is nobody's."""
        account, end = self.access_tokens.get(token, ("", 0.0))
        if time.monotonic() >= end:
            raise RefusedError(400, "invalid_token")
        return {"email": account, "scope": self.scope}

    def give_refresh_token(self, account: str) -> str:
        """Return a refresh token as a consent long ago would have given it."""
        token = self._secret("1//refresh")
        self.refresh_tokens[token] = account
        return token

    def end_access_tokens(self) -> None:
        """Have every access token refused from now on, before its time."""
        self.access_tokens.clear()

    def revoke_everything(self) -> None:
        """Do what the owner does at myaccount.google.com."""
        self.refresh_tokens.clear()
        self.access_tokens.clear()

    def consent(self, query: dict[str, str]) -> str:
        """Return where the browser is sent after the owner has answered. Raises RefusedError: no redirect then."""
        redirect_uri = query.get("redirect_uri", "")
        if query.get("client_id") != self.client_id or not _REDIRECT.fullmatch(redirect_uri):
            raise self._against_the_rules(400, "invalid_request")
        sound = (
            query.get("response_type") == "code"
            and query.get("code_challenge_method") == "S256"
            and _CHALLENGE.fullmatch(query.get("code_challenge", ""))
            and query.get("state")
            and query.get("scope") == SCOPE
        )
        if not sound:
            raise self._against_the_rules(400, "invalid_request")
        if self.says == "no":
            return f"{redirect_uri}?{urlencode({'error': 'access_denied', 'state': query['state']})}"
        code = self._secret("4/code")
        self.codes[code] = Code(
            account=query.get("login_hint", ""),
            redirect_uri=redirect_uri,
            challenge=query["code_challenge"],
            lasting=query.get("access_type") == "offline" and query.get("prompt") == "consent",
        )
        return f"{redirect_uri}?{urlencode({'state': query['state'], 'code': code, 'scope': self.scope})}"

    def token(self, form: dict[str, str], basic: str) -> dict[str, object]:
        """Answer the token endpoint. Raises RefusedError."""
        self.grants.append(form.get("grant_type", ""))
        self._check_client(form, basic)
        if form.get("grant_type") == "authorization_code":
            return self._exchange(form)
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form.get("refresh_token", ""))
        raise self._against_the_rules(400, "unsupported_grant_type")

    def revoke(self, form: dict[str, str]) -> dict[str, object]:
        """End a refresh token and all that came of it. Raises RefusedError when it is not known."""
        self.grants.append("revoke")
        account = self.refresh_tokens.pop(form.get("token", ""), None)
        if account is None:
            raise RefusedError(400, "invalid_token")
        self.access_tokens = {key: value for key, value in self.access_tokens.items() if value[0] != account}
        return {}

    def hang(self) -> None:
        """Hold a request until the server ends, when told to be silent."""
        if self.silent:
            self._over.wait()

    def _check_client(self, form: dict[str, str], basic: str) -> None:
        """Hold the client to RFC 6749, section 2.3.1: its secret in the header or in the form."""
        in_header = base64.b64decode(basic).decode() if basic else ":"
        in_form = f"{form.get('client_id', '')}:{form.get('client_secret', '')}"
        if f"{self.client_id}:{self.client_secret}" not in (in_header, in_form):
            raise RefusedError(401, "invalid_client")

    def _exchange(self, form: dict[str, str]) -> dict[str, object]:
        code = self.codes.pop(form.get("code", ""), None)  # good for one try
        if code is None or form.get("redirect_uri") != code.redirect_uri:
            raise self._against_the_rules(400, "invalid_grant")
        verifier = form.get("code_verifier", "")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if not _VERIFIER.fullmatch(verifier) or digest != code.challenge:
            raise self._against_the_rules(400, "invalid_grant")
        answer = self._access(code.account)
        if code.lasting:
            answer["refresh_token"] = self.give_refresh_token(code.account)
        return answer

    def _refresh(self, token: str) -> dict[str, object]:
        account = self.refresh_tokens.get(token)
        if account is None:
            raise RefusedError(400, "invalid_grant")
        answer = self._access(account)
        if self.rotates:
            del self.refresh_tokens[token]
            answer["refresh_token"] = self.give_refresh_token(account)
        return answer

    def _access(self, account: str) -> dict[str, object]:
        token = self._secret("ya29.access")
        self.access_tokens[token] = (account, time.monotonic() + self.lifetime)
        return {
            "access_token": token,
            "expires_in": int(self.lifetime),
            "scope": self.scope,
            "token_type": "Bearer",
        }

    def _secret(self, kind: str) -> str:
        made = f"{kind}-{secrets.token_urlsafe(16)}"
        self.secrets.add(made)
        return made

    def _against_the_rules(self, status: int, code: str) -> RefusedError:
        self.problems.append(code)
        return RefusedError(status, code)
