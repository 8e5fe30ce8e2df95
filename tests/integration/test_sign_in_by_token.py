"""Signing in to a Gmail-like server with tokens of a strict authorisation server, and what goes wrong on the way."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from imapclient import IMAPClient

from jeeves.errors import JeevesError, MailAuthFailed, MailUnavailable
from jeeves.mail.grant_file import Grant, grant_path, read_grant, write_grant
from jeeves.mail.imap import ImapSource
from jeeves.mail.oauth import AccessTokens
from jeeves.mail.token_endpoint import TokenEndpoint
from tests.integration.hand_clock import Clock
from tests.servers.dovecot import DovecotServer
from tests.servers.interface import USERNAME
from tests.servers.oauth_endpoint import OAuthEndpoint
from tests.servers.sasl import MECHANISMS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.gmail_like import GmailLikeServer


class Account:
    """A mailbox that is opened by tokens, and everything around it."""

    def __init__(self, gmail: GmailLikeServer, google: OAuthEndpoint, folder: Path) -> None:
        self.gmail = gmail
        self.google = google
        self.clock = Clock()
        self.path = grant_path(folder)
        self.client_secret = google.client_secret
        self.sources: list[ImapSource] = []
        gmail.bearer, gmail.opens = MECHANISMS, google.opens
        self.allow()
        self.tokens = AccessTokens(grant_file=self.path, account=USERNAME, endpoint=self.endpoint(), clock=self.clock)

    def allow(self, account: str = USERNAME) -> str:
        """Store what a consent gives; return the refresh token."""
        token = self.google.give_refresh_token(account)
        write_grant(self.path, Grant(account=account, refresh_token=token, obtained_at=self.clock()))
        return token

    def endpoint(self, timeout: float = 20.0) -> TokenEndpoint:
        return TokenEndpoint(
            token_uri=self.google.uri("token"),
            revoke_uri=self.google.uri("revoke"),
            client_id=lambda: self.google.client_id,
            client_secret=lambda: self.client_secret,
            timeout=timeout,
        )

    def sign_in(self, port: int = 0) -> None:
        """Sign in on a new connection, to the Gmail-like server or to that at ``port``."""
        port = port or self.gmail.port
        source = ImapSource(host="127.0.0.1", port=port, tls="none", username=USERNAME, password=self.tokens)
        try:
            source.status("INBOX")
        finally:
            source.close()


@pytest.fixture
def google() -> Iterator[OAuthEndpoint]:
    with OAuthEndpoint() as running:
        yield running


@pytest.fixture
def account(gmail: GmailLikeServer, google: OAuthEndpoint, tmp_path: Path) -> Account:
    return Account(gmail, google, tmp_path)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_token_opens_the_mailbox_by_whichever_mechanism_there_is(account: Account, mechanism: str) -> None:
    account.gmail.bearer = (mechanism,)

    account.sign_in()


def test_one_token_serves_many_connections(account: Account) -> None:
    for _ in range(5):
        account.sign_in()

    assert account.google.grants == ["refresh_token"]


def test_a_token_is_renewed_before_it_expires(account: Account) -> None:
    account.sign_in()
    account.clock.now += timedelta(minutes=54)
    account.sign_in()
    assert account.google.grants == ["refresh_token"]
    account.clock.now += timedelta(minutes=2)
    account.sign_in()

    assert account.google.grants == ["refresh_token"] * 2


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_refused_token_is_replaced_once_on_the_same_connection(account: Account, mechanism: str) -> None:
    account.gmail.bearer = (mechanism,)
    account.sign_in()
    account.google.end_access_tokens()
    account.gmail.commands.clear()

    account.sign_in()

    assert account.gmail.commands.count("AUTHENTICATE") == 2
    assert account.google.grants == ["refresh_token"] * 2


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_mailbox_that_refuses_every_token_is_left_alone_for_a_while(account: Account, mechanism: str) -> None:
    # given a server that explains its refusal, and expects an answer to that before it says NO
    account.gmail.bearer = (mechanism,)
    account.gmail.opens = lambda _username, _token: False
    with pytest.raises(MailAuthFailed, match="refused the sign-in with Google") as refusal:
        account.sign_in()
    asked = len(account.gmail.commands)

    for _ in range(20):
        account.clock.now += timedelta(seconds=10)
        with pytest.raises(MailAuthFailed, match="refused the sign-in with Google"):
            account.sign_in()

    assert "jeeves auth google" in refusal.value.advice
    assert len(account.gmail.commands) == asked
    account.gmail.opens = account.google.opens
    account.clock.now += timedelta(minutes=5)
    account.sign_in()


def test_a_revoked_permission_is_one_question_every_six_hours(account: Account) -> None:
    account.google.revoke_everything()
    for _ in range(24 * 60):
        with pytest.raises(MailAuthFailed, match="no longer accepts"):
            account.tokens()
        account.clock.now += timedelta(minutes=1)

    assert len(account.google.grants) == 4


def test_a_new_permission_is_taken_up_at_once(account: Account) -> None:
    account.google.revoke_everything()
    with pytest.raises(MailAuthFailed, match="no longer accepts"):
        account.sign_in()
    account.allow()

    account.sign_in()


def test_a_new_permission_replaces_a_token_that_still_lives(account: Account) -> None:
    account.sign_in()
    account.allow()
    account.sign_in()

    assert account.google.grants == ["refresh_token"] * 2


def test_a_mended_client_secret_is_taken_up_at_once(account: Account) -> None:
    account.client_secret = "GOCSPX-mistyped"
    with pytest.raises(MailAuthFailed, match="does not know the client"):
        account.sign_in()
    account.client_secret = account.google.client_secret

    account.sign_in()


def test_no_permission_yet_names_the_command(account: Account) -> None:
    account.path.unlink()

    with pytest.raises(MailAuthFailed, match="not yet allowed") as refusal:
        account.sign_in()

    assert refusal.value.advice == "Run: jeeves auth google"
    assert account.google.grants == []


def test_the_permission_of_another_account_is_not_used(account: Account) -> None:
    account.allow("somebody.else@gmail.com")

    with pytest.raises(MailAuthFailed, match="another account"):
        account.sign_in()

    assert account.google.grants == []


def test_a_refresh_token_that_is_replaced_is_kept(account: Account) -> None:
    account.google.rotates = True
    for _ in range(3):
        account.sign_in()
        account.clock.now += timedelta(hours=1)

    grant = read_grant(account.path)
    assert grant is not None
    assert list(account.google.refresh_tokens) == [grant.refresh_token]


@pytest.mark.parametrize(
    "fault",
    [
        (500, "text/html", b"<html>Oops</html>"),
        (503, "application/json", b'{"error": "server_error"}'),
        (200, "text/html", b"<html>Sign in to the hotel's network</html>"),
        (302, "text/html", b""),
        (307, "text/html", b""),
        (400, "application/json", b"{" * 1_000_000),
    ],
)
def test_trouble_at_the_endpoint_passes_by_itself(account: Account, fault: tuple[int, str, bytes]) -> None:
    account.google.fault = fault
    with pytest.raises(MailUnavailable, match="sign-in server"):
        account.sign_in()
    assert account.google.grants == ["fault"]  # no redirect was followed
    account.google.fault = None

    account.sign_in()


def test_an_answer_without_an_end_is_cut_off(account: Account) -> None:
    account.google.endless = True
    with pytest.raises(MailUnavailable, match="out of order"):
        account.sign_in()
    account.google.endless = False

    account.sign_in()


def test_an_endpoint_that_is_down_or_silent_is_given_up_on_and_tried_again(account: Account) -> None:
    account.google.stop()
    with pytest.raises(MailUnavailable, match="cannot be reached"):
        account.sign_in()
    account.google.start()
    account.google.silent = True
    with pytest.raises(MailUnavailable, match="cannot be reached"):
        account.endpoint(timeout=0.3).refresh("1//any", account.clock())
    account.google.silent = False

    account.sign_in()


def test_trouble_at_the_endpoint_does_not_touch_a_token_that_is_fresh(account: Account) -> None:
    account.sign_in()
    account.google.stop()

    account.sign_in()


def test_being_asked_to_slow_down_costs_no_token(account: Account) -> None:
    account.gmail.refuse_login = "[ALERT] Too many simultaneous connections. (Failure)"
    account.gmail.opens = lambda _username, _token: False

    with pytest.raises(MailUnavailable, match="just now"):
        account.sign_in()

    assert account.google.grants == ["refresh_token"]


def test_a_server_without_oauth_is_named(account: Account) -> None:
    account.gmail.bearer = ()

    with pytest.raises(MailAuthFailed, match="does not offer sign-in by OAuth"):
        account.sign_in()

    assert "AUTHENTICATE" not in account.gmail.commands


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_real_dovecot_agrees_on_tokens_good_and_bad(
    account: Account, mechanism: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given that Dovecot offers both mechanisms, and we take the first of them
    if mechanism == "OAUTHBEARER":
        monkeypatch.setattr(IMAPClient, "has_capability", lambda _, name: name == "AUTH=OAUTHBEARER")
    with DovecotServer(token_info=f"{account.google.uri('tokeninfo')}?access_token=") as dovecot:
        account.sign_in(dovecot.port)
        account.google.end_access_tokens()
        account.sign_in(dovecot.port)
        account.google.refresh_tokens = dict.fromkeys(account.google.refresh_tokens, "stranger@example.org")
        account.google.end_access_tokens()
        with pytest.raises(MailAuthFailed, match="refused the sign-in with Google"):
            account.sign_in(dovecot.port)

    assert account.google.grants == ["refresh_token"] * 3


def test_a_revocation_ends_the_permission_and_a_second_one_does_no_harm(account: Account) -> None:
    token = account.allow()
    account.endpoint().revoke(token)
    account.endpoint().revoke(token)

    with pytest.raises(MailAuthFailed, match="no longer accepts"):
        account.sign_in()


def test_a_revocation_that_was_not_confirmed_is_no_success(account: Account) -> None:
    account.google.fault = (503, "text/html", b"")

    with pytest.raises(MailUnavailable, match="did not confirm"):
        account.endpoint().revoke("1//any")


def test_neither_logs_nor_errors_hold_a_secret(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    account.sign_in()
    account.google.end_access_tokens()
    account.sign_in()
    account.google.revoke_everything()
    account.clock.now += timedelta(hours=1)
    with pytest.raises(MailAuthFailed) as refusal:
        account.sign_in()
    link: BaseException | None = refusal.value
    while link is not None:
        said.append(f"{link!r} {link.advice if isinstance(link, JeevesError) else ''}")
        link = link.__cause__ or link.__context__

    for secret in [*account.google.secrets, account.google.client_secret, USERNAME]:
        assert secret not in caplog.text
        assert secret not in " ".join(said)
