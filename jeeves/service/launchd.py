"""The property list of a launchd agent (macOS).

Lives here: its content, as a pure function. Must not live here: launchctl, files.

The keys are those of launchd.plist(5). launchd has no watchdog and hands over no credentials; it starts again what
ended badly, at most every ThrottleInterval.
"""

from __future__ import annotations

import plistlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from jeeves.service.needs import Needs

LABEL: Final = "org.jeeves-mail.jeeves"
_SECONDS_BETWEEN_STARTS: Final = 60


def log_path(data_dir: Path) -> Path:
    """Return where launchd writes what the service says."""
    return data_dir / "service.log"


def render(needs: Needs) -> bytes:
    """Return the property list for ``needs``, as XML."""
    log = str(log_path(needs.data_dir))
    agent = {
        "Label": LABEL,
        "ProgramArguments": list(needs.command),
        "EnvironmentVariables": {"PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        "WorkingDirectory": "/",
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": _SECONDS_BETWEEN_STARTS,
        "ExitTimeOut": 45,
        "ProcessType": "Background",
        "LowPriorityIO": True,
        "Umask": 0o077,
        "StandardOutPath": log,
        "StandardErrorPath": log,
    }
    return plistlib.dumps(agent, sort_keys=False)
