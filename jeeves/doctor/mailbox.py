"""The mailbox: sign-in, what the server can do, folders, its clock.

Lives here: the check. Must not live here: protocol (``mail``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from jeeves.app.clock import utc_now
from jeeves.app.mailboxes import mail_credentials
from jeeves.config.account_keys import naming_keys_of, with_keys_of
from jeeves.config.accounts import name_of
from jeeves.doctor.findings import fault, note, ok
from jeeves.doctor.machine import judge_clock
from jeeves.mail.imap_connect import ImapServer
from jeeves.mail.imap_look import Look, look
from jeeves.store.health import component_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jeeves.config import Config
    from jeeves.doctor.findings import Finding

_SILENT = 15.0  # seconds the server may keep silent
_SLOW_CLOCK = timedelta(minutes=5)


def look_at_mailbox(config: Config) -> Iterator[Finding]:
    """Sign in to the mailbox of ``config``, of several that of one, and look. Raises what signing in raises."""
    with naming_keys_of(config):
        for finding in _look_at_mailbox(config):
            subject = component_of(finding.subject, name_of(config))
            message, remedy = with_keys_of(config, finding.message), with_keys_of(config, finding.remedy)
            yield replace(finding, subject=subject, message=message, remedy=remedy)


def _look_at_mailbox(config: Config) -> Iterator[Finding]:
    mail = config.mail
    server = ImapServer(host=mail.host, port=mail.port, tls=mail.tls, ca_file=mail.ca_file, timeout=_SILENT)
    found = look(server, mail.username, mail_credentials(config)())
    yield ok("mail", f"{server} lets Jeeves in ({'OAuth' if mail.auth == 'oauth2' else 'password'})")
    yield from _capabilities(found)
    yield from _folders(found, config)
    if found.newest_at is not None and found.newest_at > utc_now() + _SLOW_CLOCK:
        yield judge_clock(utc_now() - found.newest_at)


def _capabilities(found: Look) -> Iterator[Finding]:
    gmail = ", Gmail's extensions" if "X-GM-EXT-1" in found.capabilities else ""
    if "IDLE" in found.capabilities:
        yield ok("server", f"It tells of new mail at once (IDLE){gmail}")
    else:
        yield note("server", f"It cannot tell of new mail by itself{gmail}; Jeeves looks every mail.poll.")


def _folders(found: Look, config: Config) -> Iterator[Finding]:
    missing = [name for name in config.mail.folders if not name.startswith("\\") and not _is_there(name, found)]
    for name in missing:
        shown = ", ".join(found.folders[:10])
        yield fault("folders", f"There is no folder {name!r}.", f"Put some of these into mail.folders: {shown}.")
    if not missing:
        yield ok("folders", f"{', '.join(config.mail.folders)} of {len(found.folders)}")


def _is_there(name: str, found: Look) -> bool:
    return name in found.folders or name.upper() == "INBOX"
