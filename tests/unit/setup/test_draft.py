"""New settings: what they say, and how they get where Jeeves looks."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from jeeves.config import load_config
from jeeves.setup.document import Answers, Twilio, render
from jeeves.setup.draft import Draft
from jeeves.setup.here import local_timezone

ANSWERS = Answers(
    username="ada@example.org",
    host="imap.example.org",
    port=993,
    tls="implicit",
    auth="password",
    folders=("INBOX", 'Büro "alles"\\x'),
    channels=("sms", "console"),
    timezone="Europe/London",
    data_dir="",
    twilio=Twilio(sender="+15550100", to="+15550101"),
    references={
        "imap-password": "file:secrets/imap-password",
        "twilio-sid": "env:TWILIO_SID",
        "twilio-token": "env:TWILIO_TOKEN",
    },
)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "settings" / "jeeves.toml"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_was_answered_is_what_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "jeeves.toml"
    path.write_text(render(ANSWERS), encoding="utf-8")
    config = load_config(path)
    assert (config.mail.host, config.mail.username) == ("imap.example.org", "ada@example.org")
    assert config.mail.folders == ANSWERS.folders
    assert config.mail.password.name == str(tmp_path / "secrets" / "imap-password")
    assert config.alerts.channels == ("sms", "console")
    assert config.alerts.timezone == ZoneInfo("Europe/London")
    assert config.notify.sms is not None
    assert (config.notify.sms.sender, config.notify.sms.to) == ("+15550100", "+15550101")


def test_signing_in_with_google_is_written_with_its_client(tmp_path: Path) -> None:
    references = {"oauth-client-id": "credential:id", "oauth-secret": "credential:secret"}
    oauth = replace(ANSWERS, auth="oauth2", channels=("console",), references=references, data_dir="/var/lib/jeeves")
    (tmp_path / "jeeves.toml").write_text(render(oauth), encoding="utf-8")
    config = load_config(tmp_path / "jeeves.toml")
    assert (config.mail.auth, config.mail.oauth_client_secret.name) == ("oauth2", "secret")
    assert config.database.data_dir == Path("/var/lib/jeeves")


def test_mail_to_oneself_and_ntfy_are_written_with_where_their_secrets_lie(tmp_path: Path) -> None:
    references = {**ANSWERS.references, "ntfy-topic": "file:secrets/ntfy-topic"}
    both = replace(ANSWERS, channels=("ntfy", "email"), references=references, smtp_host="smtp.example.org")
    (tmp_path / "jeeves.toml").write_text(render(both), encoding="utf-8")
    config = load_config(tmp_path / "jeeves.toml")
    assert config.notify.email is not None
    assert config.notify.ntfy is not None
    assert (config.notify.email.host, config.notify.email.password.name) == (
        "smtp.example.org",
        str(tmp_path / "secrets" / "imap-password"),
    )
    assert config.notify.ntfy.topic.name == str(tmp_path / "secrets" / "ntfy-topic")


def test_nothing_is_written_where_jeeves_looks_before_the_end(target: Path) -> None:
    with Draft(target, as_credentials=False) as draft:
        draft.keep("imap-password", "correct horse")
        draft.write(ANSWERS)
        tried = draft.config_file
        assert load_config(tried).mail.password.resolve() == "correct horse"
        assert mode(tried.parent) == 0o700
    assert not target.parent.exists()
    assert not tried.parent.exists()


def test_in_place_everything_is_its_owners_alone(target: Path) -> None:
    with Draft(target, as_credentials=False) as draft:
        draft.keep("imap-password", "correct horse")
        draft.write(ANSWERS)
        written = draft.put_in_place()
    assert written == [target, target.parent / "secrets" / "imap-password"]
    assert [mode(path) for path in written] == [0o600, 0o600]
    assert [mode(path.parent) for path in written] == [0o700, 0o700]
    assert load_config(target).mail.password.resolve() == "correct horse"
    assert "correct horse" not in target.read_text(encoding="utf-8")


def test_earlier_settings_are_kept_and_no_secret_of_theirs_is_overwritten(target: Path) -> None:
    (target.parent / "secrets").mkdir(parents=True)
    (target.parent / "secrets" / "imap-password").write_text("earlier")
    target.write_text("# earlier")
    with Draft(target, as_credentials=False) as draft:
        draft.keep("imap-password", "later")
        draft.write(replace(ANSWERS, references={**ANSWERS.references, **draft.references}))
        draft.put_in_place()
    assert target.with_name("jeeves.toml.old").read_text() == "# earlier"
    assert (target.parent / "secrets" / "imap-password").read_text() == "earlier"
    assert load_config(target).mail.password.resolve() == "later"


def test_a_password_typed_anew_replaces_the_refused_one(target: Path) -> None:
    with Draft(target, as_credentials=False) as draft:
        draft.keep("imap-password", "mistyped")
        draft.keep("imap-password", "right")
        draft.write(ANSWERS)
        draft.put_in_place()
    assert [path.name for path in (target.parent / "secrets").iterdir()] == ["imap-password"]
    assert load_config(target).mail.password.resolve() == "right"


def test_for_the_system_secrets_are_credentials(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "elsewhere")
    with Draft(target, as_credentials=True) as draft:
        draft.keep("imap-password", "correct horse")
        config = draft.write(replace(ANSWERS, references={**ANSWERS.references, **draft.references}))
        tried = config.mail.password.resolve()
        written = draft.put_in_place()
    assert tried == "correct horse"
    assert written[1] == target.parent / "credentials" / "imap-password"
    assert 'password = "credential:imap-password"' in target.read_text()


def test_the_time_zone_is_the_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    zone = tmp_path / "zoneinfo" / "Europe" / "Vienna"
    zone.parent.mkdir(parents=True)
    zone.touch()
    (tmp_path / "localtime").symlink_to(zone)
    assert local_timezone(tmp_path / "localtime") == "Europe/Vienna"
    assert local_timezone(tmp_path / "missing") == "UTC"
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert local_timezone(tmp_path / "localtime") == "Asia/Tokyo"
