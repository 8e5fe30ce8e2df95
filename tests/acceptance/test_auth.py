"""Signing in with Google as the owner does it: ``jeeves auth google``, a browser, and a daemon that runs for months."""

from __future__ import annotations

import signal
import stat
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.acceptance.installation import PATIENCE, PROPOSAL, USER, Installation, letter, wait_until
from tests.servers.oauth_endpoint import OAuthEndpoint
from tests.servers.sasl import MECHANISMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.gmail_like import GmailLikeServer


@pytest.fixture
def google() -> Iterator[OAuthEndpoint]:
    with OAuthEndpoint() as running:
        yield running


@pytest.fixture
def installation(installation: Installation, server: GmailLikeServer, google: OAuthEndpoint) -> Installation:
    """Return an installation that signs in with Google, whose mailbox takes no password at all."""
    server.bearer, server.opens, server.sasl, server.login_disabled = MECHANISMS, google.opens, False, True
    installation.sections["mail"] |= {
        "auth": "oauth2",
        "oauth_client_id": "env:TEST_CLIENT_ID",
        "oauth_client_secret": "env:TEST_CLIENT_SECRET",
        "oauth_auth_uri": google.uri("auth"),
        "oauth_token_uri": google.uri("token"),
        "oauth_revoke_uri": google.uri("revoke"),
    }
    installation.environment |= {"TEST_CLIENT_ID": google.client_id, "TEST_CLIENT_SECRET": google.client_secret}
    return installation


class Terminal:
    """A running ``jeeves auth google``, which ends with the block at the latest."""

    def __init__(self, installation: Installation, *options: str) -> None:
        self.process = installation.popen("auth", "google", *options, stderr=subprocess.PIPE, stdin=subprocess.PIPE)
        self._watchdog = threading.Timer(PATIENCE, self.process.kill)
        self.said: list[str] = []
        self.address = ""

    def __enter__(self) -> Self:
        self._watchdog.start()
        self.address = self.read_until("http://127.0.0.1:")
        return self

    def __exit__(self, *_: object) -> None:
        self._watchdog.cancel()
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)

    def read_until(self, beginning: str) -> str:
        """Return the next line that begins so; fail when the output ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
            if line.startswith(beginning):
                return self.said[-1]
        _, complaint = self.process.communicate(timeout=PATIENCE)
        pytest.fail(f"no line {beginning}: {self.said} {complaint}")

    def type(self, line: str) -> None:
        """Type a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self) -> tuple[int, str]:
        """Return exit status and everything said from the start on."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, "\n".join([*self.said, out, err])


def allow(installation: Installation) -> str:
    """Allow access in a browser; return all that was shown."""
    with Terminal(installation) as terminal:
        page = requests.get(terminal.address, timeout=PATIENCE)
        status, said = terminal.end()
    assert page.status_code == 200
    assert "go back to the terminal" in page.text
    assert status == 0, said
    return said


def troubles(installation: Installation) -> list[str]:
    return [trouble["message"] for trouble in installation.status()["troubles"]]


def test_from_the_first_permission_over_an_expired_and_a_revoked_one_to_the_next(
    installation: Installation, server: GmailLikeServer, google: OAuthEndpoint
) -> None:
    said = [allow(installation)]
    daemon = installation.start()
    wait_until(lambda: any("daemon.started" in line for line in daemon.errors))
    server.deliver("INBOX", letter(1, PROPOSAL))
    assert "lunch" in daemon.next_alert()

    # when the token expires, it is renewed
    google.end_access_tokens()
    server.drop_connections()
    server.deliver("INBOX", letter(2, PROPOSAL))
    assert "lunch" in daemon.next_alert()

    # when the permission is revoked, that is one clear error, and one question to Google however often mail is polled
    google.revoke_everything()
    google.grants.clear()
    server.drop_connections()
    wait_until(lambda: any("no longer accepts the stored sign-in" in message for message in troubles(installation)))
    wait_until(lambda: sum("mail.failed" in line for line in daemon.errors) >= 2)
    assert google.grants == ["refresh_token"]
    said.append(installation.run("status").stdout)
    assert "jeeves auth google" in said[-1]

    # when it is given anew, the daemon goes on by itself
    said.append(allow(installation))
    server.deliver("INBOX", letter(3, PROPOSAL))
    assert "lunch" in daemon.next_alert()
    assert troubles(installation) == []

    # and no secret was shown, logged, or handed over where other users of the machine see it
    said += [*daemon.lines, *daemon.errors, Path(f"/proc/{daemon.process.pid}/cmdline").read_text()]
    for secret in [*google.secrets, google.client_secret]:
        assert secret not in "\n".join(said)
    assert google.problems == []


def test_the_permission_is_kept_where_only_its_owner_can_read_it(installation: Installation) -> None:
    allow(installation)

    (path,) = (installation.folder / "data" / "oauth").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_over_ssh_the_address_the_browser_ends_up_at_can_be_pasted(
    installation: Installation, google: OAuthEndpoint
) -> None:
    # given a browser elsewhere, for which 127.0.0.1 is another machine
    with Terminal(installation) as terminal:
        terminal.type("")
        terminal.type("http://127.0.0.1:1/?state=mistyped&code=4/x")
        terminal.read_until("That is not the address")
        redirect = requests.get(terminal.address, allow_redirects=False, timeout=PATIENCE).headers["Location"]
        terminal.type(f"  {redirect} ")
        status, said = terminal.end()

    assert status == 0, said
    assert "ssh -N -L" in said
    assert len(google.refresh_tokens) == 1


def test_a_page_that_guesses_at_the_port_is_not_taken_for_an_answer(installation: Installation) -> None:
    with Terminal(installation) as terminal:
        redirect_uri = parse_qs(urlsplit(terminal.address).query)["redirect_uri"][0]
        forged = requests.get(f"{redirect_uri}?code=4/forged&state=guessed", timeout=PATIENCE)
        waiting = terminal.process.poll() is None

    assert forged.status_code == 404
    assert waiting


def test_ctrl_c_ends_it_quietly(installation: Installation) -> None:
    with Terminal(installation) as terminal:
        terminal.read_until("Waiting")
        terminal.process.send_signal(signal.SIGINT)
        status, said = terminal.end()

    assert status == 130
    assert "Traceback" not in said
    assert not (installation.folder / "data" / "oauth").exists()


def test_nobody_answering_ends_it(installation: Installation) -> None:
    with Terminal(installation, "--wait", "1") as terminal:
        status, said = terminal.end()

    assert status == 2
    assert "No answer came from the browser." in said


def test_a_no_in_the_browser_is_understood(installation: Installation, google: OAuthEndpoint) -> None:
    google.says = "no"
    with Terminal(installation) as terminal:
        requests.get(terminal.address, timeout=PATIENCE)
        status, said = terminal.end()

    assert status == 2
    assert "Access was refused in the browser." in said


def test_a_port_that_is_taken_is_named(installation: Installation, google: OAuthEndpoint) -> None:
    finished = installation.run("auth", "google", "--port", str(google.port))

    assert finished.returncode == 2
    assert f"Port {google.port} of this machine is taken." in finished.stderr


def test_a_permission_that_the_configuration_does_not_use_yet_names_the_key(installation: Installation) -> None:
    installation.sections["mail"]["auth"] = "password"

    assert 'auth = "oauth2" under [mail]' in allow(installation)


def test_a_daemon_without_a_permission_names_the_command(installation: Installation) -> None:
    finished = installation.run("run")

    assert finished.returncode == 2
    assert "not yet allowed to read this mailbox" in finished.stderr
    assert "jeeves auth google" in finished.stderr


def test_a_client_that_is_not_set_names_its_key(installation: Installation) -> None:
    del installation.environment["TEST_CLIENT_ID"]
    finished = installation.run("auth", "google")

    assert finished.returncode == 2
    assert "mail.oauth_client_id" in finished.stderr


def test_status_tells_before_during_and_after_and_revoke_ends_it(
    installation: Installation, google: OAuthEndpoint
) -> None:
    before = installation.run("auth", "status")
    allow(installation)
    allowed = installation.run("auth", "status", "--check")
    revoked = installation.run("auth", "revoke")
    after = installation.run("auth", "status")

    assert (before.returncode, allowed.returncode, revoked.returncode, after.returncode) == (1, 0, 0, 1)
    assert "permission  none; run: jeeves auth google" in before.stdout
    assert f"permission  for {USER}, obtained 2" in allowed.stdout
    assert "the mail server lets Jeeves in" in allowed.stdout
    assert google.refresh_tokens == {}
    assert list((installation.folder / "data" / "oauth").iterdir()) == []
    for secret in google.secrets:
        assert secret not in allowed.stdout + allowed.stderr + revoked.stdout + revoked.stderr


def test_a_check_of_a_revoked_permission_names_the_remedy(installation: Installation, google: OAuthEndpoint) -> None:
    allow(installation)
    google.revoke_everything()
    finished = installation.run("auth", "status", "--check")

    assert finished.returncode == 2
    assert "no longer accepts" in finished.stderr
    assert "jeeves auth google" in finished.stderr


def test_revoking_without_google_forgets_and_says_what_is_left_to_do(
    installation: Installation, google: OAuthEndpoint
) -> None:
    allow(installation)
    google.stop()
    finished = installation.run("auth", "revoke")

    assert finished.returncode == 1
    assert "myaccount.google.com/permissions" in finished.stderr
    assert list((installation.folder / "data" / "oauth").iterdir()) == []


def test_of_several_mailboxes_the_command_to_type_names_the_one_it_is_about(installation: Installation) -> None:
    mail = installation.sections.pop("mail")
    installation.accounts = [mail | {"name": "home"}, mail | {"name": "work", "username": "me@work.example"}]
    damaged = installation.folder / "data" / "oauth" / "google-work.json"
    damaged.parent.mkdir(parents=True)
    damaged.write_text("{")
    damaged.chmod(0o600)

    at_home = installation.run("auth", "status", "--account", "home").stdout
    at_work = [installation.run("auth", what, "--account", "work").stderr for what in ("status", "revoke")]
    in_a_pass = installation.run("run", "--once").stderr

    assert "run: jeeves auth google --account home\n" in at_home
    assert [said.splitlines()[-1] for said in at_work] == ["Run: jeeves auth google --account work"] * 2
    assert "Run: jeeves auth google --account home" in in_a_pass
