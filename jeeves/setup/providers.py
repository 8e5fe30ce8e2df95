"""Where mail of an address lies, and what lets a program in there.

Lives here: a table of well-known providers and the guess for all others; pure. Must not live here: looking anything
up on the network.

Hosts and ports are those of the providers' own help pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Tls = Literal["implicit", "starttls", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """How to reach a mailbox."""

    host: str
    port: int = 993
    tls: Tls = "implicit"
    advice: str = ""  # which password it takes and where to get it
    known: bool = True  # False: a guess


_GMAIL: Final = Provider(
    host="imap.gmail.com",
    advice="Google takes an app password: 16 letters, made at https://myaccount.google.com/apppasswords (2-step "
    "verification has to be on), never the account's own password. Or sign in with Google (OAuth), which needs an "
    "OAuth client of your own.",
)
_OUTLOOK: Final = Provider(
    host="outlook.office365.com",
    advice="Microsoft lets programs in by Microsoft's own sign-in only, which Jeeves does not speak. Have the mail "
    "forwarded to another mailbox, and give that one's address.",
)
_APPLE: Final = Provider(
    host="imap.mail.me.com",
    advice="Apple takes an app-specific password, made at https://account.apple.com under Sign-In and Security.",
)
_YAHOO: Final = Provider(
    host="imap.mail.yahoo.com",
    advice="Yahoo takes an app password, made at https://login.yahoo.com/account/security.",
)
_GMX: Final = Provider(
    host="imap.gmx.net", advice="Switch IMAP on first: GMX, E-Mail, Settings, POP3/IMAP. Then the usual password does."
)
_PROTON: Final = Provider(
    host="127.0.0.1",
    port=1143,
    tls="starttls",
    advice="Proton is reached through Proton Mail Bridge on this machine; the password is the one that Bridge shows, "
    "and its certificate goes into mail.ca_file.",
)
_FASTMAIL: Final = Provider(
    host="imap.fastmail.com",
    advice="Fastmail takes an app password: Settings, Privacy & Security, Manage app passwords.",
)
_BY_DOMAIN: Final = {
    **dict.fromkeys(("gmail.com", "googlemail.com"), _GMAIL),
    **dict.fromkeys(("outlook.com", "hotmail.com", "live.com", "msn.com", "outlook.de", "hotmail.co.uk"), _OUTLOOK),
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), _APPLE),
    **dict.fromkeys(("yahoo.com", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "yahoo.co.jp", "ymail.com"), _YAHOO),
    **dict.fromkeys(("gmx.de", "gmx.net", "gmx.at", "gmx.ch"), _GMX),
    **dict.fromkeys(("proton.me", "protonmail.com", "pm.me"), _PROTON),
    **dict.fromkeys(("fastmail.com", "fastmail.fm"), _FASTMAIL),
    "gmx.com": Provider(host="imap.gmx.com", advice="Switch IMAP on first, in GMX's settings under POP3/IMAP."),
    "web.de": Provider(host="imap.web.de", advice="Switch IMAP on first, in WEB.DE's settings under POP3/IMAP."),
    "t-online.de": Provider(host="secureimap.t-online.de", advice="Telekom takes a password of its own for e-mail."),
    "posteo.de": Provider(host="posteo.de"),
    "mailbox.org": Provider(host="imap.mailbox.org"),
    "aol.com": Provider(host="imap.aol.com", advice="AOL takes an app password, made in the account's security page."),
    "zoho.com": Provider(host="imap.zoho.com", advice="Switch IMAP on first; with 2-step, make an app password."),
    "yandex.com": Provider(host="imap.yandex.com", advice="Yandex takes an app password, made at id.yandex.com."),
    "orange.fr": Provider(host="imap.orange.fr"),
    "free.fr": Provider(host="imap.free.fr"),
    "laposte.net": Provider(host="imap.laposte.net"),
    "btinternet.com": Provider(host="mail.btinternet.com"),
}


def is_address(written: str) -> bool:
    """Tell whether ``written`` may be a mail address: something, an @, a domain; as lenient as mail servers are."""
    local, at, domain = written.rpartition("@")
    return bool(local and at and "." in domain.strip(".") and written.isprintable() and not set(written) & set(' "<>,'))


def provider_of(address: str) -> Provider:
    """Return how to reach the mailbox of ``address``; for an unknown domain a guess, ``imap.DOMAIN``."""
    domain = address.rpartition("@")[2].strip().rstrip(".").lower()
    return _BY_DOMAIN.get(domain) or Provider(host=f"imap.{domain}", known=False)


def advice_for(host: str) -> str:
    """Return which password the server ``host`` takes; empty when nothing is known of it."""
    return next((each.advice for each in _BY_DOMAIN.values() if each.host == host.lower().rstrip(".")), "")
