from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.notify.build import twilio_stub

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.twilio_stub import TwilioStub


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioStub]:
    with twilio_stub(monkeypatch) as server:
        yield server
