from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.twilio_stub import TwilioStub

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioStub]:
    """Serve a Twilio that lists all it took, as it answers one after the other; demand that nobody misused it."""
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    with TwilioStub(serial=True) as server:
        monkeypatch.setenv("TEST_TWILIO_SID", server.account_sid)
        monkeypatch.setenv("TEST_TWILIO_TOKEN", server.auth_token)
        yield server
        assert server.mistakes == []
