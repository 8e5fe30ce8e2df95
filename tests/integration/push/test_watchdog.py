"""What the watchdog hears of real watchers, a real scheduler and a real channel that hangs."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from jeeves.app.clock import utc_now
from jeeves.daemon import Job, Pulse, ServiceManager, serve
from jeeves.types import Receipt
from tests.acceptance.installation import PATIENCE, wait_until
from tests.integration.push.life import Life, proposal
from tests.integration.service.notify_socket import NotifySocket

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from jeeves.types import Notification
    from tests.servers.gmail_like import GmailLikeServer

_AGES = 10_000.0  # seconds: more than any task may take


class Seconds:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_ages(self) -> None:
        self.now += _AGES


def test_a_step_of_a_watcher_that_takes_ages_is_stuck_and_a_watcher_that_moves_is_not(
    tmp_path: Path, database_url: str, server: GmailLikeServer
) -> None:
    seconds = Seconds()
    life = Life(tmp_path, database_url, server.port)
    life.runner.pulse = pulse = Pulse(seconds)

    def overdue() -> bool:
        seconds.pass_ages()
        return pulse.stuck() == ["watching INBOX"]

    with life:
        wait_until(overdue)
        wait_until(lambda: pulse.stuck() == [])  # the next step has a time of its own


def test_a_channel_that_never_answers_is_stuck(
    tmp_path: Path, database_url: str, server: GmailLikeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answered = threading.Event(), threading.Event()

    def hang(_notification: Notification) -> Receipt:
        asked.set()
        answered.wait(PATIENCE)
        return Receipt(delivered=True)

    def send() -> None:
        while not asked.is_set():
            life.runner.deliver_guarded()
            time.sleep(0.05)

    seconds = Seconds()
    life = Life(tmp_path, database_url, server.port)
    life.runner.pulse = pulse = Pulse(seconds)
    monkeypatch.setattr(life.recorder, "send", hang)
    server.deliver("INBOX", proposal(1))
    with life:
        sender = threading.Thread(target=send)
        sender.start()
        assert asked.wait(PATIENCE)
        seconds.pass_ages()
        stuck = pulse.stuck()
        answered.set()
        sender.join()
    assert stuck


def test_a_stalled_job_stops_the_watchdog_of_the_running_daemon(
    tmp_path: Path, database_url: str, server: GmailLikeServer
) -> None:
    # given a daemon that feeds its watchdog, and a job that hangs for good
    seconds, hanging, released = Seconds(), threading.Event(), threading.Event()
    life = Life(tmp_path, database_url, server.port)
    life.runner.pulse = Pulse(seconds)

    def hang() -> None:
        hanging.set()
        released.wait(2 * PATIENCE)

    job = Job(name="audit", work=hang, every=timedelta(days=1), first_run=utc_now())
    fed: list[int] = []

    def live() -> None:
        try:
            assert hanging.wait(PATIENCE)
            wait_until(lambda: notified.count("WATCHDOG=1") >= 2)
            # when its time is over
            seconds.pass_ages()
            wait_until(lambda: notified.count("STATUS=Stuck: audit.") >= 1)
            fed.append(notified.count("WATCHDOG=1"))
            wait_until(lambda: notified.count("STATUS=Stuck: audit.") >= 5)
            fed.append(notified.count("WATCHDOG=1"))
        finally:
            released.set()
            os.kill(os.getpid(), signal.SIGTERM)

    with NotifySocket(tmp_path) as notified:
        manager = ServiceManager({"NOTIFY_SOCKET": notified.address, "WATCHDOG_USEC": "200000"})
        thread = threading.Thread(target=live)
        thread.start()
        with life:
            serve(life.runner, [], poll=timedelta(hours=1), release=lambda: None, upkeep=[job], manager=manager)
        thread.join()

    # then nothing feeds it any more, so that systemd starts us anew
    assert len(fed) == 2
    assert fed[0] == fed[1]
