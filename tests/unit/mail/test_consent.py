from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.mail.consent import Answer, Client, Consent, read_answer

CLIENT = Client(
    client_id="client.example",
    client_secret="GOCSPX-secret",
    auth_uri="https://accounts.google.com/o/oauth2/v2/auth",
    token_uri="https://oauth2.googleapis.com/token",
)


def asked() -> dict[str, list[str]]:
    address = Consent(CLIENT, account="me@gmail.com", redirect_uri="http://127.0.0.1:4711/").address
    assert address.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    return parse_qs(urlsplit(address).query)


def test_the_address_asks_for_a_lasting_permission_to_read_mail_and_for_nothing_else() -> None:
    query = asked()

    assert query["scope"] == ["https://mail.google.com/"]
    assert (query["access_type"], query["prompt"]) == (["offline"], ["consent"])
    assert query["login_hint"] == ["me@gmail.com"]
    assert query["redirect_uri"] == ["http://127.0.0.1:4711/"]


def test_the_address_holds_a_challenge_and_no_secret() -> None:
    query = asked()

    assert query["code_challenge_method"] == ["S256"]
    assert len(query["code_challenge"][0]) == 43
    assert "GOCSPX" not in str(query)


def test_two_requests_share_neither_state_nor_challenge() -> None:
    first, second = asked(), asked()

    assert first["state"] != second["state"]
    assert first["code_challenge"] != second["code_challenge"]


@pytest.mark.parametrize(
    "redirected",
    [
        "http://127.0.0.1:4711/?state=s1&code=4/abc&scope=https://mail.google.com/",
        "/?code=4/abc&state=s1",
        "  http://127.0.0.1:4711/?state=s1&code=4/a\n  bc ",
        "?state=s1&code=4%2Fabc",
    ],
)
def test_the_code_is_found_however_the_address_was_copied(redirected: str) -> None:
    assert read_answer(redirected, state="s1") == Answer(code="4/abc")


def test_a_no_is_an_answer() -> None:
    assert read_answer("/?error=access_denied&state=s1", state="s1") == Answer(refusal="access_denied")


@pytest.mark.parametrize(
    "redirected",
    [
        "",
        "/favicon.ico",
        "4/abc",
        "/?code=4/abc",
        "/?code=4/abc&state=s2",
        "/?code=4/abc&state=s1&state=s2",
        "/?state=s1",
        "http://[::1/?state=s1&code=4/abc",
        "/?" + "a=1&" * 1000 + "state=s1&code=x",
    ],
)
def test_what_does_not_answer_this_request_is_passed_over(redirected: str) -> None:
    assert read_answer(redirected, state="s1") is None


@given(st.text(max_size=300))
def test_nothing_typed_at_the_prompt_raises(typed: str) -> None:
    assert read_answer(typed, state="a state nobody types") is None
