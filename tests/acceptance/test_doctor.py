"""``jeeves doctor``: every fault injected is found, named and given a remedy."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.installation import PASSWORD, REPORT, letter, wait_until
from tests.servers.smtp import MailServer
from tests.servers.twilio_stub import TwilioStub

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer

Finding = dict[str, Any]


def findings(installation: Installation, *options: str) -> tuple[int, dict[str, list[Finding]]]:
    """Return the exit status and what was found, by subject."""
    finished = installation.run("doctor", "--json", *options)
    report = json.loads(finished.stdout)
    assert report["faults"] == sum(each["verdict"] == "fault" for each in report["findings"])
    found: dict[str, list[Finding]] = {}
    for each in report["findings"]:
        found.setdefault(each["subject"], []).append(each)
        assert PASSWORD not in f"{each['message']}{each['remedy']}"
        assert each["remedy"] or each["verdict"] != "fault"
    return finished.returncode, found


def faults(found: dict[str, list[Finding]]) -> set[str]:
    return {name for name, each in found.items() if any(one["verdict"] == "fault" for one in each)}


class WrongTime(BaseHTTPRequestHandler):
    """A web server whose clock is three hours behind ours."""

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 - the library's signature
        return super().date_time_string((datetime.now(UTC) - timedelta(hours=3)).timestamp())

    def log_message(self, *_: object) -> None:
        """Stay silent: the test report is no access log."""


@pytest.fixture
def wrong_time() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), WrongTime)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def texting(api_base: str) -> dict[str, Any]:
    account = {"account_sid": "env:TWILIO_SID", "auth_token": "env:TWILIO_TOKEN", "api_base": api_base}
    return {**account, "from": "+15550100", "to": "+15550101"}


def test_a_sound_installation_with_a_running_daemon_has_no_faults(
    installation: Installation, server: GmailLikeServer
) -> None:
    server.deliver("INBOX", letter(1, REPORT))
    installation.start()
    wait_until(lambda: installation.status()["decided"] == 1)

    finished = installation.run("doctor")

    assert finished.returncode == 0, finished.stdout
    assert finished.stdout.endswith("\nAll is well.\n")
    assert max(map(len, finished.stdout.splitlines())) <= 80
    for subject in ("python", "settings", "secrets", "disk", "database", "migrations", "daemon", "mail", "model"):
        assert f"ok     {subject} " in finished.stdout
    assert "Gmail's extensions" in finished.stdout
    assert server.flags("INBOX") == {1: set()}


def test_without_settings_it_still_looks_at_the_rest_and_names_init(installation: Installation) -> None:
    path = installation.folder / "elsewhere.toml"
    finished = installation.run("--config", str(path), "doctor")
    assert finished.returncode == 1
    assert "jeeves init" in finished.stdout
    assert "ok     python" in finished.stdout
    assert "ok     disk" in finished.stdout


def test_each_mistake_in_the_settings_is_a_fault(installation: Installation) -> None:
    installation.sections["mail"] |= {"port": 0, "poll": "often"}
    status, found = findings(installation)
    assert status == 1
    assert len(found["settings"]) == 2
    assert found["python"][0]["verdict"] == "ok"


def test_many_faults_at_once_are_all_found(installation: Installation, server: GmailLikeServer) -> None:
    # given no database, a wrong password, a folder that is not there, models that are not there, secrets others can
    # read, and a data folder that is open to all
    installation.environment["JEEVES_IMAP_PASSWORD"] = "mistyped"
    installation.sections["database"]["url"] = "postgresql://nobody:nothing@127.0.0.1:1/none"
    (installation.folder / "empty").mkdir()
    installation.sections["classifier"] = {"directory": "empty"}
    (installation.folder / "data").mkdir()
    (installation.folder / "data").chmod(0o755)
    for name in ("sid", "token"):
        (installation.folder / name).write_text("x\n")
        (installation.folder / name).chmod(0o644)
    installation.sections["alerts"]["channels"] = ["sms", "console"]
    account = {"account_sid": "file:sid", "auth_token": "file:token", "from": "+15550100", "to": "+15550101"}
    installation.sections["notify.sms"] = {**account, "api_base": "http://127.0.0.1:1"}
    installation.config.chmod(0o644)

    status, found = findings(installation)

    assert status == 1
    assert faults(found) == {"database", "mail", "model", "secrets", "permissions", "sms"}
    assert "app password" in found["mail"][0]["remedy"]
    assert "chmod 600" in found["secrets"][0]["remedy"]
    messages = " ".join(each["message"] for each in found["permissions"])
    assert "holds the password of the database" in messages
    assert "Others can look into" in messages
    assert "nothing@" not in json.dumps(found)
    assert server.connections >= 1


def test_a_database_that_needs_an_upgrade_is_not_touched(installation: Installation, empty_database_url: str) -> None:
    installation.sections["database"]["url"] = empty_database_url
    first, _ = findings(installation)
    second, found = findings(installation)
    assert (first, second) == (1, 1)
    assert found["database"][0]["verdict"] == "ok"
    assert "jeeves db upgrade" in found["migrations"][0]["remedy"]


def test_a_folder_that_is_not_there_and_a_daemon_that_does_not_run(installation: Installation) -> None:
    installation.sections["mail"]["folders"] = ["INBOX", "Nowhere"]
    _, found = findings(installation)
    assert faults(found) == {"folders", "daemon"}
    assert "INBOX" in found["folders"][0]["remedy"]
    assert found["mail"][0]["verdict"] == "ok"


def test_a_server_without_push_is_worth_a_note(installation: Installation, server: GmailLikeServer) -> None:
    server.idle = False
    _, found = findings(installation)
    assert found["server"][0]["verdict"] == "note"
    assert "mail.poll" in found["server"][0]["message"]


def test_trouble_of_the_daemon_is_named_with_its_remedy(installation: Installation, server: GmailLikeServer) -> None:
    installation.environment["NOTIFY_SOCKET"] = str(installation.folder / "nobody")  # as a service, it does not give up
    server.refuse_login = "NO [AUTHENTICATIONFAILED] Invalid credentials"
    installation.start()
    wait_until(lambda: bool(installation.status()["troubles"]))
    server.refuse_login = ""
    status, found = findings(installation)
    assert status == 1
    assert any("refused the user name or password" in each["message"] for each in found["mail"])
    assert any(each["verdict"] == "ok" for each in found["mail"])


def test_a_silent_server_ends_with_the_time_out(installation: Installation, server: GmailLikeServer) -> None:
    server.go_silent()
    status, found = findings(installation, "--seconds", "8")
    assert status == 1
    assert "longer than 8 s" in found["mail"][0]["message"]
    assert found["disk"][0]["verdict"] == "ok"


def test_an_unknown_host_is_named(installation: Installation) -> None:
    installation.sections["mail"] |= {"host": "imap.invalid", "tls": "implicit"}
    _, found = findings(installation)
    assert "imap.invalid" in found["mail"][0]["message"]


def test_credentials_of_twilio_are_tried_without_sending(installation: Installation) -> None:
    installation.sections["alerts"]["channels"] = ["sms"]
    with TwilioStub() as twilio:
        installation.sections["notify.sms"] = texting(twilio.url)
        installation.environment |= {"TWILIO_SID": twilio.account_sid, "TWILIO_TOKEN": twilio.auth_token}
        _, accepted = findings(installation)
        installation.environment["TWILIO_TOKEN"] = "0" * 32
        _, refused = findings(installation)

        assert accepted["sms"][0]["verdict"] == "ok"
        assert refused["sms"][0]["verdict"] == "fault"
        assert twilio.texts_received == []
        assert all(asked.startswith(("GET", "HEAD")) for asked in twilio.requests)


def test_the_server_that_takes_mail_is_tried_without_a_mail(installation: Installation) -> None:
    installation.sections["alerts"]["channels"] = ["email", "ntfy"]
    installation.sections["notify.ntfy"] = {"topic": "env:TOPIC"}
    with MailServer(PASSWORD) as outgoing:
        installation.sections["notify.email"] = {"host": "127.0.0.1", "port": outgoing.port, "tls": "none"}
        _, found = findings(installation)
        outgoing.password = "another"
        _, refused = findings(installation)
        assert outgoing.mails == []

    assert found["email"][0]["verdict"] == "ok"
    assert refused["email"][0]["verdict"] == "fault"
    assert "notify.ntfy.topic" in found["secrets"][0]["message"]
    assert "jeeves notify-test --channel ntfy" in found["ntfy"][0]["remedy"]


def test_a_clock_that_is_off_is_found_by_the_web(installation: Installation, wrong_time: str) -> None:
    installation.sections["alerts"]["channels"] = ["sms"]
    installation.sections["notify.sms"] = texting(wrong_time)
    installation.environment |= {"TWILIO_SID": "AC" + "0" * 32, "TWILIO_TOKEN": "0" * 32}
    _, found = findings(installation)
    assert "3 hours fast" in found["clock"][0]["message"]
    assert "set-ntp" in found["clock"][0]["remedy"]


def test_a_clock_that_is_behind_is_found_by_mail_from_the_future(
    installation: Installation, server: GmailLikeServer
) -> None:
    server.deliver("INBOX", letter(1, REPORT), received_at=datetime.now(UTC) + timedelta(hours=3, minutes=5))
    _, found = findings(installation)
    assert "3 hours slow" in found["clock"][0]["message"]


def test_a_speech_engine_that_is_missing_names_its_package(installation: Installation) -> None:
    installation.sections["alerts"]["channels"] = ["speech"]
    installation.environment["PATH"] = str(installation.folder)
    _, found = findings(installation)
    assert "apt install espeak-ng" in found["speech"][0]["remedy"]
    assert found["service"][0]["verdict"] == "note"


def test_a_credential_is_read_from_where_the_service_gets_it(installation: Installation) -> None:
    folder = installation.folder / "credentials"
    folder.mkdir(mode=0o700)
    (folder / "imap").write_text(f"{PASSWORD}\n")
    (folder / "imap").chmod(0o600)
    installation.sections["mail"]["password"] = "credential:imap"
    _, found = findings(installation)
    assert found["mail"][0]["verdict"] == "ok"
