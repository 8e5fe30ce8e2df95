"""A first look at a mailbox: can one sign in, what can the server do, which folders are there.

Lives here: ``look``, read-only like everything that talks to the mailbox. Must not live here: messages (``mail.imap``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jeeves.mail.fetched import decode_name
from jeeves.mail.imap_connect import connect, connection_failures, disconnect

if TYPE_CHECKING:
    from imapclient import IMAPClient

    from jeeves.mail.credentials import Credential
    from jeeves.mail.imap_connect import ImapServer

_NOT_A_FOLDER = b"\\NOSELECT"
_SPECIAL = (b"\\ALL", b"\\ARCHIVE", b"\\DRAFTS", b"\\FLAGGED", b"\\JUNK", b"\\SENT", b"\\TRASH")  # RFC 6154


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a first look shows; names are harmless to show."""

    capabilities: frozenset[str]  # upper case
    folders: tuple[str, ...]  # that can be opened, INBOX first, then by name
    special: tuple[str, ...]  # of these, the ones with a purpose of their own: sent mail, drafts, trash
    newest_at: datetime | None  # aware UTC; when the newest message in INBOX arrived, by the server's clock


def look(server: ImapServer, username: str, credential: str | Credential) -> Look:
    """Sign in, look and leave. Raises as ``imap_connect.connect``."""
    client = connect(server, username, credential)
    try:
        with connection_failures(server):
            listed = [({flag.upper() for flag in flags}, decode_name(name)) for flags, _, name in client.list_folders()]
            folders = [name for flags, name in listed if _NOT_A_FOLDER not in flags]
            return Look(
                capabilities=frozenset(each.decode("ascii", "replace").upper() for each in client.capabilities()),
                folders=tuple(sorted(folders, key=lambda name: (name.upper() != "INBOX", name.casefold()))),
                special=tuple(name for flags, name in listed if flags.intersection(_SPECIAL)),
                newest_at=_newest(client),
            )
    finally:
        disconnect(client)


def _newest(client: IMAPClient) -> datetime | None:
    """Return when the last message of INBOX arrived (INTERNALDATE, RFC 9051, section 2.3.3)."""
    exists = int(client.select_folder("INBOX", readonly=True)[b"EXISTS"])
    uids = client.search([str(exists)]) if exists else []
    if not uids:
        return None
    moment = client.fetch(uids, [b"INTERNALDATE"]).get(uids[0], {}).get(b"INTERNALDATE")
    return moment.astimezone(UTC) if isinstance(moment, datetime) and moment.tzinfo is not None else None
