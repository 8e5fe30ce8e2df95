from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tests.acceptance.installation import wait_until
from tests.integration.push.life import PASSWORD, USER, Life, proposal
from tests.servers.gmail_like import GmailLikeServer

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from jeeves.types import Notification, Receipt


def test_a_channel_that_hangs_holds_up_neither_reading_nor_deciding(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging, released = threading.Event(), threading.Event()
    with GmailLikeServer({USER: PASSWORD}) as server, Life(tmp_path, database_url, server.port) as life:
        send = life.recorder.send

        def hang(notification: Notification) -> Receipt:
            hanging.set()
            assert released.wait(120)
            return send(notification)

        monkeypatch.setattr(life.recorder, "send", hang)
        server.deliver("INBOX", proposal(1))
        assert hanging.wait(40)

        server.deliver("INBOX", proposal(2))
        wait_until(lambda: life.count("predictions") == 2)
        assert life.recorder.alerts == []

        released.set()
        life.wait_for_alert(1)
        life.wait_for_alert(2)
