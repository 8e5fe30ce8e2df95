"""How much memory a daemon takes before and after it got over a thousand letters and a fault after each hundred.

Lives here: the siege, and the measuring. Must not live here: what is too much.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.acceptance.faults.life import Count, live
from tests.acceptance.faults.storage import shared

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.faults.life import Life

_WAVE: Final = 100  # letters between two faults
_WARMING_UP: Final = 5  # waves, one for each fault: what is done for the first time loads what it needs
_WAVES: Final = 10
_MINUTES: Final = 600.0
_PAGE: Final = 1024


@dataclass(frozen=True, kw_only=True)
class Growth:
    """What a siege came to."""

    before: int  # bytes, resident, of the daemon with its children
    after: int
    letters: int
    count: Count


def besiege(folder: Path, url: str) -> Growth:
    """Let a thousand letters and all sorts of faults come over one daemon, and measure it before and after."""
    with shared(folder, url) as storage, live(folder, storage.section, storage.url) as life:
        life.start()
        for wave in range(_WARMING_UP):
            _come_in_waves(life, _FAULTS[wave % len(_FAULTS)])
        before = resident(life.daemon.process.pid)
        for wave in range(_WAVES):
            _come_in_waves(life, _FAULTS[wave % len(_FAULTS)])
        after = resident(life.daemon.process.pid)
        letters = len(life.proposals | life.reports)
        return Growth(before=before, after=after, letters=letters, count=life.counted())


def resident(process: int) -> int:
    """Return how many bytes of memory a process and its children hold."""
    status = Path(f"/proc/{process}/status").read_text()
    own = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
    children = [
        int(each) for path in Path(f"/proc/{process}/task").glob("*/children") for each in path.read_text().split()
    ]
    return own * _PAGE + sum(map(resident, children))


def _come_in_waves(life: Life, fault: Callable[[Life], None]) -> None:
    for number in range(_WAVE):
        if number == _WAVE // 2:
            fault(life)
        life.report() if number % 20 else life.propose()
    life.wait_for_everything()


def _cut(life: Life) -> None:
    life.server.drop_connections()


def _cut_from_database(life: Life) -> None:
    life.ask(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )


def _asleep(life: Life) -> None:
    life.daemon.process.send_signal(signal.SIGSTOP)
    life.machine.sleep(_MINUTES)
    life.server.drop_connections()
    life.daemon.process.send_signal(signal.SIGCONT)


def _twilio_busy(life: Life) -> None:
    failures = life.logged(life.daemon, "alert.failed")
    life.twilio.busy = True
    life.propose()
    life.wait_for_log("alert.failed", failures + 1)
    life.twilio.busy = False


def _away(life: Life) -> None:
    life.server.stop()
    life.wait_for_log("mail.failed", life.logged(life.daemon, "mail.failed") + 1)
    life.server.start()
    life.machine.sleep(_MINUTES)


_FAULTS: Final = (_cut, _cut_from_database, _asleep, _twilio_busy, _away)
