"""The machine Jeeves runs on: interpreter, disk, clock.

Lives here: checks that need no configuration but a folder. Must not live here: mail, database.
"""

from __future__ import annotations

import platform
import shutil
import sys
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from jeeves import __version__
from jeeves.doctor.findings import fault, note, ok

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jeeves.doctor.findings import Finding

_LEAST_PYTHON: Final = (3, 11)
_LITTLE_ROOM: Final = 500 * 10**6  # bytes: a year of mail, a model and the write-ahead log of PostgreSQL
_OFF: Final = timedelta(minutes=5)  # a clock that is more than this off tells wrong times
_ANSWER: Final = 10.0  # seconds


def look_at_python() -> Iterator[Finding]:
    """Look at the interpreter."""
    version = platform.python_version()
    if sys.version_info < _LEAST_PYTHON:
        yield fault("python", f"Python {version} is too old.", "Install Jeeves with Python 3.11 or newer.")
    else:
        yield ok("python", f"Jeeves {__version__}, Python {version}, {platform.machine()}")


def look_at_disk(data_dir: Path) -> Iterator[Finding]:
    """Look how much room there is where ``data_dir`` lies, or will."""
    existing = next(folder for folder in (data_dir, *data_dir.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    if free < _LITTLE_ROOM:
        yield fault(
            "disk",
            f"Only {free // 10**6} MB are free at {existing}.",
            "Free some space, or move database.data_dir to a larger disk.",
        )
    else:
        yield ok("disk", f"{free / 10**9:.1f} GB free at {existing}")


def look_at_clock(address: str) -> Iterator[Finding]:
    """Compare the clock with that of the web server at ``address``, which says the time with every answer."""
    import requests  # noqa: PLC0415 - takes a tenth of a second

    try:
        answer = requests.head(address, timeout=_ANSWER, allow_redirects=False)
        theirs = parsedate_to_datetime(answer.headers["Date"])  # RFC 9110, section 6.6.1
    except (requests.RequestException, LookupError, ValueError, TypeError):
        yield note("clock", "Nobody could be asked for the time.", "Is this machine connected to the internet?")
        return
    yield judge_clock(datetime.now(UTC) - (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)))


def judge_clock(ahead: timedelta) -> Finding:
    """Say how far this machine's clock is ahead of another's."""
    if abs(ahead) <= _OFF:
        return ok("clock", "The clock is right.")
    minutes = round(abs(ahead).total_seconds() / 60)
    far = f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"  # noqa: PLR2004 - two hours
    return fault(
        "clock",
        f"This machine's clock is {far} {'fast' if ahead > timedelta(0) else 'slow'}.",
        "Set it by the network: sudo timedatectl set-ntp true",
    )
