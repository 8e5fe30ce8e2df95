"""Signing in on a connection that stands: by password or by access token, as the server offers it.

Lives here: the choice of mechanism, the SASL exchange, what a refusal means. Must not live here: connecting
(``mail.imap_connect``), where secrets come from (``mail.credentials``, ``mail.oauth``).

No error carries the server's own words: they are foreign text, and some servers echo what they were sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imapclient.exceptions import IMAPClientAbortError, LoginError

from jeeves.errors import MailAuthFailed, MailUnavailable
from jeeves.mail.grant_file import COMMAND
from jeeves.mail.imap_throttling import is_throttled, throttled

if TYPE_CHECKING:
    from collections.abc import Callable

    from imapclient import IMAPClient

    from jeeves.mail.credentials import Credential
    from jeeves.mail.imap_connect import ImapServer

_APP_PASSWORD: Final = (
    "Check mail.username and mail.password; "  # noqa: S105 - advice about passwords, not one
    "Gmail takes an app password (myaccount.google.com/apppasswords), never the account's own."
)
_OTHER_ACCOUNT: Final = (
    f"Run: {COMMAND}, and choose the account of mail.username. If it is that one, IMAP may be switched off for it."
)
# RFC 5530 response codes and Gmail's phrases for a sign-in that is refused now and would be taken later.
_REFUSED_FOR_NOW: Final = (
    "[UNAVAILABLE]",
    "[INUSE]",
    "[LIMIT]",
    "[SERVERBUG]",
    "TRY AGAIN",
    "TEMPORAR",
)


def sign_in(client: IMAPClient, server: ImapServer, username: str, credential: Credential) -> None:
    """Present ``credential``, and the one that its source has instead if it is refused.

    Raises MailAuthFailed, MailUnavailable, what imapclient raises, and what the credential's source raises.
    """
    offered: Credential | None = credential
    while offered is not None:
        try:
            _present(client, server, username, offered)
        except LoginError as refusal:
            failure = _login_failure(refusal, server, by_token=offered.kind == "token")
            offered = offered.after_refusal(failure) if isinstance(failure, MailAuthFailed) else None
            if offered is None:
                raise failure from refusal
        else:
            offered.after_acceptance()
            return


def _present(client: IMAPClient, server: ImapServer, username: str, credential: Credential) -> None:
    if credential.kind == "token":
        _present_token(client, server, username, credential.secret)
    else:
        _present_password(client, server, username, credential.secret)


def _present_password(client: IMAPClient, server: ImapServer, username: str, password: str) -> None:
    """Use AUTHENTICATE PLAIN where offered: unlike LOGIN it carries any character (RFC 4616)."""
    if client.has_capability("AUTH=PLAIN"):
        client.plain_login(username, password)
        return
    if client.has_capability("LOGINDISABLED"):
        raise _no_password_wanted(server)
    if not f"{username}{password}".isascii() or not f"{username}{password}".isprintable():
        raise MailAuthFailed(
            f"The mail server {server} takes only ASCII letters, digits and signs in user names and passwords.",
            advice="Choose a password without accented letters or other alphabets.",
        )
    client.login(_quoted(username), password)


def _no_password_wanted(server: ImapServer) -> MailAuthFailed:
    if server.tls == "none":
        return MailAuthFailed(
            f"The mail server {server} takes no password over a connection that is not secured.",
            advice='Set mail.tls to "starttls" or "implicit".',
        )
    return MailAuthFailed(
        f"The mail server {server} takes no passwords.",
        advice='Set mail.auth to "oauth2", if the server is Google\'s; else ask its administrator.',
    )


def _present_token(client: IMAPClient, server: ImapServer, username: str, token: str) -> None:
    """Use XOAUTH2 where offered: it is what Google documents and every client uses; else OAUTHBEARER."""
    if client.has_capability("AUTH=XOAUTH2"):
        client.sasl_login("XOAUTH2", _answering(xoauth2(username, token), refusal=b""))
    elif client.has_capability("AUTH=OAUTHBEARER"):
        client.sasl_login("OAUTHBEARER", _answering(oauthbearer(username, token), refusal=b"\1"))
    else:
        raise MailAuthFailed(
            f"The mail server {server} does not offer sign-in by OAuth.",
            advice='Set mail.auth to "password", or mail.host to the server of the account you allowed.',
        )


def _answering(first: bytes, *, refusal: bytes) -> Callable[[bytes], bytes]:
    """Return the client's side: ``first`` to the server's go-ahead, ``refusal`` to its explanation of an error.

    The explanation ("+" and JSON in base64) has to be answered before the server says NO. The library's own
    ``oauth2_login`` answers it with the token once more.
    """
    answers = iter([first])
    return lambda _challenge: next(answers, refusal)


def xoauth2(username: str, token: str) -> bytes:
    """Return the initial response of Google's page "OAuth 2.0 Mechanism"; refusals are answered by an empty line."""
    return f"user={username}\1auth=Bearer {token}\1\1".encode()


def oauthbearer(username: str, token: str) -> bytes:
    """Return the initial response of RFC 7628, section 3.1: refusals are answered by one control-A (section 3.2.3)."""
    identity = username.replace("=", "=3D").replace(",", "=2C")  # saslname, RFC 5801, section 4
    return f"n,a={identity},\1auth=Bearer {token}\1\1".encode()


def _quoted(text: str) -> str:
    """Quote as RFC 9051, section 4.3, wants it: the library does so for the password only."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _login_failure(refusal: LoginError, server: ImapServer, *, by_token: bool) -> MailAuthFailed | MailUnavailable:
    if isinstance(refusal.__context__, IMAPClientAbortError):
        return MailUnavailable(
            f"The mail server {server} hung up during sign-in.", advice="Jeeves tries again by itself."
        )
    if is_throttled(refusal):
        return throttled(server)
    if any(phrase in str(refusal).upper() for phrase in _REFUSED_FOR_NOW):
        return MailUnavailable(
            f"The mail server {server} takes no sign-ins from this account just now.",
            advice="Jeeves waits and tries again; if it stays so, close other mail programs on this account.",
        )
    if by_token:
        return MailAuthFailed(f"The mail server {server} refused the sign-in with Google.", advice=_OTHER_ACCOUNT)
    return MailAuthFailed(f"The mail server {server} refused the user name or password.", advice=_APP_PASSWORD)
