"""Which folders a server has, and why one of them cannot be opened.

Lives here: LIST and what follows from it. Must not live here: messages, connections (``mail.imap``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jeeves.errors import MailFolderMissing, MailUnavailable
from jeeves.mail.fetched import decode_name

if TYPE_CHECKING:
    from imapclient import IMAPClient

    from jeeves.mail.imap_connect import ImapServer

_FOLDERS_IN_ADVICE = 20


def folder_failure(client: IMAPClient, server: ImapServer, folder: str) -> MailFolderMissing | MailUnavailable:
    """Say why a folder cannot be opened: it is not there, or the server does not want to just now."""
    listed = ((flags, decode_name(name)) for flags, _, name in client.list_folders())
    folders = [name for flags, name in listed if b"\\NOSELECT" not in map(bytes.upper, flags)]
    if folder in folders or folder.upper() == "INBOX":
        return MailUnavailable(
            f"The mail server {server} would not open the folder {folder!r} just now.",
            advice="Jeeves tries again by itself.",
        )
    shown = ", ".join(sorted(folders)[:_FOLDERS_IN_ADVICE])
    more = f" and {len(folders) - _FOLDERS_IN_ADVICE} more" if len(folders) > _FOLDERS_IN_ADVICE else ""
    return MailFolderMissing(
        f"There is no folder {folder!r} on the mail server {server}.",
        advice=f"Put one of these into mail.folders: {shown}{more}.",
    )
