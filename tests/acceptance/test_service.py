"""``jeeves service``, with programs that stand in for systemd's: systemd itself cannot run in a test."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.installation import Installation

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

# Notes each call, and answers like the real one.
_SYSTEMCTL = """#!/bin/sh
echo "systemctl $*" >> "$CALLS"
case "$*" in
  --version) echo "systemd 252 (252.39-1~deb12u2)" ;;
  *show*) cat "$ANSWER" ;;
  *restart*) exit "${RESTART_STATUS:-0}" ;;
esac
"""
_LOGINCTL = '#!/bin/sh\necho "loginctl $*" >> "$CALLS"\nexit "${LINGER_STATUS:-0}"\n'
_JOURNALCTL = '#!/bin/sh\necho "journalctl $*"\n'
_RUNNING = "LoadState=loaded\nActiveState=active\nSubState=running\nStatusText=Watching for mail.\nNRestarts=2\n"
_FAILED = "LoadState=loaded\nActiveState=failed\nSubState=failed\nStatusText=\nNRestarts=0\nExecMainStatus=2\n"


@pytest.fixture
def machine(tmp_path: Path) -> Installation:
    """Return an installation on a machine whose systemd says yes to everything."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, text in (("systemctl", _SYSTEMCTL), ("loginctl", _LOGINCTL), ("journalctl", _JOURNALCTL)):
        (programs / name).write_text(text, encoding="ascii")
        (programs / name).chmod(0o755)
    (tmp_path / "calls").touch()
    (tmp_path / "answer").write_text(f"{_RUNNING}UnitFileState=enabled\n", encoding="ascii")
    return Installation(
        folder=tmp_path,
        sections={
            "mail": {"username": "me@example.org", "password": "credential:imap"},
            "database": {"data_dir": str(tmp_path / "data"), "url": "postgresql://localhost/jeeves"},
        },
        environment={
            "PATH": f"{programs}:{os.environ['PATH']}",
            "XDG_CONFIG_HOME": str(tmp_path / "settings"),
            "CALLS": str(tmp_path / "calls"),
            "ANSWER": str(tmp_path / "answer"),
        },
    )


def unit(machine: Installation) -> Path:
    return machine.folder / "settings" / "systemd" / "user" / "jeeves.service"


def said(finished: subprocess.CompletedProcess[str]) -> str:
    """Return what was complained of, not wrapped."""
    return " ".join(finished.stderr.split())


def names(finished: subprocess.CompletedProcess[str], path: Path | str) -> bool:
    """Tell whether ``path`` is named, wherever its lines were broken."""
    return str(path) in "".join(finished.stderr.split())


def calls(machine: Installation) -> list[str]:
    return (machine.folder / "calls").read_text(encoding="ascii").splitlines()


def keep_secret(machine: Installation) -> None:
    (machine.folder / "credentials").mkdir()
    (machine.folder / "credentials" / "imap").write_text("secret\n", encoding="ascii")


def test_installing_writes_enables_and_starts_it_for_good(machine: Installation) -> None:
    keep_secret(machine)
    finished = machine.run("service", "install", "--user")

    assert finished.returncode == 0, finished.stderr
    text = unit(machine).read_text(encoding="utf-8")
    assert f"LoadCredential=imap:{machine.folder}/credentials/imap" in text
    assert f"--config {machine.folder}/jeeves.toml run" in text
    assert "RestartSteps" not in text  # systemd 252 does not know it
    assert calls(machine)[-4:] == [
        "systemctl --user daemon-reload",
        "systemctl --user enable jeeves.service",
        "systemctl --user restart jeeves.service",
        "loginctl enable-linger",
    ]
    assert stat.S_IMODE((machine.folder / "data").stat().st_mode) == 0o700


def test_a_dry_run_prints_the_unit_and_changes_nothing(machine: Installation) -> None:
    finished = machine.run("service", "install", "--user", "--dry-run")
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.startswith("[Unit]\n")
    assert names(finished, unit(machine))
    assert not unit(machine).exists()
    assert calls(machine) == ["systemctl --version"]


def test_a_system_service_is_shown_with_its_own_user(machine: Installation) -> None:
    machine.sections["database"]["data_dir"] = "/var/lib/jeeves"
    finished = machine.run("service", "install", "--system", "--dry-run")
    assert finished.returncode == 0, finished.stderr
    assert "\nUser=jeeves\n" in finished.stdout
    assert "/etc/systemd/system/jeeves.service" in said(finished)


def test_a_secret_that_is_not_there_is_named_before_anything_is_written(machine: Installation) -> None:
    finished = machine.run("service", "install", "--user")
    assert finished.returncode == 2
    assert names(finished, f"{machine.folder}/credentials/imap")
    assert not unit(machine).exists()


def test_a_password_of_the_shell_is_refused_with_the_way_out(machine: Installation) -> None:
    machine.sections["mail"]["password"] = "env:JEEVES_IMAP_PASSWORD"
    finished = machine.run("service", "install", "--user")
    assert finished.returncode == 2
    assert "does not reach a service" in said(finished)
    assert "credential:NAME" in said(finished)


def test_a_service_that_does_not_start_points_to_the_logs(machine: Installation) -> None:
    keep_secret(machine)
    machine.environment["RESTART_STATUS"] = "1"
    finished = machine.run("service", "install", "--user")
    assert finished.returncode == 2
    assert "jeeves service logs" in said(finished)


def test_a_kernel_that_lets_no_user_shut_it_in_points_to_the_system(machine: Installation) -> None:
    keep_secret(machine)
    machine.environment["RESTART_STATUS"] = "1"
    failed = _FAILED.replace("ExecMainStatus=2", "ExecMainStatus=217")
    (machine.folder / "answer").write_text(failed, encoding="ascii")
    assert "service install --system" in said(machine.run("service", "install", "--user"))


def test_who_may_not_linger_is_told_how(machine: Installation) -> None:
    keep_secret(machine)
    machine.environment["LINGER_STATUS"] = "1"
    finished = machine.run("service", "install", "--user")
    assert finished.returncode == 0
    assert "sudo loginctl enable-linger" in finished.stdout


def test_status_shows_how_it_does_and_the_exit_status_tells(machine: Installation) -> None:
    keep_secret(machine)
    machine.run("service", "install", "--user")
    well = machine.run("service", "status", "--user")
    (machine.folder / "answer").write_text(f"{_FAILED}UnitFileState=disabled\n", encoding="ascii")
    badly = machine.run("service", "status", "--user")

    assert (well.returncode, badly.returncode) == (0, 3)
    assert "active (running)" in well.stdout
    assert "Watching for mail." in well.stdout
    assert "2 by itself" in well.stdout
    assert "exit status 2" in badly.stdout
    assert "not started" in badly.stdout


def test_logs_come_from_the_journal(machine: Installation) -> None:
    finished = machine.run("service", "logs", "--user", "-n", "7")
    assert finished.stdout == "journalctl --user-unit=jeeves.service --lines=7 --no-hostname --no-pager\n"


def test_uninstalling_removes_the_unit_and_nothing_else(machine: Installation) -> None:
    keep_secret(machine)
    machine.run("service", "install", "--user")
    first = machine.run("service", "uninstall", "--user")
    second = machine.run("service", "uninstall", "--user")

    assert (first.returncode, second.returncode) == (0, 0)
    assert not unit(machine).exists()
    assert "systemctl --user disable --now jeeves.service" in calls(machine)
    assert (machine.folder / "data").is_dir()
    assert "no service" in second.stdout


def test_without_systemd_it_says_so(machine: Installation) -> None:
    keep_secret(machine)
    machine.environment["PATH"] = str(machine.folder)
    finished = machine.run("service", "install", "--user")
    assert finished.returncode == 2
    assert "There is no systemctl on this machine" in said(finished)
