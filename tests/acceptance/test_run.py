from __future__ import annotations

import os
import pty
import re
import signal
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.installation import PROPOSAL, REPORT, letter, wait_until
from tests.acceptance.terminal import all_shown

if TYPE_CHECKING:
    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer


def test_once_stores_decides_alerts_and_a_second_pass_adds_nothing(
    installation: Installation, server: GmailLikeServer
) -> None:
    server.deliver("INBOX", letter(1, PROPOSAL))
    server.deliver("INBOX", letter(2, REPORT))

    first, second = installation.run("run", "--once"), installation.run("run", "--once")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert len(first.stdout.splitlines()) == 1
    assert "Ada Holm" in first.stdout
    assert "2 new messages, 2 decided on, 1 alert." in first.stderr
    assert re.search(r"\[[a-z]\d\]", first.stdout)
    assert second.stdout == ""
    assert "0 new messages, 0 decided on, 0 alerts" in second.stderr


def test_the_mailbox_is_left_as_it_was(installation: Installation, server: GmailLikeServer) -> None:
    server.deliver("INBOX", letter(1, PROPOSAL))
    before = server.flags("INBOX")
    installation.run("run", "--once")
    assert server.flags("INBOX") == before


def test_the_daemon_alerts_for_mail_that_arrives_while_it_watches(
    installation: Installation, server: GmailLikeServer
) -> None:
    daemon = installation.start()
    wait_until(lambda: any("daemon.started" in line for line in daemon.errors))
    server.deliver("INBOX", letter(1, PROPOSAL))
    assert "lunch" in daemon.next_alert()


def test_two_messages_of_one_thread_and_proposal_make_one_alert(
    installation: Installation, server: GmailLikeServer
) -> None:
    server.deliver("INBOX", letter(1, PROPOSAL), thread=77)
    server.deliver("INBOX", letter(2, PROPOSAL, subject="Re: Hello"), thread=77)
    assert len(installation.run("run", "--once").stdout.splitlines()) == 1
    assert installation.status()["decided"] == 2


def test_older_mail_is_stored_and_classified_but_silent(installation: Installation, server: GmailLikeServer) -> None:
    server.deliver("INBOX", letter(1, PROPOSAL), received_at=datetime.now(UTC) - timedelta(hours=13))
    finished = installation.run("run", "--once")
    assert finished.stdout == ""
    report = installation.status()
    assert (report["messages"], report["decided"]) == (1, 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(installation: Installation, server: GmailLikeServer, number: int) -> None:
    server.deliver("INBOX", letter(1, REPORT))
    daemon = installation.start()
    wait_until(lambda: installation.status()["decided"] == 1)
    assert daemon.end(number) == 0, daemon.errors


def test_a_signal_ends_it_while_the_server_keeps_silent(installation: Installation, server: GmailLikeServer) -> None:
    daemon = installation.start()
    wait_until(lambda: any("daemon.started" in line for line in daemon.errors))
    server.go_silent()
    time.sleep(0.5)
    assert daemon.end() == 0, daemon.errors


def test_a_second_daemon_says_so_and_exits_75(installation: Installation) -> None:
    daemon = installation.start()
    wait_until(lambda: any("daemon.started" in line for line in daemon.errors))
    second = installation.run("run", "--once")
    assert second.returncode == 75
    assert "Another Jeeves already serves this database" in second.stderr


def test_killed_again_and_again_it_loses_nothing_and_repeats_nothing(
    installation: Installation, server: GmailLikeServer
) -> None:
    alerts: list[str] = []
    for number in range(1, 31):
        server.deliver("INBOX", letter(number, PROPOSAL if number % 3 == 0 else REPORT))
    for wait in (0.8, 1.1, 1.3, 1.5, 1.8):  # before, in the middle of and after the start-up
        daemon = installation.start()
        time.sleep(wait)
        daemon.kill()
        alerts += daemon.lines
    finished = installation.run("run", "--once")
    alerts += finished.stdout.splitlines()

    report = installation.status()
    assert (report["messages"], report["decided"]) == (30, 30)
    assert sum(report["alerts"].values()) == 10
    assert len({line[line.rindex("[") :] for line in alerts}) == len(alerts) <= 10
    # An alert whose process died between printing and confirming is given up, not printed again.
    assert len(alerts) + report["alerts"]["failed"] + report["alerts"]["sending"] >= 10


def test_a_message_no_parser_likes_does_not_stop_the_next(installation: Installation, server: GmailLikeServer) -> None:
    for hostile in (b"", b"\x00\xff\xfe", b"From \r\n\r\n" * 50, b"Content-Type: multipart/mixed; boundary=\r\n\r\n--"):
        server.deliver("INBOX", hostile)
    server.deliver("INBOX", letter(9, PROPOSAL))
    finished = installation.run("run", "--once")
    assert finished.returncode == 0, finished.stderr
    assert "lunch" in finished.stdout


def test_japanese_mail_is_stored_and_shown_as_written(installation: Installation, server: GmailLikeServer) -> None:
    server.deliver("INBOX", letter(1, "今週の資料をお送りします。ご確認ください。", subject="資料の件"))
    finished = installation.run("run", "--once")
    assert finished.returncode == 0, finished.stderr
    assert installation.status()["messages"] == 1


def test_the_first_sync_draws_a_progress_bar_on_a_terminal(installation: Installation, server: GmailLikeServer) -> None:
    for number in range(450):
        server.deliver("INBOX", letter(number, REPORT))
    ours, theirs = pty.openpty()
    process = installation.popen("run", "--once", stderr=theirs)
    os.close(theirs)
    shown = all_shown(ours)
    assert process.wait(timeout=40) == 0
    assert process.stdout is not None
    process.stdout.close()
    assert b"200/450" in shown
    assert b"450 new messages" in shown
