"""How much memory the running daemon takes: ``python -m benchmarks.memory [--messages 500] [--idle 150] [--rounds 3]``.

Lives here: the measurement and its targets. A real daemon, its own PostgreSQL, a mail server on a socket.
"""

from __future__ import annotations

import argparse
import sys
import time

from benchmarks.household import deliver, household
from benchmarks.side_by_side import Figure, Report, Target, publish

_EVERY = 0.02  # seconds between two letters
_RUNNING = 220.0  # MB: what we promise
_IDLE = 120.0  # MB: what we would like


def main(arguments: list[str]) -> int:
    """Measure, print, and write ``results/memory.json``."""
    options = _options(arguments)
    rounds = [_round(options.messages, options.idle) for _ in range(options.rounds)]
    started, worked, idle, database = (list(samples) for samples in zip(*rounds, strict=True))
    figures = [
        Figure("the daemon after its start, RSS", "MB", started),
        Figure(f"after {options.messages} messages", "MB", worked),
        Figure(f"idle for {options.idle:g} s after these", "MB", idle),
        Figure("its PostgreSQL then, PSS", "MB", database),
    ]
    running, quiet = figures[1].median, figures[2].median
    targets = [
        Target(f"under {_RUNNING:g} MB with {options.messages} messages read", running, running < _RUNNING),
        Target(f"under {_IDLE:g} MB when idle", quiet, quiet < _IDLE),
    ]
    return publish(Report("memory", "Memory of the running daemon", figures, targets))


def _round(messages: int, idle: float) -> tuple[float, float, float, float]:
    """Return MB after the start, after ``messages``, and after ``idle`` seconds more, there with PostgreSQL's."""
    with household() as home:
        home.wait_for_decisions(0)
        started = home.footprint()
        deliver(home.server, range(1, messages + 1), every=_EVERY)
        home.wait_for_decisions(messages)
        worked = home.footprint()
        time.sleep(idle)
        after = home.footprint()
    return started.resident, worked.resident, after.resident, after.database


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory")
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--idle", type=float, default=150.0, metavar="SECONDS")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
