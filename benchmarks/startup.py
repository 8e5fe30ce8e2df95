"""How long the program takes before and while it answers: ``python -m benchmarks.startup [ROUNDS]``.

Lives here: the measurement and its targets. Whole programs, from start to exit, each beside the anchor, a bare
interpreter; ``status`` beside a running server, so that it finds what it finds when the daemon runs.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.side_by_side import Figure, Report, Target, alternate, publish
from jeeves.store.embedded import EmbeddedPostgres

_ROUNDS = 25
_STATUS = 400.0  # milliseconds: what we promise
_TIMES = 6.0  # the anchor's time: likewise


@dataclass(frozen=True, slots=True)
class Program:
    """A command line of this interpreter, run to its end by each call."""

    arguments: tuple[str, ...]
    processor: list[float] = field(default_factory=list)  # milliseconds each run used, whoever else was busy

    def __call__(self) -> float:
        """Return the milliseconds by the clock."""
        before, started = _used(), time.perf_counter()
        subprocess.run([sys.executable, *self.arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - this very program
        wall = time.perf_counter() - started
        self.processor.append((_used() - before) * 1000)
        return wall * 1000


def _used() -> float:
    """Return the seconds of the processor that programs run from here have used so far."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def main(arguments: list[str]) -> int:
    """Measure, print, and write ``results/startup.json``."""
    rounds = int(arguments[0]) if arguments else _ROUNDS
    with tempfile.TemporaryDirectory(prefix="jv-") as folder:
        Path(folder).chmod(0o755)  # as root, PostgreSQL runs as somebody else and has to get in
        config = Path(folder) / "jeeves.toml"
        config.write_text(f'[mail]\nusername = "me@example.com"\n[database]\ndata_dir = "{folder}/data"\n')
        server = EmbeddedPostgres(Path(folder) / "data")
        programs = {
            "python -c pass": Program(("-c", "pass")),
            "jeeves --help": Program(("-m", "jeeves", "--help")),
            "jeeves status": Program(("-m", "jeeves", "--config", str(config), "status")),
        }
        with server.running():
            Program(programs["jeeves status"].arguments)()  # makes the tables
            samples = alternate(programs, rounds)
        server.remove()
    anchor, *ours = (Figure(what, "ms", taken) for what, taken in samples.items())
    used = [Figure(f"{what}, of the processor", "ms", program.processor) for what, program in programs.items()]
    promised = f"at most {_TIMES:g} times python -c pass"
    targets = [
        Target(f"{each.what}: {promised}", each.median / anchor.median, each.median <= _TIMES * anchor.median)
        for each in ours
    ]
    status_took = ours[-1].median
    targets.append(Target(f"jeeves status: under {_STATUS:g} ms", status_took, status_took < _STATUS))
    return publish(Report("startup", "From start to exit", [anchor, *ours, *used], targets))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
