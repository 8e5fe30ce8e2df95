"""What a service manager can do for us, whichever it is.

Lives here: the choice of one, the record of a service's state, running the programs of the system. Must not live
here: the managers themselves (``systemd``, ``launchctl``).
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from jeeves.errors import TransientError, UserError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jeeves.service.needs import Needs

_SECONDS = 60.0  # for a program of the system to answer


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """How the service does, as its manager sees it."""

    installed: bool
    running: bool
    state: str  # the manager's own words: "active (running)"
    status: str = ""  # what the daemon said last: "Watching for mail."
    restarts: int = 0  # by the manager, since it was started by hand
    exit_code: int = 0  # of the latest end
    enabled: bool = True  # started with the machine


class Manager(Protocol):
    """systemd or launchd."""

    @property
    def path(self) -> Path:
        """The file that describes the service."""
        ...

    def render(self, needs: Needs) -> str:
        """Return what that file should hold."""
        ...

    def install(self, needs: Needs) -> list[str]:
        """Write the file, have the service started now and with the machine; return what the owner should know.

        Raises UserError, TransientError.
        """
        ...

    def state(self) -> ServiceState:
        """Ask how the service does. Raises as ``install``."""
        ...

    def logs(self, lines: int, *, follow: bool) -> list[str]:
        """Return the command that shows the latest ``lines`` of its log."""
        ...

    def uninstall(self) -> None:
        """Stop it and remove the file. Raises as ``install``."""
        ...


def call(*command: str, seconds: float = _SECONDS) -> subprocess.CompletedProcess[str]:
    """Run a program of the system to its end. Raises UserError when there is none, TransientError when it hangs."""
    program = shutil.which(command[0])
    if program is None:
        raise UserError(
            f"There is no {command[0]} on this machine: nothing here can run Jeeves as a service.",
            advice="Start `jeeves run` by other means, such as the container (see Dockerfile).",
        )
    try:
        return subprocess.run(  # noqa: S603 - fixed programs, arguments of our own
            [program, *command[1:]], capture_output=True, text=True, errors="replace", timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise TransientError(f"{command[0]} did not answer within {seconds:g} s.", advice="Try again.") from error


def demand(*command: str, advice: str, seconds: float = _SECONDS) -> None:
    """Run a program of the system that has to succeed. Raises UserError with ``advice``, and as ``call``."""
    finished = call(*command, seconds=seconds)
    if finished.returncode:
        raise UserError(f"{_shown(command)} failed with exit status {finished.returncode}.", advice=advice)


def _shown(command: Sequence[str]) -> str:
    return " ".join(command)


def write_file(path: Path, content: str) -> None:
    """Write ``content`` to ``path``, whole or not at all, readable by all as its managers want. Raises UserError."""
    unfinished = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(content, encoding="utf-8")
        unfinished.chmod(0o644)
        unfinished.replace(path)
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {(error.strerror or 'unknown reason').lower()}.",
            advice="For a system service, run it as root (sudo).",
        ) from error
