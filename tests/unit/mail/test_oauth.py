from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.errors import MailAuthFailed, MailUnavailable
from jeeves.mail.grant_file import Grant
from jeeves.mail.imap_sign_in import oauthbearer, xoauth2
from jeeves.mail.oauth import AccessToken, token_is_fresh
from jeeves.mail.token_endpoint import read_tokens

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def token(*, seconds: int) -> AccessToken:
    """Return a token obtained now that lives for ``seconds``."""
    grant = Grant(account="me@gmail.com", refresh_token="1//secret", obtained_at=NOW)
    return AccessToken(value="ya29.secret", obtained_at=NOW, expires_at=NOW + timedelta(seconds=seconds), grant=grant)


@pytest.mark.parametrize(
    ("lifetime", "age", "fresh"),
    [
        (3599, 0, True),
        (3599, 3298, True),
        (3599, 3299, False),  # its last 5 minutes begin
        (3599, 10**9, False),
        (60, 47, True),
        (60, 48, False),  # its last fifth begins
        (3599, -1, False),  # the clock was set back
    ],
)
def test_a_token_is_fresh_until_shortly_before_its_end(lifetime: int, age: int, fresh: bool) -> None:  # noqa: FBT001 - a column of the table
    assert token_is_fresh(token(seconds=lifetime), NOW + timedelta(seconds=age)) is fresh


def test_a_token_shows_in_no_repr() -> None:
    assert "secret" not in repr(token(seconds=60))


def test_the_answer_of_google_is_read() -> None:
    body = (
        b'{"access_token": "ya29.a0", "expires_in": 3599, "scope": "https://mail.google.com/", "token_type": "Bearer"}'
    )

    tokens = read_tokens(200, body, now=NOW)

    assert (tokens.access_token, tokens.refresh_token) == ("ya29.a0", None)
    assert tokens.expires_at == NOW + timedelta(seconds=3599)


def test_a_revoked_or_expired_permission_names_the_command_and_the_weekly_trap() -> None:
    with pytest.raises(MailAuthFailed, match="no longer accepts") as refusal:
        read_tokens(400, b'{"error": "invalid_grant", "error_description": "Token has been expired."}', now=NOW)

    assert "jeeves auth google" in refusal.value.advice
    assert "7 days" in refusal.value.advice


@pytest.mark.parametrize("code", ["invalid_client", "unauthorized_client", "deleted_client"])
def test_an_unknown_client_names_the_two_keys(code: str) -> None:
    with pytest.raises(MailAuthFailed, match="client") as refusal:
        read_tokens(401, b'{"error": "%s"}' % code.encode(), now=NOW)

    assert "mail.oauth_client_id and mail.oauth_client_secret" in refusal.value.advice


def test_any_other_refusal_is_permanent_and_keeps_the_endpoints_words_to_itself() -> None:
    with pytest.raises(MailAuthFailed) as refusal:
        read_tokens(400, b'{"error": "\\u001b[31mowned", "error_description": "<b>call 555</b>"}', now=NOW)

    assert "owned" not in f"{refusal.value}{refusal.value.advice}"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b'{"error": "invalid_grant"}'),
        (502, b"<html>Bad Gateway</html>"),
        (503, b""),
        (429, b'{"error": "rate_limit_exceeded"}'),
        (403, b'{"error": "rate_limit_exceeded"}'),
        (400, b'{"error": "temporarily_unavailable"}'),
        (400, b"<html>Sign in to the hotel's network</html>"),
        (400, b'{"error": {"code": 400}}'),
        (302, b""),
        (200, b"<html>Sign in to the hotel's network</html>"),
        (200, b"{}"),
        (200, b'{"access_token": "", "expires_in": 3599}'),
        (200, b'{"access_token": "a\\r\\nb", "expires_in": 3599}'),
        (200, b'{"access_token": "a", "expires_in": "soon"}'),
        (200, b'{"access_token": "a", "expires_in": 3599, "refresh_token": 7}'),
        (200, b"[" * 60_000),
    ],
)
def test_whatever_may_pass_by_itself_is_tried_again(status: int, body: bytes) -> None:
    with pytest.raises(MailUnavailable):
        read_tokens(status, body, now=NOW)


@given(status=st.integers(100, 599), body=st.binary(max_size=300))
def test_no_answer_leads_to_anything_but_tokens_or_our_own_errors(status: int, body: bytes) -> None:
    with pytest.raises((MailAuthFailed, MailUnavailable)):
        read_tokens(status, body, now=NOW)


@pytest.mark.parametrize("life", [-5, 0, 10**12])
def test_an_absurd_lifetime_is_bounded(life: int) -> None:
    body = b'{"access_token": "a", "expires_in": %d}' % life

    assert NOW < read_tokens(200, body, now=NOW).expires_at <= NOW + timedelta(days=1)


def test_the_initial_responses_are_those_of_the_documents() -> None:
    # given the examples of Google's page and of RFC 7628, section 4.1, without its optional host and port
    assert xoauth2("someuser@example.com", "ya29.vF9dft4q") == (
        b"user=someuser@example.com\x01auth=Bearer ya29.vF9dft4q\x01\x01"
    )
    assert oauthbearer("user@example.com", "vF9dft4q") == b"n,a=user@example.com,\x01auth=Bearer vF9dft4q\x01\x01"
    assert oauthbearer("a=b,c", "t").startswith(b"n,a=a=3Db=2Cc,\x01")
