"""What the contract tests of the mail source need of an IMAP server, whichever it is.

Lives here: the Protocol that the Gmail-like server and Dovecot satisfy. Must not live here: any server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

USERNAME = "owner@example.org"
SENT_MAIL = "Gesendet"  # the folder that bears the attribute \\Sent, once it is created
ALL_MAIL = "Büro & alles"  # the folder that bears the attribute \\All (RFC 6154), once it is created
PASSWORD = 'correct "horse" b\\attery stäple'


class MailServer(Protocol):
    """A running IMAP server with one mailbox, that of ``USERNAME``."""

    port: int

    def deliver(self, folder: str, rfc822: bytes, *, received_at: datetime | None = None) -> int:
        """Put a message into a folder and return its UID."""
        ...

    def create_folder(self, name: str) -> None:
        """Add an empty folder."""
        ...

    def expunge(self, folder: str, uid: int) -> None:
        """Remove a message, as another mail program would."""
        ...

    def renumber(self, folder: str) -> None:
        """Give a folder a new UIDVALIDITY and its messages new UIDs."""
        ...

    def flags(self, folder: str) -> dict[int, set[str]]:
        """Return the flags of every message, by UID."""
        ...

    def drop_connections(self) -> None:
        """Cut every connection."""
        ...

    def stop(self) -> None:
        """Take the server down; the mailbox stays."""
        ...

    def start(self) -> None:
        """Bring it up again on the same port."""
        ...
