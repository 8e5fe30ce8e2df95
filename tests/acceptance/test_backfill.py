from __future__ import annotations

import json
import os
import pty
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from jeeves.store.schema import messages
from tests.acceptance.installation import PROPOSAL, REPORT, letter, wait_until
from tests.acceptance.terminal import all_shown

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer


def deliver_old(server: GmailLikeServer, count: int, text: str = REPORT) -> None:
    for number in range(count):
        server.deliver(
            "INBOX", letter(number, text), received_at=datetime.now(UTC) - timedelta(days=400 - number // 10)
        )


def fall_silent(server: GmailLikeServer, *, after: int) -> None:
    """Have the server say nothing any more once it was asked ``after`` times to FETCH."""

    def asked(left: int) -> None:
        if left:
            server.before["FETCH"] = lambda: asked(left - 1)
        else:
            server.may_speak.clear()

    server.before["FETCH"] = lambda: asked(after)


def stored_in(engine: Engine) -> int:
    with engine.connect() as connection:
        found: int = connection.execute(select(func.count()).select_from(messages)).scalar_one()
    return found


def backfilled(installation: Installation, *options: str) -> dict[str, Any]:
    finished = installation.run("backfill", "--json", *options)
    assert finished.returncode == 0, finished.stderr
    report: dict[str, Any] = json.loads(finished.stdout)
    return report


def test_the_past_comes_in_as_far_back_as_asked_and_once(installation: Installation, server: GmailLikeServer) -> None:
    deliver_old(server, 100)

    newest = backfilled(installation, "--last", "20")
    since = backfilled(installation, "--since", "396d")
    rest = installation.run("backfill")

    assert (newest["new"], newest["finished"]) == (20, True)
    assert 30 <= since["new"] <= 50
    assert f"{80 - since['new']} messages stored, 0 known already, 0 not handed out." in rest.stdout
    assert installation.status()["messages"] == 100


def test_a_day_or_a_size_written_wrong_is_a_usage_error(installation: Installation) -> None:
    for options in (("--since", "soon"), ("--budget", "much"), ("--last", "0")):
        finished = installation.run("backfill", *options)
        assert finished.returncode == 2
        assert options[0] in finished.stderr


def test_a_folder_that_is_not_there_is_named(installation: Installation) -> None:
    finished = installation.run("backfill", "--folder", "Nowhere")

    assert finished.returncode == 2
    assert "There is no folder 'Nowhere'" in finished.stderr


def test_when_the_budget_is_used_up_it_says_so(installation: Installation, server: GmailLikeServer) -> None:
    for number in range(60):
        server.deliver("INBOX", letter(number, "word " * 3_000), received_at=datetime(2024, 1, 1, tzinfo=UTC))

    finished = installation.run("backfill", "--budget", "100kB")

    assert finished.returncode == 0
    assert "The budget of 0.1 MB a day is used up" in finished.stdout


def test_killed_in_the_middle_it_goes_on_where_it_was_and_repeats_nothing(
    installation: Installation, server: GmailLikeServer, engine: Engine
) -> None:
    deliver_old(server, 1_500)
    fall_silent(server, after=8)
    process = installation.popen("backfill", stderr=subprocess.DEVNULL)
    wait_until(lambda: stored_in(engine) >= 200)
    process.kill()
    process.communicate()
    stored = stored_in(engine)
    server.speak()

    report = backfilled(installation)

    assert 200 <= stored < 1_500
    assert (report["total"], report["done"], report["new"]) == (1_500 - stored, 1_500 - stored, 1_500 - stored)
    assert stored_in(engine) == 1_500


def test_the_daemon_watches_meanwhile_and_nothing_is_lost_repeated_or_alerted_late(
    installation: Installation, server: GmailLikeServer, engine: Engine
) -> None:
    deliver_old(server, 400, PROPOSAL)
    before = server.flags("INBOX")
    process = installation.popen("backfill", stderr=subprocess.DEVNULL)
    daemon = installation.start()
    server.deliver("INBOX", letter(1_000, PROPOSAL, sender="Bea <bea@example.org>"))

    assert "Bea" in daemon.next_alert()
    assert process.wait(timeout=60) == 0
    process.communicate()
    wait_until(lambda: installation.status()["decided"] == 401)
    status = daemon.end()

    assert status == 0
    assert len(daemon.lines) == 1
    assert stored_in(engine) == 401
    assert {uid: server.flags("INBOX")[uid] for uid in before} == before


def test_a_terminal_shows_how_far_it_is(installation: Installation, server: GmailLikeServer) -> None:
    deliver_old(server, 750)
    ours, theirs = pty.openpty()
    process = installation.popen("backfill", stderr=theirs)
    os.close(theirs)
    shown = all_shown(ours)

    assert process.wait(timeout=40) == 0
    process.communicate()
    assert b"400/750" in shown
    assert b"messages/s" in shown
