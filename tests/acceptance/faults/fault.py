"""What a fault is, and the run that shows whether Jeeves gets over it.

Lives here: ``Fault`` and ``run``. Must not live here: faults, expectations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.acceptance.faults.life import Count, live
from tests.acceptance.faults.storage import shared

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.acceptance.faults.life import Life
    from tests.acceptance.faults.storage import Storage

_TOLD = 40  # lines


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault: ``happen`` does it to a running daemon, has letters arrive, makes sure that it bit, and ends it."""

    name: str
    happen: Callable[[Life, Storage], None]
    storage: Callable[[Path, str], AbstractContextManager[Storage]] = shared


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of it."""

    seconds: float  # from the end of the fault until everything was as if there had been none
    letters: int
    daemons: int  # that were started
    count: Count = field(default_factory=Count)


def run(fault: Fault, folder: Path, url: str) -> Result:
    """Let one fault happen to a daemon that has just texted its owner, and report what became of every letter."""
    with fault.storage(folder, url) as storage, live(folder, storage.section, storage.url) as life:
        try:
            return _survived(fault, life, storage)
        except BaseException as error:
            error.add_note("\n".join(["What the last daemon logged:", *life.daemon.errors[-_TOLD:]]))
            raise


def _survived(fault: Fault, life: Life, storage: Storage) -> Result:
    life.start()
    life.wait_for_text(life.propose())
    fault.happen(life, storage)
    begun = life.machine.seconds()
    life.wait_for_everything()
    seconds = life.machine.seconds() - begun
    life.report()
    life.wait_for_text(life.propose())  # the daemon is as good as new
    life.wait_for_everything()
    assert life.daemon.process.poll() is None
    letters = len(life.proposals | life.reports)
    return Result(seconds=seconds, letters=letters, daemons=len(life.installation.daemons), count=life.counted())
