"""The exchange of the browser's answer for a lasting permission, at a strict authorisation server."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import requests

from jeeves.errors import JeevesError, MailUnavailable, UserError
from jeeves.mail.consent import Answer, Client, Consent
from jeeves.mail.loopback import Loopback
from tests.servers.oauth_endpoint import OAuthEndpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jeeves.mail.grant_file import Grant

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def google() -> Iterator[OAuthEndpoint]:
    with OAuthEndpoint() as running:
        yield running


def consent_at(google: OAuthEndpoint, *, secret: str = "", timeout: float = 20.0) -> Consent:
    client = Client(
        client_id=google.client_id,
        client_secret=secret or google.client_secret,
        auth_uri=google.uri("auth"),
        token_uri=google.uri("token"),
        timeout=timeout,
    )
    return Consent(client, account="me@gmail.com", redirect_uri="http://127.0.0.1:4711/")


def answer_of(consent: Consent) -> Answer:
    """Open the address as a browser does, as far as the redirect."""
    redirect = requests.get(consent.address, allow_redirects=False, timeout=20).headers["Location"]
    answer = consent.read(redirect)
    assert answer is not None
    return answer


def exchange(consent: Consent) -> Grant:
    return consent.exchange(answer_of(consent), NOW)


def test_a_yes_becomes_a_lasting_permission_by_the_rules(google: OAuthEndpoint) -> None:
    grant = exchange(consent_at(google))

    assert google.refresh_tokens == {grant.refresh_token: "me@gmail.com"}
    assert (grant.account, grant.obtained_at) == ("me@gmail.com", NOW)
    assert google.problems == []


def test_a_code_cannot_be_used_twice(google: OAuthEndpoint) -> None:
    consent = consent_at(google)
    answer = answer_of(consent)
    consent.exchange(answer, NOW)

    with pytest.raises(UserError, match="used up"):
        consent.exchange(answer, NOW)


def test_a_code_of_another_request_is_of_no_use(google: OAuthEndpoint) -> None:
    # given PKCE: the code of one request, and the verifier of another
    stolen = answer_of(consent_at(google))

    with pytest.raises(UserError, match="another request"):
        consent_at(google).exchange(stolen, NOW)


def test_a_no_is_understood(google: OAuthEndpoint) -> None:
    google.says = "no"

    with pytest.raises(UserError, match="Access was refused"):
        exchange(consent_at(google))


def test_a_box_not_ticked_is_named(google: OAuthEndpoint) -> None:
    google.scope = "openid"

    with pytest.raises(UserError, match="not among what was allowed") as refusal:
        exchange(consent_at(google))

    assert "tick the box for Gmail" in refusal.value.advice


def test_a_wrong_client_secret_is_named(google: OAuthEndpoint) -> None:
    with pytest.raises(UserError, match="does not know the client") as refusal:
        exchange(consent_at(google, secret="GOCSPX-mistyped"))

    assert "mail.oauth_client_secret" in refusal.value.advice


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ((503, "text/html", b"<html>Oops</html>"), MailUnavailable),
        ((200, "text/html", b"<html>Sign in to the hotel's network</html>"), MailUnavailable),
        ((200, "application/json", b"[]"), MailUnavailable),
        ((200, "application/json", b"7"), MailUnavailable),
        ((200, "application/json", b'"text"'), MailUnavailable),
        ((200, "application/json", b"\xff\xfe"), MailUnavailable),
        ((200, "application/json", b"{}"), MailUnavailable),
        ((200, "application/json", b'{"access_token": "a", "expires_in": "soon"}'), MailUnavailable),
        ((200, "application/json", b'{"access_token": "a", "token_type": "Bearer"}'), UserError),
        ((200, "application/json", b'{"access_token": "a", "token_type": "Bearer", "refresh_token": 7}'), UserError),
        ((400, "application/json", b'{"error": "invalid_grant"}'), UserError),
        ((400, "application/json", b'{"error": "no_such_error"}'), UserError),
        ((400, "application/json", b'{"error": {"code": 400}}'), UserError),
    ],
)
def test_whatever_the_endpoint_answers_is_one_sentence_of_ours(
    google: OAuthEndpoint, fault: tuple[int, str, bytes], kind: type[JeevesError]
) -> None:
    google.fault = fault

    with pytest.raises(kind) as failure:
        exchange(consent_at(google))

    assert failure.value.advice
    assert not google.secrets & set(repr(failure.value).split())


def test_an_endpoint_that_is_silent_or_down_is_given_up_on(google: OAuthEndpoint) -> None:
    consent = consent_at(google, timeout=0.3)
    answer = answer_of(consent)
    google.silent = True
    with pytest.raises(MailUnavailable, match="cannot be reached"):
        consent.exchange(answer, NOW)
    google.stop()

    with pytest.raises(MailUnavailable, match="cannot be reached"):
        consent.exchange(answer, NOW)


def test_oauthlib_is_not_left_open_to_plain_http(google: OAuthEndpoint) -> None:
    exchange(consent_at(google))

    assert "OAUTHLIB_INSECURE_TRANSPORT" not in os.environ


def test_the_listener_takes_only_answers_and_serves_many_who_connect() -> None:
    with Loopback(0) as loopback:
        loopback.answer(lambda path: path == "/?state=s1&code=c1")
        address = f"http://127.0.0.1:{loopback.port}"
        first, icon = requests.get(f"{address}/?state=s2", timeout=20), requests.get(f"{address}/icon", timeout=20)
        posted = requests.post(f"{address}/?state=s1&code=c1", timeout=20)
        right = requests.get(f"{address}/?state=s1&code=c1", timeout=20)

        assert [page.status_code for page in (first, icon, posted, right)] == [404, 404, 501, 200]
        assert [loopback.answers.get(timeout=20), loopback.answers.empty()] == ["/?state=s1&code=c1", True]


def test_a_listener_that_never_answered_gives_its_port_back() -> None:
    with Loopback(0) as loopback:
        port = loopback.port
        with pytest.raises(UserError, match="is taken"):
            Loopback(port)

    with Loopback(port) as again:
        assert again.port == port
