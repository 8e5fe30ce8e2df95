from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jeeves.config import load_config
from jeeves.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from jeeves.config import Config

MAIL = '[mail]\nusername = "me@example.com"\n'


def loaded(folder: Path, text: str) -> Config:
    path = folder / "jeeves.toml"
    path.write_text(MAIL + text)
    return load_config(path)


def problem(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text)
    (only,) = caught.value.problems
    return only


@pytest.mark.parametrize(
    ("channels", "sentence"),
    [
        ("[]", "alerts.channels: is empty; name at least one"),
        ('["smss"]', 'did you mean "sms"?'),
        ('["console", "console"]', "is named twice"),
        ('["email"]', "there is no [notify.email]"),
        ('["ntfy"]', "there is no [notify.ntfy]"),
        ('["webhook"]', "there is no [notify.webhook]"),
    ],
)
def test_a_wrong_list_of_channels_is_one_sentence(tmp_path: Path, channels: str, sentence: str) -> None:
    assert sentence in problem(tmp_path, f"[alerts]\nchannels = {channels}\n")


def test_mail_to_oneself_needs_no_key_for_gmail(tmp_path: Path) -> None:
    email = loaded(tmp_path, "[notify.email]\n").notify.email

    assert email is not None
    assert (email.host, email.port, email.tls, email.to) == ("smtp.gmail.com", 465, "implicit", None)
    assert email.password.name == "JEEVES_IMAP_PASSWORD"


def test_mail_by_starttls_goes_to_the_submission_port(tmp_path: Path) -> None:
    email = loaded(tmp_path, '[notify.email]\ntls = "starttls"\n').notify.email

    assert email is not None
    assert email.port == 587


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ('[notify.email]\ntls = "none"\n', "sends the password in the clear"),
        ('[notify.email]\npassword = "hunter2"\n', "a secret must not stand in this file"),
        ("[notify.ntfy]\n", "notify.ntfy.topic: is missing"),
        ('[notify.ntfy]\ntopic = "my-topic"\n', "a secret must not stand in this file"),
        ('[notify.ntfy]\ntopic = "env:T"\nurl = "http://ntfy.example"\n', "notify.ntfy.url"),
        ('[notify.ntfy]\ntopic = "env:T"\npriority = 6\n', "from 1 to 5"),
        ("[notify.webhook]\n", "notify.webhook.url: is missing"),
        ('[notify.webhook]\nurl = "https://home.example/"\n', "a secret must not stand in this file"),
        ('[alerts]\nescalate_after = "soon"\n', "alerts.escalate_after"),
        ('[alerts]\nescalate_after = "0s"\n', "alerts.escalate_after"),
    ],
)
def test_a_wrong_key_of_a_channel_is_one_sentence(tmp_path: Path, section: str, sentence: str) -> None:
    assert sentence in problem(tmp_path, section)


@pytest.mark.parametrize("segments", ["0", "5", '"1"', "true", "1.0"])
def test_an_alert_costs_one_to_four_messages(tmp_path: Path, segments: str) -> None:
    account = '[notify.sms]\naccount_sid = "env:A"\nauth_token = "env:B"\nfrom = "+15550100"\nto = "+15550101"\n'

    assert "from 1 to 4" in problem(tmp_path, f"{account}segments = {segments}\n")


def test_escalation_waits_ten_minutes_or_for_ever(tmp_path: Path) -> None:
    waits = loaded(tmp_path, "").alerts.escalate_after
    assert waits is not None
    assert waits.total_seconds() == 600
    assert loaded(tmp_path, '[alerts]\nescalate_after = "never"\n').alerts.escalate_after is None
