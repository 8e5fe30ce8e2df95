"""systemd, spoken to through its own programs.

Lives here: installing, asking and removing the unit. Must not live here: what the unit says (``unit``).
"""

from __future__ import annotations

import getpass
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from jeeves.errors import UserError
from jeeves.sanitise import one_line
from jeeves.service.manager import ServiceState, call, demand, write_file
from jeeves.service.unit import ACCOUNT, NAME, STEPS_SINCE, render

if TYPE_CHECKING:
    from jeeves.service.needs import Needs, Scope

_START_SECONDS = 900.0  # TimeoutStartSec of the unit
_ACCOUNTS = Path("/etc/sysusers.d/jeeves.conf")
_ACCOUNT_LINE = f'u {ACCOUNT} - "Jeeves" /var/lib/{ACCOUNT}\n'
# systemd.exec(5), "Process Exit Codes": user, groups, capabilities, namespaces could not be set up.
_SANDBOX_FAILED = range(214, 227)
_ASKED = "LoadState,ActiveState,SubState,StatusText,NRestarts,ExecMainStatus,UnitFileState"


class Systemd:
    """The systemd of the machine, or of one user."""

    def __init__(self, scope: Scope) -> None:
        """Manage the unit of ``scope``."""
        self._scope = scope

    @property
    def path(self) -> Path:
        """Return where the unit lies (systemd.unit(5), "Unit File Load Path")."""
        if self._scope == "system":
            return Path("/etc/systemd/system") / NAME
        settings = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
        return Path(settings).expanduser() / "systemd" / "user" / NAME

    def render(self, needs: Needs) -> str:
        """Return the unit; without systemd here, for the newest one."""
        return render(needs, systemd=_version())

    def install(self, needs: Needs) -> list[str]:
        """Write, enable and start the unit, and wait until the daemon says that it is ready."""
        for _, source in needs.credentials:
            if not source.is_file():
                raise UserError(
                    f"The service would get a secret from {source}, which is not there.",
                    advice="Write the secret to that file (chmod 600) and run it again.",
                )
        self._prepare(needs)
        write_file(self.path, self.render(needs))
        logs = "See why: jeeves service logs"
        self._demand("daemon-reload", advice="See: systemctl status")
        self._demand("enable", NAME, advice=logs)
        self._start()
        return self._linger()

    def state(self) -> ServiceState:
        """Ask systemd."""
        finished = call("systemctl", f"--{self._scope}", "show", NAME, f"--property={_ASKED}")
        told = dict(line.split("=", 1) for line in finished.stdout.splitlines() if "=" in line)
        active = told.get("ActiveState", "unknown")
        return ServiceState(
            installed=self.path.exists(),
            running=active == "active",
            state=f"{active} ({told.get('SubState', 'unknown')})",
            status=one_line(told.get("StatusText", "")),
            restarts=_number(told.get("NRestarts")),
            exit_code=_number(told.get("ExecMainStatus")),
            enabled=told.get("UnitFileState") == "enabled",
        )

    def logs(self, lines: int, *, follow: bool) -> list[str]:
        """Return the journalctl command."""
        unit = f"--user-unit={NAME}" if self._scope == "user" else f"--unit={NAME}"
        return ["journalctl", unit, f"--lines={lines}", "--no-hostname", *(["--follow"] if follow else ["--no-pager"])]

    def uninstall(self) -> None:
        """Stop, disable and remove the unit."""
        self._demand("disable", "--now", NAME, advice="See: systemctl status")
        for path in (self.path, *([_ACCOUNTS] if self._scope == "system" else [])):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise UserError(f"{path} cannot be removed.", advice="Run it as root (sudo).") from error
        self._demand("daemon-reload", advice="See: systemctl status")

    def _start(self) -> None:
        """Start it anew. Raises UserError with what to do."""
        try:
            self._demand("restart", NAME, advice="See why: jeeves service logs", seconds=_START_SECONDS)
        except UserError as failure:
            if self.state().exit_code in _SANDBOX_FAILED:
                failure.advice = (
                    "This kernel lets no user shut a service in; install it with: sudo jeeves service install --system"
                )
            raise

    def _demand(self, *words: str, advice: str, seconds: float = 60.0) -> None:
        demand("systemctl", f"--{self._scope}", *words, advice=advice, seconds=seconds)

    def _prepare(self, needs: Needs) -> None:
        """Make what the unit names: folders of the owner's own, or the account of a system service."""
        if self._scope == "user":
            for folder in (needs.data_dir, *needs.writable):
                _make_folder(folder)
            return
        if os.geteuid() != 0:
            raise UserError("Only root can install a system service.", advice="Run it with sudo, or with --user.")
        write_file(_ACCOUNTS, _ACCOUNT_LINE)
        demand("systemd-sysusers", str(_ACCOUNTS), advice=f"Make the user yourself: adduser --system {ACCOUNT}")
        if not needs.config_file.stat().st_mode & 0o004:
            shutil.chown(needs.config_file, group=ACCOUNT)
            needs.config_file.chmod(0o640)

    def _linger(self) -> list[str]:
        """Have a user's services run while nobody is logged in (loginctl(1), enable-linger)."""
        if self._scope == "system" or call("loginctl", "enable-linger").returncode == 0:
            return []
        return [
            "It runs only while you are logged in. To have it always on:",
            f"  sudo loginctl enable-linger {one_line(getpass.getuser())}",
        ]


def _version() -> int:
    """Return systemd's major version, 252 for one: the first word of `systemctl --version` after its name."""
    if shutil.which("systemctl") is None:
        return STEPS_SINCE
    found = re.match(r"systemd (\d+)", call("systemctl", "--version").stdout)
    return int(found[1]) if found else 0


def _number(written: str | None) -> int:
    return int(written) if written and written.isdigit() else 0


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder} cannot be made.", advice="Choose a folder you may write to.") from error
