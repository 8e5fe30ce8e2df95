"""A Jeeves as its owner has it: the program with the PostgreSQL that comes with it, and a mail server on a socket.

Lives here: starting and ending them, letters of every common kind. Must not live here: what is measured.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.footprint import Footprint, footprint
from jeeves.store.embedded import EmbeddedPostgres
from tests.acceptance.installation import PASSWORD, PROPOSAL, REPORT, USER, Installation, letter, wait_until
from tests.servers.gmail_like import GmailLikeServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.installation import Daemon

_PATIENCE = 900.0  # seconds: on a busy machine a thousand decisions take minutes
_INVITE = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:{number}@example.org\r\n"
    "DTSTART:{day}T120000Z\r\nDTEND:{day}T130000Z\r\nSUMMARY:Lunch\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
_WORDS = "budget figures attached please find the minutes of our meeting and the plan for next quarter"


@dataclass(frozen=True, slots=True)
class Household:
    """A running daemon and the mailbox it watches."""

    daemon: Daemon
    installation: Installation
    server: GmailLikeServer

    def footprint(self) -> Footprint:
        """Return what the daemon and its PostgreSQL hold now."""
        pid_file = self.installation.folder / "data" / "postgresql" / "cluster" / "postmaster.pid"
        return footprint(self.daemon.process.pid, int(pid_file.read_text().splitlines()[0]))

    def wait_for_decisions(self, messages: int) -> None:
        """Return once so many messages are decided on. Fails when that takes minutes."""
        wait_until(lambda: self.decided() >= messages, seconds=_PATIENCE)

    def decided(self) -> int:
        """Return how many messages are decided on."""
        return int(self.installation.status()["decided"])


@contextlib.contextmanager
def household() -> Iterator[Household]:
    """Run a daemon on an empty mailbox until the block ends; it is in IDLE when the block begins."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jv-")))
        folder.chmod(0o755)  # as root, PostgreSQL runs as somebody else and has to get in
        stack.callback(EmbeddedPostgres(folder / "data").remove)
        server = stack.enter_context(GmailLikeServer({USER: PASSWORD}))
        installation = Installation(
            folder=folder,
            sections={
                "mail": {"host": "127.0.0.1", "port": server.port, "tls": "none", "username": USER},
                "database": {"data_dir": str(folder / "data")},
            },
        )
        installation.run("db", "upgrade")  # as setup does; a daemon that makes the tables keeps Alembic in memory
        daemon = installation.start()
        stack.callback(daemon.end)
        wait_until(lambda: "IDLE" in server.commands, seconds=_PATIENCE)
        yield Household(daemon=daemon, installation=installation, server=server)


def mixed(number: int) -> bytes:
    """Return letter ``number``: proposals, dates, invitations, HTML, long reports and news, in turn."""
    sender = f"Ada{number % 40} <ada{number % 40}@example.org>"
    day = datetime.now(UTC) + timedelta(days=number % 20)
    kinds = (
        lambda: letter(number, f"{PROPOSAL} {number}", sender=sender),
        lambda: letter(
            number, f"Are you free on {day:%A, %d %B} at {number % 12 + 1} pm? Dinner again?", sender=sender
        ),
        lambda: _typed(letter(number, f"<div><p>{REPORT}</p><b>{number}</b></div>" * 40, sender=sender), "text/html"),
        lambda: letter(number, f"{REPORT} {_WORDS} {number}. " * 60, sender=sender),
        lambda: _typed(
            letter(number, _INVITE.format(number=number, day=f"{day:%Y%m%d}"), sender=sender), "text/calendar"
        ),
    )
    return kinds[number % len(kinds)]()


def _typed(written: bytes, kind: str) -> bytes:
    return written.replace(b"Content-Type: text/plain", f"Content-Type: {kind}".encode())


def deliver(server: GmailLikeServer, numbers: range, *, every: float) -> None:
    """Put a letter into the mailbox every so many seconds."""
    for number in numbers:
        server.deliver("INBOX", mixed(number))
        time.sleep(every)
