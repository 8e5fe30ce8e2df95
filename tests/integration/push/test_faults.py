"""Every fault of the table in ``faults``: got over, with nothing lost and nothing repeated."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from jeeves.mail.watch import Timing
from tests.acceptance.installation import wait_until
from tests.integration.push.faults import FAULTS, Fault, run
from tests.integration.push.life import Life, proposal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.gmail_like import GmailLikeServer


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_a_fault_loses_nothing_and_repeats_nothing(fault: Fault, tmp_path: Path, database_url: str) -> None:
    result = run(fault, tmp_path, database_url)

    assert (result.lost, result.repeated) == (0, 0)
    assert result.connections <= 4


@pytest.mark.parametrize("moment", ["IDLE", "EXAMINE", "AUTHENTICATE"])
def test_a_server_that_always_hangs_up_is_never_called_in_a_busy_loop(
    tmp_path: Path, database_url: str, server: GmailLikeServer, moment: str
) -> None:
    # given waits of 2.75, 5.5 and 11 seconds: at most three connections in the first eight seconds, and no more than
    # eight in any minute; a connection that broke while it lay idle is replaced once more at once
    server.answers[moment] = "DROP"
    with Life(tmp_path, database_url, server.port) as life:
        wait_until(lambda: server.connections >= 1)
        time.sleep(8)

        assert server.connections <= 4
        wait_until(lambda: life.trouble() is not None)
        server.answers.clear()


def test_a_wrong_password_before_anything_was_synced_ends_the_watcher(
    tmp_path: Path, database_url: str, server: GmailLikeServer
) -> None:
    server.refuse_login = "[AUTHENTICATIONFAILED] Invalid credentials (Failure)"
    with Life(tmp_path, database_url, server.port) as life:
        wait_until(lambda: bool(life.errors))

        assert [type(error).__name__ for error in life.errors] == ["MailAuthFailed"]
        life.errors.clear()


def test_a_password_refused_later_is_tried_again_and_shown_meanwhile(
    tmp_path: Path, database_url: str, server: GmailLikeServer
) -> None:
    with Life(tmp_path, database_url, server.port) as life:
        wait_until(lambda: "IDLE" in server.commands)
        server.refuse_login = "[AUTHENTICATIONFAILED] Invalid credentials (Failure)"
        server.drop_connections()
        wait_until(lambda: "refused the user name or password" in (life.trouble() or ""))
        server.refuse_login = ""
        server.deliver("INBOX", proposal(1))
        life.wait_for_alert(1)

        wait_until(lambda: life.trouble() is None)


def test_one_folder_in_trouble_stays_in_the_status_while_another_works(
    tmp_path: Path, database_url: str, server: GmailLikeServer
) -> None:
    server.create_folder("Work")
    timing = Timing(sweep=1.0, idle=1.0)
    with Life(tmp_path, database_url, server.port, folders=("INBOX", "Work"), timing=timing) as life:
        wait_until(lambda: server.commands.count("IDLE") >= 2)
        server.remove_folder("Work")
        wait_until(lambda: "no folder 'Work'" in (life.trouble() or ""))
        server.deliver("INBOX", proposal(1))
        life.wait_for_alert(1)
        time.sleep(1.5)  # a sweep of the folder that works

        assert life.trouble() is not None
        server.create_folder("Work")
        wait_until(lambda: life.trouble() is None)
