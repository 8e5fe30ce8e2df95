"""The canary's folder on an IMAP server.

Lives here: ``ImapCanary``, which creates, appends and deletes, in this one folder and no other. Must not live here: the
letter, and what becomes of it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from imapclient import SEEN, imap_utf7

from jeeves.mail.imap_connect import ImapServer, connection_failures, disconnect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imapclient import IMAPClient


class ImapCanary:
    """Satisfies ``actions.canary.CanaryFolder`` with a connection for each call.

    Raises MailUnavailable, MailThrottled and what ``connect`` raises.
    """

    def __init__(self, server: ImapServer, connect: Callable[[], IMAPClient], *, folder: str, sender: str) -> None:
        """Keep ``connect``, which signs in; only mail of ``sender`` is ever deleted, and only in ``folder``."""
        self._server = server
        self._connect = connect
        self._folder: bytes = imap_utf7.encode(folder)
        self._sender = sender

    def put(self, letter: bytes) -> None:
        """Append ``letter``, as read already so that no telephone rings; make the folder when it is not there."""
        with self._signed_in() as client:
            if not self._exists(client):
                client.create_folder(self._folder)
            client.append(self._folder, letter, flags=(SEEN,))

    def clear(self) -> None:
        """Delete every canary in the folder; on Gmail, where a folder is a label, by way of the bin."""
        with self._signed_in() as client:
            if not self._exists(client):
                return
            client.select_folder(self._folder)
            canaries = client.search(["FROM", self._sender])
            if not canaries:
                return
            if client.has_capability("X-GM-EXT-1"):
                client.add_gmail_labels(canaries, ["\\Trash"], silent=True)
                return
            client.delete_messages(canaries, silent=True)
            client.expunge()

    def _exists(self, client: IMAPClient) -> bool:
        return any(name == self._folder for _, _, name in client.list_folders())

    @contextmanager
    def _signed_in(self) -> Iterator[IMAPClient]:
        client = self._connect()
        try:
            with connection_failures(self._server):
                yield client
        finally:
            disconnect(client)
