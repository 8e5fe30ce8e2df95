from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from jeeves.config import Email
from jeeves.errors import DeliveryUnconfirmed, NotificationRejected, NotifierUnavailable, UserError
from jeeves.notify.email import EmailNotifier
from tests.integration.notify.build import ADDRESS, NOW, QUICK, alert, email_notifier, mail_server, shown
from tests.servers.certificates import make_certificate
from tests.servers.smtp import DROP, HANG, MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server(monkeypatch) as running:
        yield running


def test_the_mail_goes_from_the_owner_to_the_owner_and_says_that_a_machine_wrote_it(server: MailServer) -> None:
    receipt = email_notifier(server.port).send(alert())

    (mail,) = server.mails
    assert (mail["From"], mail["To"]) == (ADDRESS, ADDRESS)
    assert mail["Subject"] == "Jeeves: Ada Holm suggests: lunch. Where? [b2]"
    assert mail.get_content() == "Ada Holm suggests: lunch. Where? [b2]\n"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert (mail["Message-ID"], receipt.delivered) == (receipt.provider_id, False)


def test_the_mail_may_go_to_another_address_of_the_owner(server: MailServer) -> None:
    email_notifier(server.port, to="work@example.org").send(alert())

    assert server.mails[0]["To"] == "work@example.org"


def test_the_same_alert_bears_the_same_name_and_another_another(server: MailServer) -> None:
    notifier = email_notifier(server.port)
    first, same = notifier.send(alert()), notifier.send(alert(attempt=2))
    other = notifier.send(alert(dedupe_key="<m2@example.org>#1"))

    assert first.provider_id == same.provider_id != other.provider_id


def test_letters_of_any_script_arrive(server: MailServer) -> None:
    email_notifier(server.port).send(alert(body="木曜日に昼ご飯? café [b2]"))

    assert server.mails[0].get_content().rstrip() == "木曜日に昼ご飯? café [b2]"


@pytest.mark.parametrize("answer", [HANG, DROP])
def test_without_an_answer_to_the_content_nobody_knows(server: MailServer, answer: str) -> None:
    server.next_answers.append(answer)

    with pytest.raises(DeliveryUnconfirmed) as caught:
        email_notifier(server.port).send(alert())

    assert len(server.mails) == 1
    assert "Ada" not in shown(caught.value)


@pytest.mark.parametrize(
    ("answer", "error"), [("451 later", NotifierUnavailable), ("552 too much", NotificationRejected)]
)
def test_an_answer_that_says_no_is_believed(server: MailServer, answer: str, error: type[Exception]) -> None:
    server.next_answers.append(answer)
    with pytest.raises(error):
        email_notifier(server.port).send(alert())

    server.next_recipient_answers.append(answer)
    with pytest.raises(error):
        email_notifier(server.port).send(alert())

    assert server.mails == []


def test_a_wrong_password_is_told_with_its_key(server: MailServer) -> None:
    notifier = email_notifier(server.port)
    server.password = "another"

    with pytest.raises(NotificationRejected) as caught:
        notifier.send(alert())

    assert "notify.email.password" in caught.value.advice
    assert "sesame" not in shown(caught.value)


def test_a_server_that_never_says_a_word_is_given_up_and_surely_has_nothing(
    server: MailServer,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(NotifierUnavailable):
        email_notifier(silent.getsockname()[1]).send(alert())

    assert server.mails == []


def test_no_server_is_no_server(server: MailServer) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        with pytest.raises(NotifierUnavailable) as caught:
            email_notifier(reserved.getsockname()[1]).send(alert())

    assert "notify.email.host" in caught.value.advice
    assert server.mails == []


def test_encryption_that_the_server_does_not_offer_is_told(server: MailServer) -> None:
    with pytest.raises(NotificationRejected) as caught:
        email_notifier(server.port, tls="starttls").send(alert())

    assert "notify.email.tls" in caught.value.advice


def test_over_tls_the_certificate_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("TEST_SMTP_PASSWORD", "sesame")
    with MailServer("sesame", tls=certificate.server_context()) as server:
        with pytest.raises(NotifierUnavailable, match="certificate"):
            email_notifier(server.port, tls="implicit").send(alert())
        email_notifier(server.port, tls="implicit", ca_file=str(certificate.authority)).send(alert())

    assert len(server.mails) == 1


def test_a_password_that_is_missing_is_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_SMTP_PASSWORD", raising=False)
    settings = Email.model_validate({"password": "env:TEST_SMTP_PASSWORD"})

    with pytest.raises(UserError, match=r"notify\.email\.password"):
        EmailNotifier(settings, sender=ADDRESS, clock=lambda: NOW, timeouts=QUICK)
