"""Push, by the real program: mail that arrives, a laptop that sleeps, and a mailbox left as it was."""

from __future__ import annotations

import re
import signal
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, func, select

from jeeves.store.schema import labels, messages
from tests.acceptance.installation import PROPOSAL, REPORT, USER, letter, wait_until
from tests.servers.interface import SENT_MAIL
from tests.servers.proxy import TcpProxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine, Table

    from tests.acceptance.installation import Daemon, Installation
    from tests.servers.gmail_like import GmailLikeServer


@pytest.fixture
def proxy(server: GmailLikeServer) -> Iterator[TcpProxy]:
    with TcpProxy(server.port) as running:
        yield running


def stored(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def daemon(installation: Installation, server: GmailLikeServer, proxy: TcpProxy) -> Daemon:
    """Return a daemon that sweeps every hour and is in IDLE now, reached through ``proxy``."""
    installation.sections["mail"] |= {"poll": "1h", "port": proxy.port}
    started = installation.start()
    wait_until(lambda: "IDLE" in server.commands)
    return started


def test_mail_is_alerted_as_it_arrives(daemon: Daemon, server: GmailLikeServer) -> None:
    for number in range(1, 4):
        server.deliver("INBOX", letter(number, PROPOSAL, sender=f"Ada{number} <ada@example.org>"))
        assert f"Ada{number}" in daemon.next_alert()

    assert server.connections == 1


def test_after_a_sleep_in_which_the_connection_was_cut_mail_is_alerted(daemon: Daemon, server: GmailLikeServer) -> None:
    daemon.process.send_signal(signal.SIGSTOP)
    server.drop_connections()
    server.deliver("INBOX", letter(1, PROPOSAL))
    time.sleep(2)
    daemon.process.send_signal(signal.SIGCONT)

    assert "lunch" in daemon.next_alert()


def test_after_a_sleep_in_which_the_connection_died_silently_mail_is_alerted_once(
    daemon: Daemon, server: GmailLikeServer, proxy: TcpProxy
) -> None:
    # given a router that forgot the connection: it looks alive, and the next look would be minutes away
    daemon.process.send_signal(signal.SIGSTOP)
    proxy.black_hole()
    server.deliver("INBOX", letter(1, PROPOSAL))
    time.sleep(12)
    daemon.process.send_signal(signal.SIGCONT)
    began = time.monotonic()
    assert "lunch" in daemon.next_alert()

    assert time.monotonic() - began < 30
    server.deliver("INBOX", letter(2, PROPOSAL, sender="Bo <bo@example.org>"))
    assert "Bo" in daemon.next_alert()


def test_a_signal_ends_it_in_idle(daemon: Daemon) -> None:
    assert daemon.end() == 0, daemon.errors


def test_a_whole_life_leaves_no_trace_in_the_mailbox(
    installation: Installation, server: GmailLikeServer, engine: Engine
) -> None:
    # given: mail of all sorts, some of it read, labelled or sent, one too large to be fetched whole
    for number in range(1, 6):
        server.deliver("INBOX", letter(number, PROPOSAL, sender=f"Ada{number} <ada@example.org>"))
    server.deliver("INBOX", letter(6, "word " * 20_000))
    server.folders["INBOX"].mails[2].flags |= {"\\Seen", "\\Answered"}
    labelled = server.deliver("INBOX", letter(8, REPORT), labels=["Jeeves/No", "\\Important"])
    server.create_folder(SENT_MAIL)
    sent = server.deliver(SENT_MAIL, letter(9, REPORT, sender=f"Me <{USER}>"))
    server.folders[SENT_MAIL].mails[sent].flags |= {"\\Seen"}
    before, sent_before = server.flags("INBOX"), server.flags(SENT_MAIL)

    # when: the past is fetched, mail is watched and arrives, labels are read, the connection breaks, and what was lost
    # here is found
    assert "7 messages stored" in installation.run("backfill").stdout
    installation.run("run", "--once")
    daemon = installation.start()
    wait_until(lambda: "IDLE" in server.commands)
    uid = server.deliver("INBOX", letter(7, PROPOSAL, sender="Cy <cy@example.org>"))
    assert "Cy" in daemon.next_alert()
    wait_until(lambda: stored(engine, labels) == 1)
    wait_until(lambda: installation.status()["decided"] == 9)
    connections = server.connections
    server.drop_connections()
    wait_until(lambda: server.connections > connections)
    assert daemon.end() == 0
    with engine.begin() as connection:
        connection.execute(delete(messages).where(messages.c.subject == "Hello", messages.c.text.like("word %")))
    assert "1 missing, 1 repaired" in installation.run("audit").stdout

    # then
    assert (server.flags("INBOX"), server.flags(SENT_MAIL)) == (before | {uid: set()}, sent_before)
    assert server.labels("INBOX", labelled) == ("Jeeves/No", "\\Important")
    verbs = {command.split()[0] for command in server.commands}
    assert verbs <= {"CAPABILITY", "AUTHENTICATE", "LIST", "EXAMINE", "SEARCH", "FETCH", "IDLE", "LOGOUT"}
    assert any("BODY.PEEK[HEADER]" in command for command in server.commands)
    assert any("BODY.PEEK[]" in command for command in server.commands)
    # What would set \Seen: RFC 9051, section 6.4.5, and RFC822 of RFC 3501.
    assert [command for command in server.commands if re.search(r"BODY\[|RFC822(?!\.SIZE)", command)] == []
