"""The daemon under a service manager: what it is told, by the real process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.installation import PROPOSAL, letter, wait_until
from tests.integration.service.notify_socket import NotifySocket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer


@pytest.fixture
def notified(tmp_path: Path, installation: Installation) -> Iterator[NotifySocket]:
    """Be the service manager that starts the daemon, with a watchdog of a second."""
    with NotifySocket(tmp_path) as listening:
        installation.environment |= {"NOTIFY_SOCKET": listening.address, "WATCHDOG_USEC": "1000000"}
        yield listening


def test_it_says_when_it_is_ready_feeds_the_watchdog_and_says_that_it_ends(
    installation: Installation, notified: NotifySocket
) -> None:
    daemon = installation.start()
    wait_until(lambda: notified.count("READY=1") == 1)
    wait_until(lambda: notified.count("WATCHDOG=1") >= 3)
    early = notified.count("STOPPING=1")
    status = daemon.end()

    assert (status, early) == (0, 0)
    wait_until(lambda: notified.count("STOPPING=1") == 1)
    assert notified.count("READY=1") == 1


def test_a_refused_password_does_not_end_a_service_and_the_right_one_is_taken_up(
    installation: Installation, notified: NotifySocket, server: GmailLikeServer
) -> None:
    # given a password in a file, mistyped
    secret = installation.folder / "password"
    secret.write_text("mistyped\n")
    secret.chmod(0o600)
    installation.sections["mail"]["password"] = "file:password"
    daemon = installation.start()
    wait_until(lambda: any("refused" in each["message"] for each in installation.status()["troubles"]))
    assert daemon.process.poll() is None

    # when the owner writes the right one
    secret.write_text("correct horse\n")
    server.deliver("INBOX", letter(1, PROPOSAL))

    assert "lunch" in daemon.next_alert()
    assert notified.count("READY=1") == 1
