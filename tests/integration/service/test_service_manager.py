"""What systemd hears, through a real socket."""

from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING

import pytest
import structlog

from jeeves.daemon.pulse import Pulse
from jeeves.daemon.serve import feed_watchdog
from jeeves.daemon.service_manager import ServiceManager
from tests.acceptance.installation import PATIENCE, wait_until
from tests.integration.service.notify_socket import NotifySocket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def notified(tmp_path: Path) -> Iterator[NotifySocket]:
    with NotifySocket(tmp_path) as listening:
        yield listening


def test_a_stuck_task_stops_the_watchdog_and_its_end_lets_it_go_on(notified: NotifySocket) -> None:
    # given a channel that never answers
    seconds = [0.0]
    pulse = Pulse(lambda: seconds[0])
    log = structlog.get_logger()
    manager = ServiceManager({"NOTIFY_SOCKET": notified.address, "WATCHDOG_USEC": "1000000"})
    entered, answered = threading.Event(), threading.Event()

    def deliver() -> None:
        with pulse.task("delivering", within=60):
            entered.set()
            answered.wait(PATIENCE)

    thread = threading.Thread(target=deliver)
    thread.start()
    assert entered.wait(PATIENCE)
    feed_watchdog(pulse, manager, log)
    wait_until(lambda: notified.count("WATCHDOG=1") == 1)

    # when its time is over
    seconds[0] = 61.0
    with structlog.testing.capture_logs() as logged:
        feed_watchdog(pulse, manager, log)
    wait_until(lambda: notified.count("STATUS=Stuck: delivering.") == 1)
    hungry = notified.count("WATCHDOG=1")

    # and when it answers after all
    answered.set()
    thread.join()
    feed_watchdog(pulse, manager, log)
    wait_until(lambda: notified.count("WATCHDOG=1") == 2)

    assert hungry == 1
    assert logged == [{"event": "daemon.stuck", "log_level": "error", "tasks": ["delivering"]}]


def test_a_status_cannot_smuggle_in_a_state_of_its_own(notified: NotifySocket) -> None:
    ServiceManager({"NOTIFY_SOCKET": notified.address}).tell("Stuck: watching a\nWATCHDOG=1")
    wait_until(lambda: len(notified.lines) == 1)
    assert notified.lines == ["STATUS=Stuck: watching a WATCHDOG=1"]


def test_the_abstract_namespace_is_understood() -> None:
    name = f"jeeves-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0{name}")
        listening.settimeout(PATIENCE)
        ServiceManager({"NOTIFY_SOCKET": f"@{name}"}).ready("Here.")
        assert listening.recv(100) == b"READY=1\nSTATUS=Here."


def test_a_manager_that_went_away_does_no_harm(tmp_path: Path) -> None:
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).stopping()


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "3000000"}, 1.5),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, 1.5),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, None),  # meant for another process
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_fed_at_half_the_time_allowed(environment: dict[str, str], seconds: float | None) -> None:
    assert ServiceManager({"NOTIFY_SOCKET": "/run/notify", **environment}).feed_every == seconds


def test_without_a_manager_nothing_is_fed() -> None:
    manager = ServiceManager({"WATCHDOG_USEC": "3000000"})
    assert (manager.present, manager.feed_every) == (False, None)
