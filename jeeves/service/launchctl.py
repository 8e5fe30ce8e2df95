"""launchd (macOS), spoken to through launchctl.

Lives here: installing, asking and removing the agent. Must not live here: what its property list says (``launchd``).
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from jeeves.errors import UserError
from jeeves.service.launchd import LABEL, log_path, render
from jeeves.service.manager import ServiceState, call, demand, write_file

if TYPE_CHECKING:
    from jeeves.service.needs import Needs

_RUNNING = re.compile(r"^\s*state = running$", re.MULTILINE)
_EXIT_CODE = re.compile(r"^\s*last exit code = (\d+)", re.MULTILINE)
_ADVICE = "See why: jeeves service logs"


class Launchctl:
    """The agents of one user."""

    def __init__(self, data_dir: Path) -> None:
        """``data_dir`` holds the service's log."""
        self._log = log_path(data_dir)

    @property
    def path(self) -> Path:
        """Return where a user's agents lie (launchd.plist(5), FILES)."""
        return Path("~/Library/LaunchAgents").expanduser() / f"{LABEL}.plist"

    def render(self, needs: Needs) -> str:
        """Return the property list."""
        return render(needs).decode()

    def install(self, needs: Needs) -> list[str]:
        """Write the property list and load it, in place of an earlier one."""
        if needs.scope == "system" or needs.credentials:
            raise UserError(
                "On macOS Jeeves is a service of one user, and launchd hands over no credentials.",
                advice='Install it with --user, and name secrets as "file:PATH".',
            )
        needs.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_file(self.path, self.render(needs))
        call("launchctl", "bootout", self._target)
        demand("launchctl", "bootstrap", self._domain, str(self.path), advice=_ADVICE)
        return []

    def state(self) -> ServiceState:
        """Ask launchd."""
        finished = call("launchctl", "print", self._target)
        running = finished.returncode == 0 and _RUNNING.search(finished.stdout) is not None
        exit_code = _EXIT_CODE.search(finished.stdout)
        return ServiceState(
            installed=self.path.exists(),
            running=running,
            state="running" if running else "not running",
            exit_code=int(exit_code[1]) if exit_code else 0,
        )

    def logs(self, lines: int, *, follow: bool) -> list[str]:
        """Return the command that shows the end of the log file."""
        return ["tail", "-n", str(lines), *(["-F"] if follow else []), str(self._log)]

    def uninstall(self) -> None:
        """Unload the agent and remove its property list."""
        call("launchctl", "bootout", self._target)
        self.path.unlink(missing_ok=True)

    @property
    def _domain(self) -> str:
        return f"gui/{os.getuid()}"

    @property
    def _target(self) -> str:
        return f"{self._domain}/{LABEL}"
