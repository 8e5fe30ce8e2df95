from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.installation import PASSWORD, USER, WRITTEN, Installation
from tests.acceptance.privacy import leaks, log_lines
from tests.servers.gmail_like import GmailLikeServer
from tests.servers.twilio_stub import TwilioStub

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server() -> Iterator[GmailLikeServer]:
    with GmailLikeServer({USER: PASSWORD}) as running:
        yield running


@pytest.fixture
def installation(tmp_path: Path, server: GmailLikeServer, database_url: str) -> Iterator[Installation]:
    """Return an installation that watches ``server`` every 200 ms and stores in a database of its own.

    At the end, whatever its programs logged must not hold mail, addresses, numbers or secrets.
    """
    WRITTEN.clear()
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
