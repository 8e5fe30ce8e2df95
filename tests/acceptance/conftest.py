from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.installation import PASSWORD, USER, Installation
from tests.servers.gmail_like import GmailLikeServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server() -> Iterator[GmailLikeServer]:
    with GmailLikeServer({USER: PASSWORD}) as running:
        yield running


@pytest.fixture
def installation(tmp_path: Path, server: GmailLikeServer, database_url: str) -> Iterator[Installation]:
    """Return an installation that watches ``server`` every 200 ms and stores in a database of its own."""
    made = Installation(
        folder=tmp_path,
        sections={
            "mail": {"host": "127.0.0.1", "port": server.port, "tls": "none", "username": USER, "poll": "200ms"},
            "database": {"url": database_url, "data_dir": str(tmp_path / "data")},
            "alerts": {"channels": ["console"]},
        },
    )
    yield made
    for daemon in made.daemons:
        daemon.kill()
