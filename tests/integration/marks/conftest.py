"""A mailbox with labels, and the daemon that reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.marks.life import Life, Start
from tests.servers.gmail_like import GmailLikeServer
from tests.servers.interface import PASSWORD, USERNAME, MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Engine


@pytest.fixture
def start(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    monkeypatch.setenv("JEEVES_IMAP_PASSWORD", PASSWORD)
    lives: list[Life] = []

    def begin(
        server: MailServer, *, write: bool = False, folders: Sequence[str] = ("INBOX",), label: str = "Jeeves"
    ) -> Life:
        config = tmp_path / "jeeves.toml"
        named = ", ".join(f'"{name}"' for name in folders)
        config.write_text(
            f'[mail]\nhost = "127.0.0.1"\nport = {server.port}\ntls = "none"\nusername = "{USERNAME}"\n'
            f'folders = [{named}]\ntraining_label = "{label}"\nwrite_labels = {str(write).lower()}\n'
            f'[database]\ndata_dir = "{tmp_path / "data"}"\n',
            encoding="utf-8",
        )
        lives.append(Life(engine, config))
        return lives[-1]

    yield begin
    for life in lives:
        life.close()


@pytest.fixture(params=["changes counted", "changes not counted"])
def gmail(request: pytest.FixtureRequest) -> Iterator[GmailLikeServer]:
    with GmailLikeServer({USERNAME: PASSWORD}) as server:
        server.condstore = request.param == "changes counted"
        yield server
