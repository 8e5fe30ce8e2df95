"""The plots of an evaluation and of a contest.

Lives here: curves to pictures, in a light and a dark dress. Must not live here: computing curves (``curves``,
``evaluate``), pages, files. Figures are drawn without pyplot, so that nothing is shared and no display is asked for.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from jeeves.ml.curves import Band, Curve
    from jeeves.ml.evaluate import Calibration
    from jeeves.ml.learning_curve import LearningPoint

_DOTS_PER_INCH: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Dress:
    """The colours of a plot."""

    paper: str
    ink: str
    faint: str  # grid lines
    dashes: str  # what chance or perfection would give
    lines: tuple[str, ...]  # first: what the plot is about


LIGHT: Final = Dress(
    paper="#ffffff",
    ink="#22262b",
    faint="#c9ced6",
    dashes="#8d96a3",
    lines=("#1f5fa8", "#c2571a", "#2b8a57", "#8a4fa3", "#a98600", "#b23a5b", "#3d8f9e", "#6b7280", "#7a5230"),
)
DARK: Final = Dress(
    paper="#15181c",
    ink="#e4e7eb",
    faint="#3f4650",
    dashes="#7d8795",
    lines=("#7db4f0", "#f0a06b", "#74cf9f", "#cb9be0", "#e2c452", "#ee8fab", "#7fd0de", "#a7b0bd", "#cfa27c"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A point worth naming on a curve."""

    x: float
    y: float
    words: str


def draw_roc(curve: Curve, band: Band, mark: Mark, dress: Dress) -> Figure:
    """Draw recall against false alarm rate, with its band, the threshold and the diagonal of a coin."""
    figure, axes = _square(dress)
    axes.plot([0, 1], [0, 1], color=dress.dashes, linestyle=(0, (4, 3)), linewidth=1)
    _draw_curve(axes, curve, band, dress)
    _draw_mark(axes, mark, dress)
    axes.set_xlabel("other messages that raise an alert")
    axes.set_ylabel("get-togethers found")
    return figure


def draw_precision_recall(curve: Curve, band: Band, mark: Mark, *, prevalence: float, dress: Dress) -> Figure:
    """Draw precision against recall, with its band, the threshold and the precision of alerting at random."""
    figure, axes = _square(dress)
    axes.axhline(prevalence, color=dress.dashes, linestyle=(0, (4, 3)), linewidth=1)
    # A step, as average precision counts it: between two points nothing is promised (``curves``).
    _draw_curve(axes, curve, band, dress, style="steps-pre")
    _draw_mark(axes, mark, dress)
    axes.set_xlabel("get-togethers found")
    axes.set_ylabel("alerts that are right")
    return figure


def draw_reliability(parts: Sequence[Calibration], dress: Dress) -> Figure:
    """Draw outcome against promise, and below it how many messages each point rests on."""
    with mpl.rc_context(_settings(dress)):
        figure = Figure(figsize=(4.6, 4.6), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3.4, 1))
    _dress(above, dress)
    _dress(below, dress)
    above.plot([0, 1], [0, 1], color=dress.dashes, linestyle=(0, (4, 3)), linewidth=1)
    above.plot(
        [part.predicted for part in parts], [part.observed for part in parts], color=dress.lines[0], linewidth=1.4
    )
    above.scatter(
        [part.predicted for part in parts], [part.observed for part in parts], color=dress.lines[0], s=26, zorder=3
    )
    above.set_ylim(-0.03, 1.03)
    above.yaxis.set_major_formatter(PercentFormatter(1.0))
    above.set_ylabel("needed a place")
    below.bar(
        [part.low for part in parts],
        [part.messages for part in parts],
        width=[(part.high - part.low) * 0.86 for part in parts],
        align="edge",
        color=dress.lines[0],
        alpha=0.55,
    )
    most = max(part.messages for part in parts)
    for part in parts:
        place = (part.low + (part.high - part.low) * 0.43, part.messages + most * 0.05)
        below.annotate(f"{part.messages:,}", place, ha="center", va="bottom", fontsize=7.5, color=dress.ink)
    below.set_ylim(0, most * 1.35)
    below.set_yticks([])
    below.set_ylabel("messages")
    below.set_xlim(-0.02, 1.02)
    below.xaxis.set_major_formatter(PercentFormatter(1.0))
    below.set_xlabel("probability Jeeves gave")
    return figure


def draw_learning_curve(points: Sequence[LearningPoint], dress: Dress) -> Figure:
    """Draw average precision against the number of messages learned from, each doubling one step wide."""
    with mpl.rc_context(_settings(dress)):
        figure = Figure(figsize=(4.6, 4.0), layout="constrained")
        axes = figure.subplots()
    _dress(axes, dress)
    messages = [point.messages for point in points]
    measured = [point.average_precision for point in points]
    axes.fill_between(
        messages,
        [each.low for each in measured],
        [each.high for each in measured],
        color=dress.lines[0],
        alpha=0.16,
        linewidth=0,
    )
    axes.plot(messages, [each.estimate for each in measured], "o-", color=dress.lines[0], linewidth=1.8, markersize=5)
    axes.set_xscale("log", base=2)
    axes.set_xticks(messages, [f"{count:,}" for count in messages])
    axes.minorticks_off()
    axes.set_ylim(0, 1)
    axes.set_xlabel("messages learned from")
    axes.set_ylabel("average precision on other threads")
    return figure


def draw_contest(curves: Mapping[str, Curve], dress: Dress) -> Figure:
    """Draw the ROC curves of a contest into one picture, named in the order given."""
    figure, axes = _square(dress)
    axes.plot([0, 1], [0, 1], color=dress.dashes, linestyle=(0, (4, 3)), linewidth=1)
    for number, (name, curve) in enumerate(curves.items()):
        axes.plot(
            curve.x,
            curve.y,
            color=dress.lines[number % len(dress.lines)],
            linewidth=2.2 if number == 0 else 1.2,
            label=name,
        )
    axes.set_xlabel("other messages that raise an alert")
    axes.set_ylabel("get-togethers found")
    axes.legend(loc="lower right", frameon=False, fontsize=8, labelcolor=dress.ink)
    return figure


def as_png(figure: Figure) -> bytes:
    """Return ``figure`` as a PNG on paper."""
    return _rendered(figure, "png", transparent=False)


def as_svg(figure: Figure) -> bytes:
    """Return ``figure`` as an SVG without background; the same figure gives the same bytes."""
    return _rendered(figure, "svg", transparent=True)


def _rendered(figure: Figure, kind: str, *, transparent: bool) -> bytes:
    stream = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "jeeves", "svg.fonttype": "path"}):
        figure.savefig(
            stream,
            format=kind,
            dpi=_DOTS_PER_INCH,
            transparent=transparent,
            metadata={"Date": None} if kind == "svg" else None,
        )
    return stream.getvalue()


def _settings(dress: Dress) -> dict[Any, Any]:
    return {
        "figure.facecolor": dress.paper,
        "axes.facecolor": dress.paper,
        "axes.edgecolor": dress.faint,
        "axes.labelcolor": dress.ink,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "xtick.color": dress.ink,
        "ytick.color": dress.ink,
        "font.size": 9.5,
    }


def _square(dress: Dress) -> tuple[Figure, Axes]:
    """Return an empty figure whose axes are both shares."""
    with mpl.rc_context(_settings(dress)):
        figure = Figure(figsize=(4.6, 4.4), layout="constrained")
        axes = figure.subplots()
    _dress(axes, dress)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.02)
    return figure, axes


def _dress(axes: Axes, dress: Dress) -> None:
    axes.grid(visible=True, color=dress.faint, linewidth=0.5, alpha=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)


def _draw_curve(
    axes: Axes, curve: Curve, band: Band, dress: Dress, *, style: Literal["default", "steps-pre"] = "default"
) -> None:
    axes.fill_between(band.x, band.low, band.high, color=dress.lines[0], alpha=0.16, linewidth=0)
    axes.plot(curve.x, curve.y, color=dress.lines[0], linewidth=1.8, drawstyle=style)


def _draw_mark(axes: Axes, mark: Mark, dress: Dress) -> None:
    axes.plot(mark.x, mark.y, "o", color=dress.lines[1], markersize=7, markeredgecolor=dress.paper, zorder=4)
    # A ROC curve rises above the diagonal and has room below; a fallen precision-recall curve has room above.
    above, left = mark.y < mark.x, mark.x > 0.6  # noqa: PLR2004 - near the right edge the words go left
    axes.annotate(
        mark.words,
        (mark.x, mark.y),
        xytext=(-9 if left else 9, 9 if above else -5),
        textcoords="offset points",
        ha="right" if left else "left",
        va="bottom" if above else "top",
        color=dress.lines[1],
        fontsize=8.5,
    )
