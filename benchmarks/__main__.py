"""Every benchmark, one after the other, each in a process of its own: ``python -m benchmarks [NAME ...]``.

The pictures and the table of all figures are drawn at the end, out of ``benchmarks/results``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

_ALL = (
    "push",
    "parse",
    "backfill",
    "import_mail",
    "startup",
    "memory",
    "mailboxes",
    "soak",
    "growth",
    "retrain",
    "classify",
)


def main(names: list[str]) -> int:
    """Run the benchmarks of these names, or all; the exit status says whether one broke off."""
    broken = [name for name in names or _ALL if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"]).returncode]  # noqa: S603, PLW1510 - this very program; its status is what is asked
    if broken:
        sys.stderr.write(f"These broke off: {', '.join(broken)}\n")
    subprocess.run([sys.executable, "-m", "benchmarks.plots"], check=True)
    return int(bool(broken))


def _names() -> list[str]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure, write the results, draw them.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(_ALL)}; without: all")
    names: list[str] = parser.parse_args().names
    if unknown := [name for name in names if name not in _ALL]:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(_ALL)}")
    return names


if __name__ == "__main__":
    sys.exit(main(_names()))
