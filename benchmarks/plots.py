"""What the last runs measured, as pictures and as one table: ``python -m benchmarks.plots``.

Lives here: ``benchmarks/results/*.json`` to ``docs/performance/*.png`` and ``docs/performance/figures.md``. Must not
live here: measuring, and what a figure means (``docs/performance.md``).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

from benchmarks.side_by_side import RESULTS
from jeeves.ml.plots import LIGHT, as_png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PAGES: Final = Path(__file__).parents[1] / "docs" / "performance"
_WORTH_A_LOGARITHM: Final = 20  # times the smallest figure
_WORTH_A_PICTURE: Final = 3  # figures of one unit, so that there is something to compare
_HEAD: Final = """# The figures of the last run

Written by `make bench` out of `benchmarks/results`. What they mean and what limits them:
[Performance](../performance.md).
"""


def main() -> int:
    """Draw what there is."""
    reports = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}
    _PAGES.mkdir(exist_ok=True)
    for name, report in reports.items():
        alike = _alike(report["figures"])
        if len(alike) >= _WORTH_A_PICTURE:
            (_PAGES / f"{name}.png").write_bytes(as_png(draw(report["title"], alike)))
    (_PAGES / "figures.md").write_text(page(reports), encoding="utf-8")
    sys.stdout.write(f"{_PAGES}: {len(reports)} benchmarks\n")
    return 0


def _alike(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the figures that can stand on one axis: those of the first one's unit."""
    return [figure for figure in figures if figure["unit"] == figures[0]["unit"]]


def draw(title: str, figures: list[dict[str, Any]]) -> Figure:
    """Draw a bar a figure, of one unit: its median, and from least to most; ours, the figures named so, in colour."""
    dress = LIGHT
    with mpl.rc_context({"text.color": dress.ink, "axes.edgecolor": dress.faint, "font.size": 9.5}):
        drawn = Figure(figsize=(7.2, 0.9 + 0.36 * len(figures)), layout="constrained", facecolor=dress.paper)
        axes = drawn.subplots()
    medians = [figure["median"] for figure in figures]
    places = range(len(figures))
    least = [max(0.0, figure["median"] - min(figure["samples"])) for figure in figures]
    most = [max(0.0, max(figure["samples"]) - figure["median"]) for figure in figures]
    colours = [dress.lines[0] if _is_ours(figure["what"]) else dress.dashes for figure in figures]
    axes.barh(places, medians, color=colours, height=0.62)
    axes.errorbar(medians, places, xerr=(least, most), fmt="none", ecolor=dress.ink, elinewidth=0.9, capsize=2.5)
    _scale(axes, medians)
    for place, figure in zip(places, figures, strict=True):
        end = (max(figure["samples"]), place)
        words = f"{figure['median']:,.3g}"
        axes.annotate(words, end, xytext=(5, 0), textcoords="offset points", va="center", fontsize=8.5)
    axes.set_yticks(places, [figure["what"] for figure in figures])
    axes.invert_yaxis()
    axes.set_xlabel(figures[0]["unit"])
    axes.set_title(title, fontsize=10, loc="left", color=dress.ink)
    axes.grid(visible=True, axis="x", color=dress.faint, linewidth=0.5, alpha=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=dress.ink)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    return drawn


def _is_ours(what: str) -> bool:
    return any(word in what.lower() for word in ("jeeves", "our", "pipeline", "channel"))


def _scale(axes: Axes, medians: list[float]) -> None:
    if min(medians) > 0 and max(medians) / min(medians) >= _WORTH_A_LOGARITHM:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(base=10))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.minorticks_off()
        axes.margins(x=0.12)
    else:
        axes.set_xlim(0, max(medians) * 1.25 or 1)


def page(reports: dict[str, dict[str, Any]]) -> str:
    """Return every figure and every promise as one Markdown page."""
    return _HEAD + "".join(_section(name, report) for name, report in reports.items())


def _section(name: str, report: dict[str, Any]) -> str:
    machine = report["machine"]
    lines = [
        f"\n## {report['title']}\n",
        f"`python -m benchmarks.{name}`, {machine['cores']} cores, Python {machine['python']}, {machine['system']}\n",
        "| what | median | from | to | unit |",
        "|---|---:|---:|---:|---|",
    ]
    lines += [
        f"| {each['what']} | {each['median']:,.4g} | {min(each['samples']):,.4g} | {max(each['samples']):,.4g} "
        f"| {each['unit']} |"
        for each in report["figures"]
    ]
    if report["targets"]:
        lines += ["", "| promise | measured | |", "|---|---:|---|"]
        lines += [
            f"| {each['promise']} | {each['measured']:,.4g} | {'reached' if each['kept'] else 'missed'} |"
            for each in report["targets"]
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
