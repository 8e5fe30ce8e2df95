from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.installation import PASSWORD, USER, WRITTEN, Installation
from tests.acceptance.privacy import leaks, log_lines
from tests.servers.gmail_like import GmailLikeServer
from tests.servers.twilio_stub import TwilioStub

if TYPE_CHECKING:
    from collections.abc import Iterator

_OVERHEARING = Path(__file__).with_name("overhearing")


@pytest.fixture(autouse=True)
def _nothing_private_is_logged(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Look through the log of every program that a test starts, by whatever way, for mail, addresses and numbers."""
    overheard = tmp_path_factory.mktemp("overheard")
    overheard.chmod(0o777)  # a program may run as somebody else
    WRITTEN.clear()
    monkeypatch.setenv("JEEVES_TEST_OVERHEARD", str(overheard))
    monkeypatch.setenv("PYTHONPATH", str(_OVERHEARING), prepend=os.pathsep)
    yield
    lines = [
        line for file in overheard.iterdir() for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
    ]
    assert leaks(log_lines(lines), {PASSWORD, *WRITTEN}) == []


@pytest.fixture
def server() -> Iterator[GmailLikeServer]:
    with GmailLikeServer({USER: PASSWORD}) as running:
        yield running


@pytest.fixture
def installation(tmp_path: Path, server: GmailLikeServer, database_url: str) -> Iterator[Installation]:
    """Return an installation that watches ``server`` every 200 ms and stores in a database of its own.

    At the end, whatever its programs logged must not hold mail, addresses, numbers or secrets.
    """
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
    assert leaks(log_lines(made.logged()), made.private()) == []


@pytest.fixture
def twilio(installation: Installation) -> Iterator[TwilioStub]:
    """Serve a Twilio that the installation texts and calls through, and demand that nobody misused it."""
    with TwilioStub() as stub:
        account = {"account_sid": "env:TWILIO_SID", "auth_token": "env:TWILIO_TOKEN", "api_base": stub.url}
        numbers = {"from": "+15550100", "to": "+15550101"}
        installation.sections["notify.sms"] = installation.sections["notify.call"] = account | numbers
        installation.environment |= {"TWILIO_SID": stub.account_sid, "TWILIO_TOKEN": stub.auth_token}
        yield stub
        assert stub.mistakes == []
