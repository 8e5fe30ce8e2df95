"""``jeeves init``: from nothing to a working installation, by hand on a terminal and by flags."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from jeeves.config import load_config
from tests.acceptance.installation import JEEVES, PASSWORD, PATIENCE, PROPOSAL, USER, letter
from tests.servers.twilio_stub import TwilioStub

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from tests.servers.gmail_like import GmailLikeServer


_SYSTEMCTL = """#!/bin/sh
case "$*" in
  --version) echo "systemd 252 (252.39-1~deb12u2)" ;;
  *show*) printf "ActiveState=active\\nSubState=running\\nUnitFileState=enabled\\n" ;;
esac
"""
_SECOND_THOUGHT = 10.0  # seconds


class Terminal:
    """A running ``jeeves init`` on a terminal of its own, which ends with the block at the latest."""

    def __init__(self, home: Path, *options: str) -> None:
        self.shown = ""
        self._read_up_to = 0
        ours, theirs = pty.openpty()
        self._ours = ours
        self._process = subprocess.Popen(
            [*JEEVES, "init", *options],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,  # no terminal but this one
            cwd=home,
            env=environment(home),
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)
        os.close(self._ours)

    def answer(self, question: str, answer: str) -> None:
        """Wait until ``question`` is asked, then type ``answer``."""
        self.wait_for(question)
        os.write(self._ours, f"{answer}\n".encode())

    def wait_for(self, text: str) -> None:
        """Wait until ``text`` is shown after what was waited for before."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.shown[self._read_up_to :]:
            assert time.monotonic() < deadline, self.shown
            assert self._read(), self.shown
        self._read_up_to = self.shown.index(text, self._read_up_to) + len(text)

    def interrupt(self) -> None:
        """Press Ctrl-C, and again as a person would: one that comes just before the wait for a line goes unheard."""
        while self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            if select.select([self._ours], [], [], _SECOND_THOUGHT)[0]:
                return

    def end(self) -> int:
        """Read to the end and return the exit status."""
        while self._read():
            pass
        return self._process.wait(PATIENCE)

    def _read(self) -> bool:
        if not select.select([self._ours], [], [], PATIENCE)[0]:
            return False
        with contextlib.suppress(OSError):  # how Linux says that the other end is closed
            chunk = os.read(self._ours, 4096)
            self.shown += chunk.decode("utf-8", "replace").replace("\r\n", "\n")
            return bool(chunk)
        return False


def environment(home: Path) -> dict[str, str]:
    path = f"{home.parent / 'programs'}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "HOME": str(home), "COLUMNS": "80", "TZ": "Europe/Vienna", "TERM": "dumb"}


def init(home: Path, *options: str, named: bool = True) -> subprocess.CompletedProcess[str]:
    """Run it without a terminal."""
    config = ["--config", str(home / "jeeves.toml")] if named else []
    return subprocess.run(
        [*JEEVES, *config, "init", *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE * 2,
        cwd=home,
        env=environment(home),
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture
def home() -> Iterator[Path]:
    surroundings = Path(tempfile.mkdtemp(prefix="jv-"))  # a service wants a short path
    # A systemd that says yes to everything: the machine's own must not be touched.
    (surroundings / "programs").mkdir()
    for name in ("systemctl", "loginctl"):
        (surroundings / "programs" / name).write_text(_SYSTEMCTL, encoding="ascii")
        (surroundings / "programs" / name).chmod(0o755)
    folder = surroundings / "home"
    folder.mkdir(mode=0o700)
    (folder / "password").write_text(f"{PASSWORD}\n")
    (folder / "password").chmod(0o600)
    yield folder
    shutil.rmtree(surroundings)


def reach(server: GmailLikeServer) -> list[str]:
    return ["--host", "127.0.0.1", "--port", str(server.port), "--tls", "none"]


def by_flags(server: GmailLikeServer) -> list[str]:
    return ["--yes", "--email", USER, *reach(server), "--password-file", "password"]


def test_a_conversation_ends_with_a_working_installation(home: Path, server: GmailLikeServer) -> None:
    with Terminal(home, *reach(server)) as terminal:
        terminal.answer("Your mail address", "not an address")
        terminal.answer("Your mail address", USER)
        terminal.answer("Your time zone [Europe/Vienna]", "")
        terminal.answer("Password (not shown)", "mistyped")
        terminal.wait_for("refused the user name or password")
        terminal.answer("Password (not shown)", PASSWORD)
        terminal.wait_for("lets Jeeves in")
        terminal.answer("Which folders to watch", "1")
        terminal.answer("Channels, in order", "console")
        terminal.answer("Send a test alert to console?", "y")
        terminal.wait_for("This is a test by Jeeves")
        terminal.answer("jeeves.toml?", "y")
        terminal.answer("Read the mail of the last year now?", "n")
        terminal.answer("Have the operating system run Jeeves", "y")
        terminal.wait_for("Jeeves runs as a service now")
        status = terminal.end()

    assert status == 0, terminal.shown
    assert PASSWORD not in terminal.shown
    settings = home / ".config" / "jeeves" / "jeeves.toml"
    assert stat.S_IMODE(settings.stat().st_mode) == 0o600
    assert PASSWORD not in settings.read_text()
    config = load_config(settings)
    assert config.mail.password.resolve() == PASSWORD
    assert str(config.alerts.timezone) == "Europe/Vienna"
    unit = home / ".config" / "systemd" / "user" / "jeeves.service"
    assert f"--config {settings} run" in unit.read_text()

    # and the installation works as it is
    server.deliver("INBOX", letter(1, PROPOSAL))
    doctor = subprocess.run(
        [*JEEVES, "doctor"],
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * PATIENCE,
        env=environment(home),
        cwd=home,
    )
    assert doctor.returncode == 0, doctor.stdout


@pytest.mark.parametrize("question", ["Your mail address", "Password (not shown)", "Which folders to watch"])
def test_ctrl_c_at_any_question_leaves_nothing_behind(home: Path, server: GmailLikeServer, question: str) -> None:
    answers = {"Your mail address": USER, "Your time zone": "", "Password (not shown)": PASSWORD}
    with Terminal(home, *reach(server)) as terminal:
        for asked, answer in answers.items():
            if asked == question:
                break
            terminal.answer(asked, answer)
        terminal.wait_for(question)
        terminal.interrupt()
        status = terminal.end()

    assert status == 130
    assert "Nothing was changed." in terminal.shown
    assert "Traceback" not in terminal.shown
    assert sorted(path.name for path in home.iterdir()) == ["password"]


def test_flags_alone_do(home: Path, server: GmailLikeServer) -> None:
    finished = init(home, *by_flags(server), "--folder", "INBOX", "--timezone", "Asia/Tokyo", "--data-dir", "data")

    assert finished.returncode == 0, finished.stderr
    written = tomllib.loads((home / "jeeves.toml").read_text())
    assert written["mail"] == {
        "host": "127.0.0.1",
        "port": server.port,
        "tls": "none",
        "username": USER,
        "password": f"file:{home}/password",
        "folders": ["INBOX"],
    }
    assert written["alerts"] == {"channels": ["console"], "timezone": "Asia/Tokyo"}
    assert written["database"] == {"data_dir": f"{home}/data"}
    assert server.commands.count("SELECT") == 0


def test_it_says_how_to_use_its_settings_where_others_would_be_found_first(home: Path, server: GmailLikeServer) -> None:
    (home / "jeeves.toml").write_text("# the sample of a checkout\n")
    finished = init(home, *by_flags(server), "--no-service", named=False)

    assert finished.returncode == 0, finished.stderr
    said = "".join(finished.stdout.split())
    assert f"jeeves--config{home}/.config/jeeves/jeeves.tomlrun." in said


def test_settings_that_are_there_are_never_replaced_unasked(home: Path, server: GmailLikeServer) -> None:
    (home / "jeeves.toml").write_text("# mine\n")
    refused = init(home, *by_flags(server))
    kept = (home / "jeeves.toml").read_text()
    forced = init(home, *by_flags(server), "--force")

    assert refused.returncode == 2
    assert "--force" in refused.stderr
    assert kept == "# mine\n"
    assert forced.returncode == 0, forced.stderr
    assert (home / "jeeves.toml.old").read_text() == "# mine\n"


def test_on_a_terminal_no_is_the_default_answer_to_replacing(home: Path, server: GmailLikeServer) -> None:
    settings = home / ".config" / "jeeves" / "jeeves.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("# mine\n")
    with Terminal(home, *reach(server)) as terminal:
        terminal.answer("Replace it", "")
        status = terminal.end()
    assert status == 130
    assert settings.read_text() == "# mine\n"


def test_a_server_that_cannot_be_reached_is_asked_for_again(home: Path, server: GmailLikeServer) -> None:
    with Terminal(home, "--email", USER, "--host", "imap.invalid", "--timezone", "UTC") as terminal:
        terminal.answer("Password (not shown)", PASSWORD)
        terminal.wait_for("imap.invalid is not known")
        terminal.answer("Its mail server (IMAP) [imap.invalid]", "127.0.0.1")
        terminal.answer("Its port", str(server.port))
        terminal.answer("Encryption", "none")
        terminal.answer("Password (not shown)", PASSWORD)
        terminal.wait_for("lets Jeeves in")


def test_signing_in_with_google_is_explained_and_shows_where_to_allow_it(home: Path) -> None:
    for name in ("id", "secret"):
        (home / name).write_text("1234.apps.example")
        (home / name).chmod(0o600)
    client = ["--oauth-id-file", "id", "--oauth-secret-file", "secret", "--timezone", "UTC"]
    with Terminal(home, "--email", "ada@gmail.com", *client) as terminal:
        terminal.wait_for("Its mail server is imap.gmail.com.")
        terminal.wait_for("https://myaccount.google.com/apppasswords")
        terminal.answer("App password, or sign in with Google", "oauth2")
        terminal.wait_for("https://accounts.google.com/o/oauth2/v2/auth?")
        terminal.wait_for("Waiting for your answer")
        terminal.interrupt()
        status = terminal.end()
    assert status == 130
    assert not (home / ".config").exists()


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["--email", "nobody"], "--email"),
        (["--channel", "pigeon"], "--channel"),
        (["--folder", "Nowhere"], "--folder"),
        (["--timezone", "Nowhere/Town"], "--timezone"),
        (["--password-file", "missing"], "--password-file"),
        (["--channel", "sms"], "--twilio-sid-file"),
    ],
)
def test_a_flag_that_will_not_do_is_named_and_nothing_is_written(
    home: Path, server: GmailLikeServer, flags: list[str], complaint: str
) -> None:
    finished = init(home, *by_flags(server), *flags)
    assert finished.returncode == 2
    assert complaint in finished.stderr
    assert not (home / "jeeves.toml").exists()


def test_a_refused_password_without_a_terminal_is_an_error_with_advice(home: Path, server: GmailLikeServer) -> None:
    (home / "password").write_text("mistyped\n")
    finished = init(home, *by_flags(server))
    assert finished.returncode == 2
    assert "app password" in finished.stderr
    assert "mistyped" not in finished.stderr
    assert not (home / "jeeves.toml").exists()


def test_a_password_file_others_can_read_is_refused(home: Path, server: GmailLikeServer) -> None:
    (home / "password").chmod(0o644)
    finished = init(home, *by_flags(server))
    assert finished.returncode == 2
    assert "chmod 600" in finished.stderr


def test_twilio_is_set_up_by_flags_without_a_secret_in_the_settings(home: Path, server: GmailLikeServer) -> None:
    with TwilioStub() as twilio:
        secrets = {"sid": twilio.account_sid, "token": twilio.auth_token}
    for name, secret in secrets.items():
        (home / name).write_text(secret)
        (home / name).chmod(0o600)
    account = ["--twilio-sid-file", "sid", "--twilio-token-file", "token", "--from", "+15550100", "--to", "+15550101"]
    finished = init(home, *by_flags(server), "--channel", "sms", "--channel", "console", *account)

    assert finished.returncode == 0, finished.stderr
    config = load_config(home / "jeeves.toml")
    assert config.alerts.channels == ("sms", "console")
    assert config.notify.sms is not None
    assert config.notify.sms.auth_token.resolve() == secrets["token"]
    assert not any(secret in (home / "jeeves.toml").read_text() for secret in secrets.values())


def test_mail_to_oneself_takes_the_password_of_the_mailbox(home: Path, server: GmailLikeServer) -> None:
    (home / "topic").write_text("nobody-guesses-this")
    (home / "topic").chmod(0o600)
    channels = ["--channel", "ntfy", "--channel", "email", "--ntfy-topic-file", "topic", "--smtp-host", "127.0.0.1"]
    finished = init(home, *by_flags(server), *channels)
    assert finished.returncode == 0, finished.stderr
    config = load_config(home / "jeeves.toml")
    assert config.alerts.channels == ("ntfy", "email")
    assert config.notify.email is not None
    assert config.notify.email.password.resolve() == PASSWORD
    assert "nobody-guesses-this" not in (home / "jeeves.toml").read_text()


def test_a_test_alert_that_fails_is_told_before_anything_is_written(home: Path, server: GmailLikeServer) -> None:
    options = ["--channel", "speech", "--test-channels"]
    finished = subprocess.run(
        [*JEEVES, "--config", str(home / "jeeves.toml"), "init", *by_flags(server), *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        cwd=home,
        env=environment(home) | {"PATH": str(home)},  # no speech engine here
    )
    assert finished.returncode != 0
    assert "espeak-ng" in finished.stderr
    assert not (home / "jeeves.toml").exists()


def test_for_the_machine_secrets_become_credentials(home: Path, server: GmailLikeServer) -> None:
    finished = init(home, *by_flags(server), "--system")
    assert finished.returncode == 0, finished.stderr
    written = tomllib.loads((home / "jeeves.toml").read_text())
    assert written["mail"]["password"] == "credential:imap-password"
    assert written["database"]["data_dir"] == "/var/lib/jeeves"
    secret = home / "credentials" / "imap-password"
    assert secret.read_text() == f"{PASSWORD}\n"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
