"""The owner's own sent mail settles a get-together before it is alerted of."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from jeeves.app.clock import utc_now
from tests.acceptance.installation import PROPOSAL, USER, letter, wait_until
from tests.servers.interface import SENT_MAIL

if TYPE_CHECKING:
    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer


def answer(number: int, text: str) -> bytes:
    """Return the owner's answer to ``letter(number, ...)``."""
    return (
        f"From: Me <{USER}>\r\nTo: Ada Holm <ada@example.org>\r\nSubject: Re: Hello\r\n"
        f"Date: {format_datetime(utc_now())}\r\nMessage-ID: <answer-{number}@example.org>\r\n"
        f"References: <letter-{number}@example.org>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    ).encode()


@pytest.mark.parametrize(("sent", "alerts"), [(True, 0), (False, 1)])
def test_what_the_owner_has_answered_already_is_not_alerted(
    installation: Installation, server: GmailLikeServer, *, sent: bool, alerts: int
) -> None:
    installation.sections["mail"]["sent"] = sent
    server.create_folder(SENT_MAIL)
    server.deliver("INBOX", letter(1, PROPOSAL), thread=7, received_at=utc_now() - timedelta(minutes=5))
    server.deliver(SENT_MAIL, answer(1, "Gladly! Let's meet at Luigi's."), thread=7)

    finished = installation.run("run", "--once")

    assert finished.returncode == 0, finished.stderr
    assert len(finished.stdout.splitlines()) == alerts
    assert installation.status()["alerts"]["withdrawn"] == 1 - alerts


def test_a_server_without_sent_mail_is_fine(installation: Installation, server: GmailLikeServer) -> None:
    server.deliver("INBOX", letter(1, PROPOSAL))

    daemon = installation.start()

    assert "Ada Holm" in daemon.next_alert()
    assert installation.status()["troubles"] == []


def test_sent_mail_raises_no_alert_of_its_own_and_is_read_while_the_daemon_runs(
    installation: Installation, server: GmailLikeServer
) -> None:
    server.create_folder(SENT_MAIL)
    daemon = installation.start()
    server.deliver(SENT_MAIL, answer(2, PROPOSAL))

    wait_until(lambda: installation.status()["decided"] == 1)

    assert daemon.lines == []


def test_the_audit_compares_sent_mail_too(installation: Installation, server: GmailLikeServer) -> None:
    server.create_folder(SENT_MAIL)
    server.deliver(SENT_MAIL, answer(1, "Gladly!"))

    audited = installation.run("audit")

    assert (audited.returncode, audited.stderr) == (0, "")
    assert [line.split(":")[0] for line in audited.stdout.splitlines()[:2]] == ["INBOX", "\\Sent"]
