"""Several ways of doing one thing, measured beside each other in one run, and what they took written down.

Lives here: taking turns, the record of a run, its table and its file in ``benchmarks/results``. Must not live here:
what is measured. A benchmark is no test: it says whether a target was reached and exits with 0 all the same.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import statistics
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RESULTS = Path(__file__).with_name("results")
_PACKAGES = ("imapclient", "numpy", "psycopg2-binary", "scikit-learn", "scipy", "sqlalchemy")


@dataclass(frozen=True, slots=True)
class Figure:
    """What one contender took, a sample a round."""

    what: str
    unit: str  # "s", "ms", "MB", "messages/s"
    samples: list[float]

    @property
    def median(self) -> float:
        """The middle sample: one slow round does not move it."""
        return statistics.median(self.samples)


@dataclass(frozen=True, slots=True)
class Target:
    """A promise, what was measured, and whether it was kept."""

    promise: str  # "at least 4 times the anchor's rate"
    measured: float
    kept: bool


@dataclass(frozen=True, slots=True)
class Report:
    """One benchmark's run: its figures, and the promises held against them."""

    name: str  # of the module, and so of the file
    title: str
    figures: list[Figure]
    targets: list[Target] = field(default_factory=list)


def alternate(contenders: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Run every contender once a round, in turn, so that a busy spell of the machine meets them all alike.

    A contender returns what it took, in whatever unit the caller compares. Returns the samples of each,
    a number a round.
    """
    samples: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            samples[name].append(run())
    return samples


def publish(report: Report) -> int:
    """Print the report in 80 columns, write it to ``results/NAME.json``, and return 0, whatever was reached."""
    sys.stdout.write(_table(report))
    RESULTS.mkdir(exist_ok=True)
    figures = [asdict(figure) | {"median": figure.median} for figure in report.figures]
    record = {
        "title": report.title,
        "machine": _machine(),
        "figures": figures,
        "targets": [*map(asdict, report.targets)],
    }
    (RESULTS / f"{report.name}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


def _table(report: Report) -> str:
    lines = [report.title]
    lines += [
        f"  {figure.what:<40}{figure.median:>10.4g} {figure.unit:<11}"
        f"{min(figure.samples):>7.4g} to {max(figure.samples):.4g}"
        for figure in report.figures
    ]
    lines += [
        f"  {'reached' if target.kept else 'MISSED ':<8}{target.measured:>10.4g}  {target.promise}"
        for target in report.targets
    ]
    return "\n".join(lines) + "\n"


def _machine() -> dict[str, str | int]:
    versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
    cores = os.cpu_count() or 0
    return {"python": platform.python_version(), "system": platform.platform(), "cores": cores, **versions}
