"""How much memory a daemon takes that serves a mailbox of a given size.

Lives here: a real daemon on a filled database, given some mail. Must not live here: figures (``growth``), the mailbox
(``grown``).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from benchmarks.grown import ACCOUNT, UIDVALIDITY
from tests.acceptance.installation import PASSWORD, PROPOSAL, Installation, letter, wait_until
from tests.servers.gmail_like import GmailLikeServer

if TYPE_CHECKING:
    from sqlalchemy import Engine

_LETTERS: Final = 100
_PATIENCE: Final = 120.0  # seconds


def resident_megabytes(engine: Engine, run: int) -> float:
    """Start a daemon on the database of ``engine``, let mail arrive, and return its RSS once all of it is decided.

    ``run`` numbers the daemons of one database, so that each gets mail of its own.
    """
    with (
        tempfile.TemporaryDirectory(prefix="jv-") as folder,
        GmailLikeServer({ACCOUNT: PASSWORD}, gmail=False) as server,
    ):
        inbox = server.folders["INBOX"]
        inbox.uidvalidity, inbox.uidnext = UIDVALIDITY, _last_uid(engine) + 1
        installation = Installation(
            folder=Path(folder),
            sections={
                "mail": {"host": "127.0.0.1", "port": server.port, "tls": "none", "username": ACCOUNT, "poll": "1s"},
                "database": {
                    "url": engine.url.render_as_string(hide_password=False),
                    "data_dir": str(Path(folder) / "data"),
                },
                "alerts": {"channels": ["console"]},
            },
        )
        daemon = installation.start()
        try:
            before = _decided(engine)
            for number in range(_LETTERS):
                server.deliver("INBOX", letter(run * _LETTERS + number, PROPOSAL))
            wait_until(lambda: _decided(engine) >= before + _LETTERS, seconds=_PATIENCE)
            return _resident(daemon.process.pid)
        finally:
            daemon.kill()


def _decided(engine: Engine) -> int:
    """Return how many letters of ours are decided."""
    letters = "select count(*) from messages where message_key like 'letter-%' and decided_at is not null"
    return _number(engine, letters)


def _last_uid(engine: Engine) -> int:
    return _number(engine, "select last_uid from mailboxes where folder = 'INBOX'")


def _number(engine: Engine, query: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())


def _resident(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024
