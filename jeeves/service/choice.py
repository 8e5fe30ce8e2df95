"""Which service manager this machine has, and which scope is meant.

Lives here: the choice. Must not live here: the managers.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from jeeves.service.launchctl import Launchctl
from jeeves.service.systemd import Systemd

if TYPE_CHECKING:
    from jeeves.service.manager import Manager
    from jeeves.service.needs import Scope


def usual_scope() -> Scope:
    """Return the scope meant when none is named: the installed one, else the system for root, the user for others."""
    if sys.platform != "darwin":
        for scope in ("user", "system"):
            if Systemd(scope).path.exists():
                return scope
    return "system" if os.geteuid() == 0 else "user"


def manager_for(scope: Scope, data_dir: Path | None = None) -> Manager:
    """Return the service manager of this machine; ``data_dir`` (None: the default) holds the log on macOS."""
    if sys.platform == "darwin":
        return Launchctl(data_dir or Path("~/.local/share/jeeves").expanduser())
    return Systemd(scope)
