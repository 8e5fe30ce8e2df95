"""The daemon's upkeep: what is done now and then beside the watching."""

from __future__ import annotations

import os
import signal
import threading
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from jeeves.app.clock import utc_now
from jeeves.daemon import Job, serve
from jeeves.errors import UserError
from tests.acceptance.installation import PATIENCE, wait_until
from tests.integration.push.life import Life

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.gmail_like import GmailLikeServer


def serve_until(life: Life, work: Callable[[], object], condition: Callable[[], bool]) -> bool:
    """Run the daemon with one job of upkeep, every 50 ms, until ``condition`` holds; then end it by SIGTERM."""
    job = Job(name="audit", work=work, every=timedelta(milliseconds=50), first_run=utc_now())

    def end() -> None:
        wait_until(condition)
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=end)
    thread.start()
    try:
        return serve(life.runner, [], poll=timedelta(hours=1), release=lambda: None, upkeep=[job], grace=PATIENCE)
    finally:
        thread.join()


def shown(life: Life) -> str | None:
    with life.engine.connect() as connection:
        return connection.execute(
            text("select error from health where component = 'audit' and cleared_at is null")
        ).scalar_one_or_none()


def test_upkeep_is_done_again_and_again(tmp_path: Path, database_url: str, server: GmailLikeServer) -> None:
    done: list[int] = []
    with Life(tmp_path, database_url, server.port) as life:
        assert serve_until(life, lambda: done.append(1), lambda: len(done) >= 3)


def test_its_trouble_is_shown_and_ends_nothing(tmp_path: Path, database_url: str, server: GmailLikeServer) -> None:
    runs: list[str | None] = []
    with Life(tmp_path, database_url, server.port) as life:

        def work() -> None:
            runs.append(shown(life))
            if len(runs) == 1:
                raise UserError("The list could not be compared.", advice="Look.")

        assert serve_until(life, work, lambda: len(runs) >= 3)

        assert runs[:2] == [None, "The list could not be compared."]
        assert runs[2] is None


def test_a_bug_in_it_ends_the_daemon(tmp_path: Path, database_url: str, server: GmailLikeServer) -> None:
    job = Job(name="audit", work=lambda: 1 // 0, every=timedelta(hours=1), first_run=utc_now())

    with Life(tmp_path, database_url, server.port) as life, pytest.raises(ZeroDivisionError):
        serve(life.runner, [], poll=timedelta(hours=1), release=lambda: None, upkeep=[job])


def test_jobs_that_wait_for_their_mailboxes_keep_no_other_from_its_turn(
    tmp_path: Path, database_url: str, server: GmailLikeServer
) -> None:
    released, done = threading.Event(), threading.Event()
    meanwhile: list[bool] = []
    now, day = utc_now(), timedelta(days=1)
    jobs = [
        *(
            Job(name=f"canary {n}", work=partial(released.wait, 2 * PATIENCE), every=day, first_run=now)
            for n in range(20)
        ),
        Job(name="labels", work=done.set, every=day, first_run=now + timedelta(milliseconds=1)),
    ]

    def live() -> None:
        meanwhile.append(done.wait(PATIENCE))
        released.set()
        os.kill(os.getpid(), signal.SIGTERM)

    with Life(tmp_path, database_url, server.port) as life:
        thread = threading.Thread(target=live)
        thread.start()
        assert serve(life.runner, [], poll=day, release=lambda: None, upkeep=jobs, grace=PATIENCE)
        thread.join()

    assert meanwhile == [True]
