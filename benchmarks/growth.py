"""What the size of the mailbox costs: ``python -m benchmarks.growth [--sizes 10000,100000,1000000] [--rounds 9]``.

Lives here: the databases of each size, the rounds, the figures. Must not live here: what fills them (``grown``), what
is asked (``hot_queries``), how a daemon's memory is taken (``daemon_memory``).

Each call is timed on the databases in turn, so that a busy spell of the machine meets the small and the large alike;
the anchor of a figure is the same call on the smallest.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url, text

from benchmarks.daemon_memory import resident_megabytes
from benchmarks.grown import fill
from benchmarks.hot_queries import Service
from benchmarks.side_by_side import Figure, Report, Target, alternate, publish
from jeeves.store.database import connect, migrate
from jeeves.store.embedded import EmbeddedPostgres
from jeeves.store.tallies import take_tallies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Engine

_FLAT = 1.05  # what a daemon's memory may be instead of the same
_MOST = 2.0  # times what the same call takes on the smallest: what we promise


def _milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def _microseconds_a_row(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    rows = call()
    taken = (time.perf_counter() - started) * 1e6
    return taken / rows if isinstance(rows, int) and rows else taken


def measure(services: Mapping[int, Service], rounds: int, only: str) -> tuple[list[Figure], list[Target]]:
    """Return the figures of every call at every size, and whether each stays within the promise at the largest.

    ``only``: part of the names of the calls wanted.
    """
    figures, targets = list[Figure](), list[Target]()
    smallest, largest = min(services), max(services)
    for unit, taken, calls in (
        ("ms", _milliseconds, {size: service.calls() for size, service in services.items()}),
        ("us/row", _microseconds_a_row, {size: service.growing() for size, service in services.items()}),
    ):
        for name in calls[smallest]:
            if only in name:
                timed = {str(size): partial(taken, calls[size][name]) for size in services}
                alternate(timed, 2)  # the first ones read what lies on the disk
                samples = alternate(timed, rounds)
                found = {size: Figure(f"{name}, {size:,}", unit, samples[str(size)]) for size in services}
                figures += found.values()
                # Round by round: the two were measured one after the other, whatever else the machine did.
                pairs = zip(samples[str(largest)], samples[str(smallest)], strict=True)
                ratio = statistics.median(large / small for large, small in pairs)
                targets.append(Target(f"times {smallest:,} at {largest:,}: {name}", ratio, kept=ratio <= _MOST))
    return figures, targets


def measure_memory(services: Mapping[int, Service], rounds: int) -> tuple[list[Figure], Target]:
    """Return the memory of daemons on each database, and whether it is the same on all."""
    samples: dict[int, list[float]] = {size: [] for size in services}
    for run in range(rounds):
        for size, service in services.items():
            samples[size].append(resident_megabytes(service.engine, run))
    figures = [Figure(f"memory of a daemon, {size:,}", "MB", samples[size]) for size in services]
    ratio = figures[-1].median / figures[0].median
    return figures, Target("times the daemon's memory on the smallest, on the largest", ratio, kept=ratio <= _FLAT)


@contextmanager
def filled(sizes: Sequence[int]) -> Iterator[dict[int, str]]:
    """Yield the URL of a database of each size, on one server that is gone afterwards.

    The server has the settings of the one Jeeves brings, but does not wait for the disk: filling would take long, and
    what is compared is the work.
    """
    with tempfile.TemporaryDirectory(prefix="jv-") as folder, ExitStack() as stack:
        Path(folder).chmod(0o755)  # as root, PostgreSQL runs as somebody else and has to get in
        server = EmbeddedPostgres(Path(folder), settings={"fsync": "off", "max_wal_size": "1GB"})
        stack.callback(server.remove)
        url = make_url(stack.enter_context(server.running()))
        with opened(url.render_as_string(hide_password=False)) as engine:
            for size in sizes:
                with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text(f"create database grown{size} template template0 encoding 'UTF8'"))
        yield {
            size: _filled(url.set(database=f"grown{size}").render_as_string(hide_password=False), size)
            for size in sizes
        }


def _filled(url: str, size: int) -> str:
    with opened(url) as engine:
        migrate(engine)
        started = time.perf_counter()
        fill(engine, size, datetime.now(UTC))
        sys.stderr.write(f"{size:,} messages written in {time.perf_counter() - started:.0f} s\n")
    return url


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """Yield an engine, and leave no connection behind."""
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


def main() -> int:
    """Fill, measure, publish."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth")
    parser.add_argument("--sizes", default="10000,100000,1000000", help="messages in each database")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--daemons", type=int, default=3, help="started on each database to take their memory")
    parser.add_argument("--only", default="", help="part of the names of the calls wanted")
    options = parser.parse_args()
    sizes = sorted(int(size) for size in options.sizes.split(","))
    with filled(sizes) as urls, ExitStack() as stack:
        now = datetime.now(UTC)
        services = {size: Service(stack.enter_context(opened(url)), size, now) for size, url in urls.items()}
        for service in services.values():
            take_tallies(service.engine)  # as the daemon does once a day
        figures, targets = measure(services, options.rounds, options.only)
        if options.daemons:
            memory, target = measure_memory(services, options.daemons)
            figures, targets = [*figures, *memory], [*targets, target]
        return publish(Report("growth", "What the size of the mailbox costs", figures, targets))


if __name__ == "__main__":
    sys.exit(main())
