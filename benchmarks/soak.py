"""Does a daemon that works and works grow? ``python -m benchmarks.soak [--minutes 2]``, or ``make soak MINUTES=15``.

Lives here: the run. A real daemon, its own PostgreSQL and a mail server on a socket; letters come all the time, and in
between the connection is cut, ended politely, or the server goes away. Must not live here: arithmetic (``slopes``),
reading ``/proc`` (``footprint``).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import threading
import time
from dataclasses import dataclass
from functools import partial
from itertools import count, cycle
from typing import TYPE_CHECKING

from benchmarks.household import Household, household, mixed
from benchmarks.side_by_side import Figure, Report, Target, publish
from benchmarks.slopes import slope_per_hour

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.footprint import Footprint

_LETTER_EVERY = 0.5  # seconds: what a small machine decides on as it comes
# A connection that broke is replaced after 5 s, the next one after 10 s, and so on: two faults, then a minute of peace,
# after which they are forgiven, keep the daemon at work.
_BETWEEN_FAULTS = (10.0, 70.0)  # seconds, in turn
_PATIENCE = 300.0  # seconds until what was delivered has to be decided on
# The daemon's upkeep begins two minutes after its start: its threads, its code and its statements come then, once.
_WARM_UP = 150.0  # seconds
_AWAY = 1.5  # seconds the mail server is gone
_SAMPLES = 120  # in a run, whatever its length: enough for a line, few enough to keep
_GROWTH = 1.1  # issue 6: memory at the end within 10 % of the beginning


@dataclass(frozen=True, slots=True)
class Sample:
    """What was held at one moment."""

    second: float  # since the run began
    held: Footprint


def main(arguments: list[str]) -> int:
    """Run, print, and write ``results/soak.json``."""
    options = _options(arguments)
    with household() as home:
        samples, delivered = _live(home, options.warm_up + options.minutes * 60)
        decided = _settle(home, delivered)
        connections, lines = home.server.connections, len(home.daemon.errors)
    settled = [each for each in samples if each.second >= options.warm_up]
    figures, targets = _judge(settled)
    targets.append(Target(f"letters decided on, of {delivered} delivered", decided, decided == delivered))
    figures += [
        Figure("connections the daemon made", "", [float(connections)]),
        Figure("lines it logged", "", [float(lines)]),
    ]
    return publish(Report("soak", f"A daemon at work for {options.minutes:g} minutes, after warm-up", figures, targets))


def _live(home: Household, seconds: float) -> tuple[list[Sample], int]:
    """Let letters come and connections break for so long; return what was held and how many letters there were."""
    over = threading.Event()
    delivered = count(1)
    threads = [
        threading.Thread(target=_write, args=(home, delivered, over)),
        threading.Thread(target=_break, args=(home, over)),
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    samples = []
    try:
        while (second := time.monotonic() - began) < seconds:
            samples.append(Sample(second, home.footprint()))
            time.sleep(seconds / _SAMPLES)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    return samples, next(delivered) - 1


def _write(home: Household, numbers: count[int], over: threading.Event) -> None:
    while not over.wait(_LETTER_EVERY):
        home.server.deliver("INBOX", mixed(next(numbers)))


def _break(home: Household, over: threading.Event) -> None:
    faults: Iterator[Callable[[], None]] = cycle(
        (home.server.drop_connections, home.server.say_bye, partial(_go_away, home))
    )
    for pause in cycle(_BETWEEN_FAULTS):
        if over.wait(pause):
            return
        next(faults)()


def _go_away(home: Household) -> None:
    home.server.stop()
    time.sleep(_AWAY)
    home.server.start()


def _settle(home: Household, delivered: int) -> int:
    """Return how many letters are decided on, as soon as all are, and in any case after some minutes."""
    deadline = time.monotonic() + _PATIENCE
    while (decided := home.decided()) < delivered and time.monotonic() < deadline:
        time.sleep(1.0)
    return decided


def _judge(samples: Sequence[Sample]) -> tuple[list[Figure], list[Target]]:
    moments = [each.second for each in samples]
    series = {
        ("daemon's memory, RSS", "MB"): [each.held.resident for each in samples],
        ("PostgreSQL's memory, PSS", "MB"): [each.held.database for each in samples],
        ("daemon's open files", ""): [float(each.held.files) for each in samples],
        ("daemon's threads", ""): [float(each.held.threads) for each in samples],
    }
    figures, slopes = [], {}
    for (what, unit), values in series.items():
        slopes[what] = slope = slope_per_hour(moments, values)
        figures.append(Figure(what, unit, values))
        figures.append(Figure("  an hour more, and 95 % sure", unit, [slope.low, slope.slope, slope.high]))
    memory = next(iter(series.values()))
    tenth = max(len(memory) // 10, 1)
    growth = statistics.median(memory[-tenth:]) / statistics.median(memory[:tenth])
    targets = [
        Target("memory at the end of that at the beginning: at most 1.1 times", growth, growth <= _GROWTH),
        *(
            Target(f"{what}: no growth that is more than chance, an hour", slopes[what].slope, slopes[what].low <= 0)
            for what in ("daemon's open files", "daemon's threads")
        ),
    ]
    return figures, targets


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--warm-up", type=float, default=_WARM_UP, metavar="SECONDS", help="before, not counted")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
