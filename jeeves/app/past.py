"""Mail of the past: where it comes from, and where it goes.

Lives here: the adapters of backfill and import. Must not live here: what the daemon reads and stores (``building``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jeeves.app.mailboxes import imap_server, mail_credentials
from jeeves.mail.imap_backfill import ImapBackfill
from jeeves.mail.imap_connect import connect
from jeeves.store.archive import PostgresArchive
from jeeves.store.backfills import PostgresBackfills

if TYPE_CHECKING:
    from jeeves.app.databases import Database
    from jeeves.config import Config
    from jeeves.ports import Archive, Backfills


def past_mail(config: Config) -> ImapBackfill:
    """Return the mailbox's past, not yet connected."""
    server, credentials = imap_server(config), mail_credentials(config)
    return ImapBackfill(server, lambda: connect(server, config.mail.username, credentials()))


def archive_in(database: Database) -> Archive:
    """Return where mail of the past goes."""
    return PostgresArchive(database.engine)


def backfills_in(database: Database) -> Backfills:
    """Return where a mailbox's past goes."""
    return PostgresBackfills(database.engine)
