"""Jeeves, the PostgreSQL it starts and its learning, under the system call filter of its own unit.

systemd itself cannot run in a test; what it would do to system calls and memory can.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jeeves.service.unit import render
from jeeves.store.embedded import EmbeddedPostgres
from tests.acceptance.installation import JEEVES, PASSWORD, PATIENCE, PROPOSAL, USER, Installation, letter
from tests.servers.gmail_like import GmailLikeServer
from tests.servers.systemd import analyze
from tests.unit.service.needs import made_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jeeves.service.needs import Scope

_CONFINED = Path(__file__).with_name("confined.py")


@pytest.fixture
def server() -> Iterator[GmailLikeServer]:
    with GmailLikeServer({USER: PASSWORD}) as running:
        yield running


@pytest.fixture
def installation(server: GmailLikeServer) -> Iterator[Installation]:
    """Return an installation with an embedded PostgreSQL that has never run."""
    folder = Path(tempfile.mkdtemp(prefix="jv-"))
    folder.chmod(0o755)  # when the tests run as root, PostgreSQL runs as somebody else and has to get in
    yield Installation(
        folder=folder,
        sections={
            "mail": {"host": "127.0.0.1", "port": server.port, "tls": "none", "username": USER},
            "database": {"data_dir": str(folder / "data")},
        },
    )
    EmbeddedPostgres(folder / "data").remove()
    shutil.rmtree(folder)


def members(runtime: Path, name: str) -> set[str]:
    """Return the system calls of a set, such as "@system-service", and of the sets in it."""
    if not name.startswith("@"):
        return {name}
    lines = analyze(runtime, "syscall-filter", name).stdout.splitlines()[1:]
    inner = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
    return set().union(*(members(runtime, each) for each in inner))


def allowed(runtime: Path, scope: Scope) -> set[str]:
    """Return the system calls that the unit of ``scope`` allows."""
    calls: set[str] = set()
    for line in render(made_up(scope), systemd=252).splitlines():
        key, _, value = line.partition("=")
        if key == "SystemCallFilter":
            named = set().union(*(members(runtime, name) for name in value.removeprefix("~").split()))
            calls = calls - named if value.startswith("~") else calls | named
    if os.geteuid() == 0:  # a service never is root; as root, PostgreSQL is started as somebody else
        calls |= members(runtime, "@setuid") | members(runtime, "@chown")
    return calls


def confined(
    installation: Installation, scope: Scope, *arguments: str, seconds: float = 3 * PATIENCE
) -> subprocess.CompletedProcess[str]:
    calls = installation.folder / "calls"
    calls.write_text("\n".join(sorted(allowed(installation.folder, scope))), encoding="ascii")
    return subprocess.run(
        [sys.executable, str(_CONFINED), str(calls), *JEEVES, "--config", str(installation.config), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
        env={**os.environ, "JEEVES_IMAP_PASSWORD": PASSWORD},
    )


@pytest.mark.parametrize("scope", ["user", "system"])
def test_mail_is_read_stored_and_alerted_as_ever(
    installation: Installation, server: GmailLikeServer, scope: Scope
) -> None:
    server.deliver("INBOX", letter(1, PROPOSAL))
    finished = confined(installation, scope, "run", "--once")
    assert finished.returncode == 0, finished.stderr
    assert "lunch" in finished.stdout


def test_the_filter_does_refuse(installation: Installation) -> None:
    calls = installation.folder / "calls"
    calls.write_text("\n".join(allowed(installation.folder, "user") - {"mkdir", "mkdirat"}), encoding="ascii")
    finished = subprocess.run(
        [sys.executable, str(_CONFINED), str(calls), sys.executable, "-c", "import os; os.mkdir('made')"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        cwd=installation.folder,
    )
    assert "PermissionError" in finished.stderr
    assert not (installation.folder / "made").exists()


@pytest.mark.timeout(300)
def test_learning_works_where_nothing_may_be_written_and_executed(installation: Installation) -> None:
    finished = confined(installation, "user", "retrain", "--output", str(installation.folder / "made"), seconds=240)
    assert finished.returncode == 0, finished.stderr
    assert (installation.folder / "made" / "ACTIVE").exists()
