"""Passwords that servers refuse, for now, by mistake or for good: no account is to be locked over them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from jeeves.errors import MailAuthFailed, MailUnavailable
from jeeves.mail.credentials import Passwords
from jeeves.mail.imap import ImapSource
from tests.integration.hand_clock import Clock
from tests.servers.gmail_like import GmailLikeServer
from tests.servers.interface import PASSWORD, USERNAME
from tests.servers.sasl import MECHANISMS

if TYPE_CHECKING:
    from tests.servers.mail_fixtures import SourceFactory


def test_a_wrong_password_reaches_the_server_once_however_often_it_is_polled(gmail: GmailLikeServer) -> None:
    clock = Clock()
    passwords = Passwords(lambda: "wrong", host="127.0.0.1", clock=clock)
    for _ in range(20):
        source = ImapSource(host="127.0.0.1", port=gmail.port, tls="none", username=USERNAME, password=passwords)
        with pytest.raises(MailAuthFailed, match="refused the user name or password"):
            source.status("INBOX")
        clock.now += timedelta(seconds=10)

    assert gmail.commands.count("AUTHENTICATE") == 1


def test_refusals_by_mistake_do_not_add_up_over_days_of_success(gmail: GmailLikeServer) -> None:
    clock = Clock()
    passwords = Passwords(lambda: PASSWORD, host="127.0.0.1", clock=clock)
    source = ImapSource(host="127.0.0.1", port=gmail.port, tls="none", username=USERNAME, password=passwords)
    for _ in range(4):
        gmail.refuse_login = "[AUTHENTICATIONFAILED] Invalid credentials (Failure)"
        gmail.drop_connections()
        with pytest.raises(MailAuthFailed):
            source.status("INBOX")
        gmail.refuse_login = ""
        clock.now += timedelta(minutes=5)
        source.status("INBOX")
    source.close()


def test_a_refusal_for_now_does_not_make_a_password_rest(gmail: GmailLikeServer) -> None:
    passwords = Passwords(lambda: PASSWORD, host="127.0.0.1", clock=Clock())
    source = ImapSource(host="127.0.0.1", port=gmail.port, tls="none", username=USERNAME, password=passwords)
    gmail.refuse_login = "[UNAVAILABLE] Try again"
    with pytest.raises(MailUnavailable):
        source.status("INBOX")
    gmail.refuse_login = ""

    assert source.status("INBOX").exists == 0
    source.close()


def test_a_server_of_tokens_only_names_the_setting(source_of: SourceFactory) -> None:
    with GmailLikeServer({USERNAME: PASSWORD}, sasl=False) as server:
        server.bearer, server.login_disabled = MECHANISMS, True
        with pytest.raises(MailAuthFailed, match="takes no password"):
            source_of(server).status("INBOX")

        assert not {"LOGIN", "AUTHENTICATE"} & set(server.commands)


def test_login_being_disabled_says_nothing_about_authenticate(gmail: GmailLikeServer, source_of: SourceFactory) -> None:
    # given RFC 9051, section 6.2.3: LOGINDISABLED is about the command LOGIN
    gmail.login_disabled = True

    assert source_of(gmail).status("INBOX").exists == 0
