"""What the self-test does to a mailbox, on each kind of server: one folder of its own, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jeeves.errors import MailUnavailable
from jeeves.mail.imap_canary import ImapCanary
from jeeves.mail.imap_connect import ImapServer, connect
from tests.servers.interface import PASSWORD, USERNAME

if TYPE_CHECKING:
    from tests.servers.interface import MailServer

FOLDER = "Jeeves canary"
SENDER = "canary@jeeves.invalid"
CANARY = f"From: Jeeves <{SENDER}>\r\nSubject: canary 1\r\n\r\nLunch?\r\n".encode()
OTHER = b"From: Ada <ada@example.org>\r\nSubject: mine\r\n\r\nKeep me.\r\n"


@pytest.fixture
def canary(server: MailServer) -> ImapCanary:
    where = ImapServer(host="127.0.0.1", port=server.port, tls="none")
    return ImapCanary(where, lambda: connect(where, USERNAME, PASSWORD), folder=FOLDER, sender=SENDER)


def test_the_folder_is_made_the_canary_put_into_it_as_read_and_taken_away(
    canary: ImapCanary, server: MailServer
) -> None:
    canary.clear()  # there is no folder yet
    canary.put(CANARY)
    canary.put(CANARY)
    there = server.flags(FOLDER)
    canary.clear()

    assert len(there) == 2
    assert all("\\Seen" in flags for flags in there.values())
    assert server.flags(FOLDER) == {}


def test_what_somebody_else_put_there_stays_and_so_does_all_other_mail(canary: ImapCanary, server: MailServer) -> None:
    server.deliver("INBOX", CANARY)
    server.deliver("INBOX", OTHER)
    canary.put(CANARY)
    uid = server.deliver(FOLDER, OTHER)
    inbox = server.flags("INBOX")

    canary.clear()

    assert list(server.flags(FOLDER)) == [uid]
    assert server.flags("INBOX") == inbox
    assert len(inbox) == 2


def test_a_server_that_is_gone_is_said_so(canary: ImapCanary, server: MailServer) -> None:
    server.stop()

    with pytest.raises(MailUnavailable):
        canary.put(CANARY)
