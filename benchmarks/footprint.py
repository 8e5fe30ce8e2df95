"""What running processes take of the machine, as Linux tells it: memory, files, threads.

Lives here: reading ``/proc``. Must not live here: starting anything, judging what is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_PROCESSES = Path("/proc")
_FIELD = re.compile(r"^(\w+):\s+(\d+)", re.MULTILINE)
_KILOBYTES = 1024 / 1e6  # what /proc calls kB, in MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What a daemon and its PostgreSQL hold at one moment."""

    resident: float  # MB of the daemon: RSS, which counts pages of shared libraries in full
    files: int  # descriptors the daemon has open
    threads: int  # of the daemon
    children: int  # processes the daemon started and waits for
    database: float  # MB of all PostgreSQL processes: PSS, which counts a page they share once


def footprint(pid: int, postmaster: int) -> Footprint:
    """Return what the daemon ``pid`` and the PostgreSQL ``postmaster`` hold now. Raises OSError when it has ended."""
    status = _fields(_PROCESSES / str(pid) / "status")
    return Footprint(
        resident=status["VmRSS"] * _KILOBYTES,
        files=len(list((_PROCESSES / str(pid) / "fd").iterdir())),
        threads=status["Threads"],
        children=len(_below(pid)),
        database=sum(map(_shared_out, [postmaster, *_below(postmaster)])),
    )


def memory_with_children(pid: int) -> float:
    """Return the MB of a process and what its first thread started: PSS; 0 when it has ended. Quick to look at."""
    try:
        children = (_PROCESSES / str(pid) / "task" / str(pid) / "children").read_text().split()
    except OSError:
        children = []
    return sum(map(_shared_out, [pid, *map(int, children)]))


def _below(pid: int) -> list[int]:
    """Return the process's children, theirs, and so on; of PostgreSQL every session is a process."""
    parents: dict[int, list[int]] = {}
    for entry in _PROCESSES.iterdir():
        if entry.name.isdecimal():
            parents.setdefault(_fields(entry / "status").get("PPid", 0), []).append(int(entry.name))
    found: list[int] = []
    coming = [pid]
    while coming:
        own = parents.get(coming.pop(), [])
        found += own
        coming += own
    return found


def _shared_out(pid: int) -> float:
    return _fields(_PROCESSES / str(pid) / "smaps_rollup").get("Pss", 0) * _KILOBYTES


def _fields(path: Path) -> dict[str, int]:
    """Return the numbers of a file of ``/proc``; none when the process has just ended."""
    try:
        return {name: int(number) for name, number in _FIELD.findall(path.read_text())}
    except OSError:
        return {}
