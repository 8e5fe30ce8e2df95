"""Being asked to slow down, in whatever words a server has for it.

Lives here: recognising it, and saying so. Must not live here: waiting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imapclient.exceptions import IMAPClientError

from jeeves.errors import MailThrottled

if TYPE_CHECKING:
    from jeeves.mail.imap_connect import ImapServer

# Gmail's words, and the code of RFC 9208, section 5.1, for: not so much, not so often.
_THROTTLED: Final = ("THROTTLED", "OVERQUOTA", "TOO MANY", "BANDWIDTH LIMIT")


def is_throttled(error: Exception) -> bool:
    """Tell whether a server's refusal means that we ask too much of it."""
    return isinstance(error, IMAPClientError) and says_throttled(str(error))


def says_throttled(words: str) -> bool:
    """Tell whether a server's answer, be it a refusal or not, asks for less."""
    return any(phrase in words.upper() for phrase in _THROTTLED)


def throttled(server: ImapServer) -> MailThrottled:
    """Return the error that says so."""
    return MailThrottled(
        f"The mail server {server} asks for fewer requests or connections just now.",
        advice="Jeeves waits a few minutes; if it stays so, close other mail programs on this account.",
    )
