"""Each mistake and each outage an owner will meet: one plain sentence, what to do, nothing lost, nothing twice."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

import jeeves
from jeeves.store.embedded import EmbeddedPostgres
from tests.acceptance.installation import PROPOSAL, Installation, letter, wait_until
from tests.postgres import execute, start_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.gmail_like import GmailLikeServer


def refused(
    installation: Installation, *words: str, status: int = 2, command: tuple[str, ...] = ("run", "--once")
) -> str:
    """Run ``command``, expect it to fail with ``status`` and one readable answer holding ``words``."""
    finished = installation.run(*command)
    assert finished.returncode == status, finished.stderr
    assert "Traceback" not in finished.stderr
    assert all(len(line) <= 80 for line in finished.stderr.splitlines()), finished.stderr
    folded = " ".join(finished.stderr.split())
    for word in words:
        assert word in folded, finished.stderr
    return folded


def test_wrong_password(installation: Installation) -> None:
    installation.environment["JEEVES_IMAP_PASSWORD"] = "battery staple"
    assert "battery" not in refused(installation, "refused", "mail.password")


def test_password_missing_from_the_environment(installation: Installation) -> None:
    installation.sections["mail"]["password"] = "env:JEEVES_NO_SUCH_NAME"
    refused(installation, "JEEVES_NO_SUCH_NAME", "mail.password")


def test_unknown_host(installation: Installation) -> None:
    installation.sections["mail"] |= {"host": "imap.no-such-host.invalid", "tls": "implicit"}
    refused(installation, "imap.no-such-host.invalid", "mail.host")


def test_refused_connection(installation: Installation) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        installation.sections["mail"]["port"] = closed.getsockname()[1]
        refused(installation, "mail.port", status=1)


def test_missing_folder_names_those_there_are(installation: Installation) -> None:
    installation.sections["mail"]["folders"] = ["INBOX", "Lunches"]
    refused(installation, "Lunches", "INBOX", "mail.folders")


def test_no_database(installation: Installation) -> None:
    installation.sections["database"]["url"] = "postgresql://jeeves@127.0.0.1:1/jeeves"
    refused(installation, "PostgreSQL cannot be reached", "database", status=1)


def test_database_that_does_not_exist(installation: Installation, database_url: str) -> None:
    other = make_url(database_url).set(database="no_such_database").render_as_string(hide_password=False)
    installation.sections["database"]["url"] = other
    refused(installation, "does not exist", "createdb")


def test_migrations_not_run(installation: Installation, empty_database_url: str) -> None:
    installation.sections["database"]["url"] = empty_database_url
    refused(installation, "jeeves db upgrade")
    assert installation.run("db", "upgrade").returncode == 0
    assert installation.run("run", "--once").returncode == 0


@pytest.fixture
def models(installation: Installation) -> Path:
    """Return a copy of the shipped models that the installation uses."""
    copy = installation.folder / "own-models"
    shutil.copytree(jeeves.shipped("models"), copy)
    installation.sections["classifier"] = {"directory": str(copy)}
    return copy


def test_model_missing(installation: Installation, models: Path) -> None:
    shutil.rmtree(models)
    models.mkdir()
    refused(installation, "classifier.directory")


def test_model_damaged(installation: Installation, models: Path, server: GmailLikeServer) -> None:
    artifact = next(models.glob("*/model.npz"))
    whole = artifact.read_bytes()
    artifact.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    server.deliver("INBOX", letter(1, PROPOSAL))
    refused(installation, "damaged")

    artifact.write_bytes(whole)
    assert len(installation.run("run", "--once").stdout.splitlines()) == 1


def test_three_mistakes_in_one_report(installation: Installation) -> None:
    installation.sections["mail"] |= {"poll": "soon", "prot": 993}
    installation.sections["alerts"]["channels"] = ["console", "pigeon"]
    refused(installation, "mail.poll", "mail.prot", '"port"', "alerts.channels", "pigeon")


def test_data_dir_not_writable(installation: Installation) -> None:
    in_the_way = installation.folder / "a-file"
    in_the_way.write_text("not a folder")
    installation.sections["database"] = {"data_dir": str(in_the_way / "data")}
    refused(installation, "database.data_dir")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder everybody may enter: when the tests run as root, PostgreSQL runs as somebody else."""
    folder = Path(tempfile.mkdtemp(prefix="jv-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_wrong_database_password(installation: Installation, open_folder: Path) -> None:
    rules = open_folder / "pg_hba.conf"
    rules.write_text("local all jeeves trust\nlocal all all scram-sha-256\n")
    rules.chmod(0o644)
    with start_server(hba_file=str(rules)) as url:
        execute(url, "create role guest login password 'right'")
        wrong = make_url(url).set(username="guest", password="wrong").render_as_string(hide_password=False)
        installation.sections["database"]["url"] = wrong
        assert "wrong" not in refused(installation, "refused the user name or password", "database")


def test_no_network_for_a_while_is_shown_backed_off_from_and_made_up_for(
    installation: Installation, server: GmailLikeServer
) -> None:
    daemon = installation.start()
    wait_until(lambda: any("daemon.started" in line for line in daemon.errors))
    server.stop()
    wait_until(lambda: any(trouble["component"] == "mail" for trouble in installation.status()["troubles"]))
    trouble = installation.status()["troubles"][0]
    assert trouble["next_attempt_at"]
    server.deliver("INBOX", letter(1, PROPOSAL))
    server.start()
    assert "lunch" in daemon.next_alert()
    wait_until(lambda: installation.status()["troubles"] == [])
    assert sum("mail.failed" in line for line in daemon.errors) < 10  # backed off, no retry storm
    assert daemon.end() == 0


def test_daemon_with_a_wrong_password_ends_instead_of_hammering(installation: Installation) -> None:
    installation.environment["JEEVES_IMAP_PASSWORD"] = "battery staple"
    daemon = installation.start()
    assert daemon.process.wait(timeout=40) == 2


def test_disk_full_while_storing_loses_nothing(
    installation: Installation, server: GmailLikeServer, open_folder: Path
) -> None:
    disk = open_folder
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=150m,mode=755", "tmpfs", str(disk)], check=True)
    try:
        installation.sections["database"] = {"data_dir": str(disk / "data")}
        assert installation.run("run", "--once").returncode == 0
        free = shutil.disk_usage(disk).free
        filler = disk / "filler"
        filler.write_bytes(b"\0" * (free - 2 * 2**20))
        for number in range(40):
            # Random text does not compress: 40 x 256 KiB do not fit into what is left.
            server.deliver("INBOX", letter(number, os.urandom(128 * 1024).hex()))
        server.deliver("INBOX", letter(99, PROPOSAL))
        finished = installation.run("run", "--once")
        assert finished.returncode == 1, finished.stderr
        assert "Traceback" not in finished.stderr
        filler.unlink()
        alerts = installation.run("run", "--once").stdout.splitlines() + finished.stdout.splitlines()
        assert installation.status()["messages"] == 41
        assert len(alerts) == 1
        EmbeddedPostgres(disk / "data").remove()
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
