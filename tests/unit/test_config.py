import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from jeeves import shipped
from jeeves.config import SecretRef, load_config
from jeeves.errors import ConfigError
from tests.unit.config_files import loaded, only_problem, problems

SMS = """
[notify.sms]
account_sid = "env:TWILIO_ACCOUNT_SID"
auth_token = "env:TWILIO_AUTH_TOKEN"
from = "+15550100"
to = "+15550101"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "jeeves.toml").write_text('[mail]\nusername = "me@gmail.com"\n')
    return tmp_path


# The sample and the defaults


def test_the_shipped_sample_is_a_working_default() -> None:
    config = load_config(shipped("jeeves.toml"))

    assert config.mail.host == "imap.gmail.com"
    assert config.mail.username == "me@gmail.com"
    assert config.database.url == ""
    assert config.alerts.channels == ("console",)
    assert config.classifier.directory == shipped("models")
    assert config.notify.sms is None


def test_the_sample_shows_what_is_assumed_when_a_key_is_left_out(folder: Path) -> None:
    sample = loaded(folder, shipped("jeeves.toml").read_text(encoding="utf-8"))

    assert loaded(folder, '[mail]\nusername = "me@gmail.com"\n') == sample


def test_every_commented_key_of_the_sample_is_accepted_when_uncommented(folder: Path) -> None:
    lines = shipped("jeeves.toml").read_text(encoding="utf-8").splitlines()
    uncommented = [re.sub(r"^# (?=\[|[a-z_]+ = )", "", line) for line in lines]

    config = loaded(folder, "\n".join(uncommented))

    assert config.notify.sms is not None
    assert config.notify.sms.sender == "+15550100"
    assert config.notify.call is not None
    assert config.notify.call.to == "+15550101"


def test_every_value_arrives_with_its_type(folder: Path) -> None:
    config = loaded(
        folder,
        """
        [mail]
        host = "127.0.0.1"
        port = 1143
        tls = "none"
        username = "ann"
        password = "file:password"
        folders = ["INBOX", "Réunions"]
        poll = "500ms"
        sent = false
        [database]
        url = "postgres://ann@db/jeeves"
        data_dir = "~/jeeves-data"
        [alerts]
        channels = ["sms", "speech"]
        max_age = "3d"
        remind_before = "3h"
        timezone = "America/New_York"
        [notify.speech]
        engine = "say"
        wav_dir = "said"
        """
        + SMS
        + 'api_base = "http://localhost:8080/"',
    )

    assert (config.mail.host, config.mail.port, config.mail.tls) == ("127.0.0.1", 1143, "none")
    assert config.mail.password == SecretRef(key="mail.password", kind="file", name=str(folder / "password"))
    assert config.mail.folders == ("INBOX", "Réunions")
    assert config.mail.poll == timedelta(milliseconds=500)
    assert config.database.url == "postgresql://ann@db/jeeves"
    assert config.database.data_dir == Path.home() / "jeeves-data"
    assert config.alerts.channels == ("sms", "speech")
    assert config.alerts.max_age == timedelta(days=3)
    assert config.alerts.remind_before == timedelta(hours=3)
    assert config.mail.sent is False
    assert config.alerts.timezone == ZoneInfo("America/New_York")
    assert config.notify.speech.wav_dir == folder / "said"
    assert config.notify.sms is not None
    assert config.notify.sms.auth_token == SecretRef(key="notify.sms.auth_token", kind="env", name="TWILIO_AUTH_TOKEN")
    assert config.notify.sms.api_base == "http://localhost:8080"


def test_the_default_port_follows_the_kind_of_tls(folder: Path) -> None:
    assert loaded(folder, '[mail]\nusername = "a"\n').mail.port == 993
    assert loaded(folder, '[mail]\nusername = "a"\ntls = "starttls"\n').mail.port == 143


def test_a_configuration_cannot_be_changed_after_loading(folder: Path) -> None:
    config = loaded(folder, '[mail]\nusername = "a"\n')

    with pytest.raises(ValueError, match="frozen"):
        setattr(config.mail, "host", "elsewhere")  # noqa: B010 - mypy knows that a plain assignment is wrong


def test_models_beside_the_file_win_over_the_shipped_ones(folder: Path) -> None:
    (folder / "models").mkdir()

    assert loaded(folder, '[mail]\nusername = "a"\n').classifier.directory == folder / "models"


def test_a_models_folder_of_another_name_lies_beside_the_file_even_before_it_exists(folder: Path) -> None:
    config = loaded(folder, '[mail]\nusername = "a"\n[classifier]\ndirectory = "mine"\n')

    assert config.classifier.directory == folder / "mine"


# Where the file is looked for


def test_the_file_in_the_working_folder_comes_before_the_one_at_home(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / ".config/jeeves").mkdir(parents=True)
    (home / ".config/jeeves/jeeves.toml").write_text('[mail]\nusername = "home"\n')
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(folder)
    assert load_config(None).mail.username == "me@gmail.com"

    (folder / "jeeves.toml").unlink()

    assert load_config(None).mail.username == "home"


def test_no_file_anywhere_names_both_places_and_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ConfigError) as caught:
        load_config(None)

    assert str(tmp_path / "jeeves.toml") in str(caught.value)
    assert ".config/jeeves/jeeves.toml" in caught.value.problems[0]
    assert "--config" in caught.value.advice


def test_a_named_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=re.escape(str(tmp_path / "absent.toml"))):
        load_config(tmp_path / "absent.toml")


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path)

    assert "directory" in caught.value.problems[0]


# Reports


def test_bad_toml_is_reported_with_line_and_column(folder: Path) -> None:
    (problem,) = problems(folder, '[mail]\nusername "me"\n')

    assert problem.startswith("line 2, column 10: ")


def test_a_file_cut_off_in_the_middle_is_reported(folder: Path) -> None:
    (problem,) = problems(folder, '[mail]\nfolders = ["INBOX",')

    assert "not TOML" in problem


def test_a_file_that_is_not_utf8_is_reported_with_its_line(folder: Path) -> None:
    (folder / "jeeves.toml").write_bytes(b'[mail]\nusername = "\xff"\n')

    with pytest.raises(ConfigError) as caught:
        load_config(folder / "jeeves.toml")

    assert caught.value.problems == ("line 2: is not UTF-8 text; save the file as UTF-8",)


def test_every_mistake_is_reported_at_once_each_with_its_key(folder: Path) -> None:
    found = problems(
        folder,
        """
        [mail]
        host = "mail.example.com"
        port = 99999
        tls = "none"
        pol = "2m"
        [alerts]
        chanels = ["console"]
        channels = ["sms", "pigeon"]
        """,
    )

    keys = sorted(problem.split(":")[0] for problem in found)
    assert keys == [
        "alerts.chanels",
        "alerts.channels",
        "alerts.channels",
        "mail.pol",
        "mail.port",
        "mail.tls",
        "mail.username",
    ]


@pytest.mark.parametrize(
    ("section", "line", "expected"),
    [
        ("alerts", 'chanels = ["console"]', 'alerts.chanels: unknown key; did you mean "channels"?'),
        ("mail", 'hots = "x"', 'mail.hots: unknown key; did you mean "host"?'),
        ("alerts", 'host = "x"', "alerts.host: unknown key; it belongs under [mail]"),
        ("maill", "", 'maill: unknown key; did you mean "mail"?'),
        ("notify.smss", "", 'notify.smss: unknown key; did you mean "sms"?'),
        ("mail", 'tls = "implicite"', 'write "implicit", "starttls" or "none"; did you mean "implicit"?'),
        ("alerts", 'channels = ["SMS"]', 'did you mean "sms"?'),
        ("alerts", "channels = []", "alerts.channels: is empty; name at least one"),
        ("alerts", 'channels = "console"', "alerts.channels: must be a list in square brackets"),
        ("alerts", 'channels = ["console", "console"]', '"console" is named twice'),
        ("alerts", 'timezone = "Europe/Londn"', 'did you mean "Europe/London"?'),
        ("alerts", 'timezone = "../../etc/passwd"', "is not a time zone"),
        ("alerts", 'max_age = "12 hours"', 'write a whole number and a unit: "500ms"'),
        ("mail", "folders = []", "mail.folders: is empty"),
        ("mail", 'folders = ["a\\r\\nb"]', "mail.folders: a folder name is empty or holds control characters"),
        ("mail", 'port = "993"', 'mail.port: "993" is not a port'),
        ("mail", "port = 0", "write a whole number from 1 to 65535"),
        ("mail", "port = true", "is not a port"),
        ("mail", 'poll = "99ms"', "allowed is 100ms to 1d"),
        ("mail", 'poll = "25h"', "allowed is 100ms to 1d"),
        ("mail", 'sent = "yes"', "mail.sent: must be true or false, without quotes"),
        ("alerts", 'remind_before = "soon"', "alerts.remind_before: "),
        ("alerts", 'remind_before = "31d"', "allowed is 1m to 30d"),
        ("mail", "poll = 120", "mail.poll: 120 is not a length of time"),
        ("mail", 'backfill_budget = "999kB"', "allowed is 1MB to 1000GB"),
        ("mail", 'backfill_budget = "500"', "is not an amount of data; write a whole number and a unit"),
        ("mail", "backfill_budget = 500", "mail.backfill_budget: 500 is not an amount of data"),
        ("mail", 'training_label = ""', "mail.training_label: must not be empty"),
        ("mail", 'host = "imaps://imap.gmail.com"', "is not a host name"),
        ("mail", 'host = "imap.example.com"\ntls = "none"', "for localhost only"),
        ("mail", 'ca_file = "absent.pem"', "there is no file"),
        ("mail", "username = 7", "mail.username: must be text in quotes, not 7"),
        ("mail", 'auth = "oauth"', 'write "password" or "oauth2"; did you mean "oauth2"?'),
        ("mail", 'oauth_client_secret = "GOCSPX-x"', "mail.oauth_client_secret: a secret must not stand in this file"),
        ("mail", 'oauth_token_uri = "http://example.com/token"', "mail.oauth_token_uri: must be an address"),
        ("mail", 'oauth_auth_uri = ""', "mail.oauth_auth_uri: must be an address"),
        ("mail", 'oauth_revoke_uri = "https://u:p@example.com/"', "http only on this machine"),
        ("database", 'url = "mysql://localhost/x"', "database.url: must be"),
        ("database", 'url = "postgresql:x"', "database.url: must be"),
        ("notify.speech", 'engine = "festival"', 'write "espeak-ng", "say" or "auto"'),
    ],
)
def test_a_mistake_names_its_key_what_is_allowed_and_a_suggestion(
    folder: Path, section: str, line: str, expected: str
) -> None:
    assert expected in only_problem(folder, section, line)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_no_tls_is_allowed_on_this_machine(folder: Path, host: str) -> None:
    assert loaded(folder, f'[mail]\nusername = "a"\ntls = "none"\nhost = "{host}"').mail.tls == "none"


def test_signing_in_with_google_needs_one_word_and_two_secrets(folder: Path) -> None:
    mail = loaded(folder, '[mail]\nusername = "a"\nauth = "oauth2"\noauth_client_id = "file:id"').mail

    assert mail.auth == "oauth2"
    assert mail.oauth_client_id == SecretRef(key="mail.oauth_client_id", kind="file", name=str(folder / "id"))
    assert mail.oauth_client_secret.name == "JEEVES_OAUTH_CLIENT_SECRET"
    assert mail.oauth_token_uri == "https://oauth2.googleapis.com/token"


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:9"])
def test_an_oauth_endpoint_on_this_machine_may_do_without_tls(folder: Path, host: str) -> None:
    uri = f"http://{host}/token"

    assert loaded(folder, f'[mail]\nusername = "a"\noauth_token_uri = "{uri}"').mail.oauth_token_uri == uri


@pytest.mark.parametrize("channel", ["sms", "call"])
def test_a_channel_without_its_section_is_a_problem(folder: Path, channel: str) -> None:
    found = only_problem(folder, "alerts", f'channels = ["{channel}"]')

    assert f"there is no [notify.{channel}]" in found


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (('from = "+15550100"', ""), 'notify.sms: neither is set; write exactly one of "from" and "messaging_service"'),
        (("[notify.sms]", f'[notify.sms]\nmessaging_service = "MG{"0" * 32}"'), "notify.sms: both are set"),
        (('"+15550101"', '"07700 900123"'), "notify.sms.to: is not a telephone number"),
        (("[notify.sms]", '[notify.sms]\napi_base = "http://example.com"'), "notify.sms.api_base: must be"),
        (("[notify.sms]", '[notify.sms]\napi_base = "https://u:p@example.com"'), "notify.sms.api_base: must be"),
        (("[notify.sms]", '[notify.sms]\nsender = "+15550100"'), "notify.sms.sender: unknown key"),
        (('"env:TWILIO_AUTH_TOKEN"', '"0123456789abcdef"'), "notify.sms.auth_token: a secret must not stand"),
    ],
)
def test_a_mistake_in_a_telephone_section_is_named(folder: Path, change: tuple[str, str], expected: str) -> None:
    found = problems(folder, '[mail]\nusername = "a"\n' + SMS.replace(*change))

    assert len(found) == 1
    assert found[0].startswith(expected)


def test_a_section_written_as_a_value_is_a_problem(folder: Path) -> None:
    found = problems(folder, 'alerts = "sms"\n[mail]\nusername = "a"\n')

    assert found == ("alerts: must be a section; write [alerts] on a line of its own and its keys below",)


def test_what_is_shown_of_a_value_is_short_and_harmless(folder: Path) -> None:
    found = only_problem(folder, "alerts", f'timezone = "\\u001b[31m{"x" * 500}"')

    assert "\x1b" not in found
    assert len(found) < 150
