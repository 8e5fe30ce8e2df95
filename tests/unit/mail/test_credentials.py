from datetime import UTC, datetime, timedelta

import pytest

from jeeves.errors import MailAuthFailed
from jeeves.mail.credentials import Credential, Passwords, as_accepted

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("shown", ["abcd efgh ijkl mnop", "abcd\xa0efgh\xa0ijkl\xa0mnop", " abcd efgh ijkl mnop "])
def test_an_app_password_may_be_copied_as_google_shows_it(shown: str) -> None:
    assert as_accepted(shown, "imap.gmail.com") == "abcdefghijklmnop"


@pytest.mark.parametrize("password", ["abcdefghijklmnop", "correct horse", "abcd efgh ijkl", "Abcd efgh ijkl mnop", ""])
def test_any_other_password_keeps_its_spaces(password: str) -> None:
    assert as_accepted(password, "imap.gmail.com") == password


def test_another_servers_password_of_that_shape_keeps_its_spaces() -> None:
    assert as_accepted("abcd efgh ijkl mnop", "mail.example.org") == "abcd efgh ijkl mnop"


def test_a_password_shows_in_no_repr() -> None:
    assert "hunter2" not in repr(Credential(secret="hunter2"))


def test_a_refused_password_is_offered_again_when_it_was_changed_or_has_rested() -> None:
    password, now = "wrong", NOW
    passwords = Passwords(lambda: password, host="mail.example.org", clock=lambda: now)
    credential = passwords()
    assert credential.after_refusal(MailAuthFailed("Refused.")) is None

    with pytest.raises(MailAuthFailed, match="Refused"):
        passwords()
    password = "right"
    assert passwords().secret == "right"
    password, now = "wrong", NOW + timedelta(minutes=6)
    assert passwords().secret == "wrong"
