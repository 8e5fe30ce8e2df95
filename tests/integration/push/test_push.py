"""What the watchers do when nothing is wrong."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from jeeves.mail.watch import Timing
from tests.acceptance.installation import wait_until
from tests.integration.push.life import PASSWORD, USER, Life, proposal
from tests.servers.gmail_like import GmailLikeServer

if TYPE_CHECKING:
    from pathlib import Path

PUSH_ONLY = Timing(sweep=3600, idle=480)


def idle_by(server: GmailLikeServer, count: int = 1) -> None:
    wait_until(lambda: sum(command == "IDLE" for command in server.commands) >= count)


def test_mail_that_arrives_is_alerted_without_waiting_for_a_sweep(
    tmp_path: Path, database_url: str, server: GmailLikeServer
) -> None:
    with Life(tmp_path, database_url, server.port, timing=PUSH_ONLY) as life:
        idle_by(server)
        for number in range(1, 6):
            server.deliver("INBOX", proposal(number))
            life.wait_for_alert(number)

        assert server.connections == 1
        assert [len(life.alerted(number)) for number in range(1, 6)] == [1] * 5


def test_an_arrival_costs_one_question_and_no_look_at_the_folder(
    tmp_path: Path, database_url: str, server: GmailLikeServer
) -> None:
    server.deliver("INBOX", proposal(1))
    with Life(tmp_path, database_url, server.port, timing=PUSH_ONLY) as life:
        idle_by(server)
        before = len(server.commands)
        server.deliver("INBOX", proposal(2))
        life.wait_for_alert(2)
        idle_by(server, 2)

        fetch, idle = server.commands[before:]
        assert fetch.startswith("FETCH 2:* ")
        assert idle == "IDLE"


def test_a_burst_is_fetched_whole_and_once(tmp_path: Path, database_url: str, server: GmailLikeServer) -> None:
    with Life(tmp_path, database_url, server.port, timing=PUSH_ONLY) as life:
        idle_by(server)

        def send(first: int) -> None:
            for number in range(first, first + 20):
                server.deliver("INBOX", proposal(number))

        senders = [threading.Thread(target=send, args=(first,)) for first in (100, 200, 300)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        wait_until(lambda: life.count("messages") == 60)
        wait_until(lambda: len(life.recorder.alerts) == 60)
        time.sleep(0.5)

        assert len(life.recorder.alerts) == 60
        assert server.connections == 1


def test_one_message_in_two_folders_is_alerted_once(tmp_path: Path, database_url: str) -> None:
    with GmailLikeServer({USER: PASSWORD}, folders=("INBOX", "Archive"), gmail=False) as server:
        life = Life(tmp_path, database_url, server.port, folders=("INBOX", "Archive"), timing=PUSH_ONLY)
        with life:
            idle_by(server, 2)
            for number in range(1, 21):
                server.deliver("INBOX", proposal(number))
                server.deliver("Archive", proposal(number))
            wait_until(lambda: life.count("message_locations") == 40)
            wait_until(lambda: len(life.recorder.alerts) == 20)
            time.sleep(0.5)

            assert life.count("messages") == 20
            assert len(life.recorder.alerts) == 20
            assert server.connections == 2


def test_more_folders_than_connections_are_all_watched(tmp_path: Path, database_url: str) -> None:
    names = tuple(f"F{number}" for number in range(1, 12))
    timing = Timing(sweep=0.5, idle=480)
    with GmailLikeServer({USER: PASSWORD}, folders=names) as server:
        with Life(tmp_path, database_url, server.port, folders=names, timing=timing) as life:
            idle_by(server, 7)
            for number, name in enumerate(names, start=1):
                server.deliver(name, proposal(number))
            for number in range(1, 12):
                life.wait_for_alert(number)

        assert server.connections == 8


def test_an_idle_is_given_up_and_asked_for_again(tmp_path: Path, database_url: str, server: GmailLikeServer) -> None:
    with Life(tmp_path, database_url, server.port, timing=Timing(sweep=3600, idle=0.3)) as life:
        idle_by(server, 4)
        server.deliver("INBOX", proposal(1))
        life.wait_for_alert(1)

        assert server.connections == 1


def test_the_mailbox_is_left_as_it_was_found(tmp_path: Path, database_url: str, server: GmailLikeServer) -> None:
    for number in range(1, 11):
        server.deliver("INBOX", proposal(number))
    server.folders["INBOX"].mails[3].flags |= {"\\Seen", "\\Flagged"}
    before = server.flags("INBOX")
    with Life(tmp_path, database_url, server.port, timing=Timing(sweep=0.5, idle=0.2)) as life:
        life.wait_for_alert(10)
        server.deliver("INBOX", proposal(11))
        life.wait_for_alert(11)
        server.drop_connections()
        server.deliver("INBOX", proposal(12))
        life.wait_for_alert(12)
        server.renumber("INBOX")
        server.deliver("INBOX", proposal(13))
        life.wait_for_alert(13)

    after = server.flags("INBOX")
    assert {uid: flags for uid, flags in after.items() if uid in before} == before
    assert all(not after[uid] for uid in after if uid not in before)
    assert_read_only(server)


def assert_read_only(server: GmailLikeServer) -> None:
    """Fail when any command could have left a trace in the mailbox."""
    verbs = {command.split()[0] for command in server.commands}
    harmless = {"CAPABILITY", "AUTHENTICATE", "LOGIN", "EXAMINE", "SEARCH", "FETCH", "IDLE", "LIST", "LOGOUT", "NOOP"}
    assert verbs <= harmless
    fetched = [command for command in server.commands if command.startswith("FETCH")]
    assert any("BODY.PEEK[" in command for command in fetched)
    assert all("BODY[" not in command and "RFC822 " not in f"{command} " for command in fetched)
