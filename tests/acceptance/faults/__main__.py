"""``python -m tests.acceptance.faults``: let every fault happen and print what became of it.

Lives here: the printed table. Must not live here: faults, expectations.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from jeeves.store.database import connect, migrate
from tests.acceptance.faults.fault import run
from tests.acceptance.faults.memory import besiege
from tests.acceptance.faults.table import FAULTS
from tests.postgres import execute, on, start_server

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEGABYTE = 2**20


@contextmanager
def _place(server: str, name: str) -> Iterator[tuple[Path, str]]:
    """Yield an empty folder and the URL of a migrated, empty database."""
    execute(server, f"create database {name}")
    url = on(server, name)
    engine = connect(url)
    migrate(engine)
    engine.dispose()
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder), url


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Print one line a fault, and one about memory."""
    _say("| fault | seconds to recover | letters | daemons | lost | repeated |\n|---|---|---|---|---|---|")
    with start_server() as server:
        for number, fault in enumerate(FAULTS):
            with _place(server, f"fault_{number}") as (folder, url):
                result = run(fault, folder, url)
            _say(
                f"| {fault.name} | {result.seconds:.1f} | {result.letters} | {result.daemons}"
                f" | {result.count.lost} | {result.count.repeated} |"
            )
        with _place(server, "memory") as (folder, url):
            siege = besiege(folder, url)
    before, after = siege.before / _MEGABYTE, siege.after / _MEGABYTE
    _say(f"\nMemory of one daemon over 1,000 letters and ten faults: {before:.1f} MB before, {after:.1f} MB after.")


if __name__ == "__main__":
    main()
