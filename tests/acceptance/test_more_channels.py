"""An alert from the mailbox to mail, ntfy and a webhook, by the real program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.installation import PROPOSAL, USER, letter
from tests.servers.push_services import PushServices
from tests.servers.smtp import MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer


@pytest.fixture
def push(installation: Installation) -> Iterator[PushServices]:
    """Serve ntfy and a webhook that the installation alerts through."""
    with PushServices() as services:
        installation.sections["notify.ntfy"] = {"url": services.url, "topic": "env:TOPIC", "token": "env:TOKEN"}
        installation.sections["notify.webhook"] = {"url": "env:HOOK", "token": "env:TOKEN"}
        secrets = {"TOPIC": services.topic, "TOKEN": services.token, "HOOK": f"{services.url}/hook?key=1"}
        installation.environment |= secrets
        yield services


def test_every_channel_in_turn_takes_over_from_the_one_that_fails(
    installation: Installation, server: GmailLikeServer, push: PushServices
) -> None:
    installation.sections["alerts"]["channels"] = ["ntfy", "webhook", "console"]
    push.next_failures += [(403, {}), (404, {})]
    server.deliver("INBOX", letter(1, PROPOSAL))

    finished = installation.run("run", "--once")

    assert "Ada Holm suggests: lunch" in finished.stdout
    assert "(ntfy: The ntfy server refused the alert (HTTP 403); see jeeves status)" in finished.stdout
    assert "(webhook: The webhook refused the alert (HTTP 404); see jeeves status)" in finished.stdout
    assert {trouble["component"] for trouble in installation.status()["troubles"]} == {"ntfy", "webhook"}


def test_ntfy_and_the_webhook_are_told_and_tested(
    installation: Installation, server: GmailLikeServer, push: PushServices
) -> None:
    installation.sections["alerts"]["channels"] = ["webhook"]
    server.deliver("INBOX", letter(1, PROPOSAL))
    installation.run("run", "--once")
    tested = installation.run("notify-test", "--channel", "ntfy")

    assert "Ada Holm suggests: lunch" in push.posted[0]["text"]
    assert installation.status()["alerts"]["delivered"] == 1
    assert tested.returncode == 0, tested.stdout
    assert "This is a test" in push.published[0]["message"]


def test_the_mail_of_an_alert_raises_no_alert_about_itself(installation: Installation, server: GmailLikeServer) -> None:
    with MailServer("sesame") as mail:
        installation.sections["notify.email"] = {
            "host": "127.0.0.1",
            "port": mail.port,
            "tls": "none",
            "password": "env:SMTP_PASSWORD",
        }
        installation.environment["SMTP_PASSWORD"] = mail.password
        installation.sections["alerts"]["channels"] = ["email"]
        server.deliver("INBOX", letter(1, PROPOSAL))
        installation.run("run", "--once")
        (sent,) = mail.mails
        assert (sent["From"], sent["To"]) == (USER, USER)
        assert "Ada Holm suggests: lunch" in sent.get_content()

        server.deliver("INBOX", sent.as_bytes())
        finished = installation.run("run", "--once")

        assert "1 new message, 1 decided on, 0 alerts." in finished.stderr
        assert len(mail.mails) == 1
