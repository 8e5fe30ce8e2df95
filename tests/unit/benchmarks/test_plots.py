from __future__ import annotations

from typing import Any

import pytest

from benchmarks.plots import draw, page
from jeeves.ml.plots import as_png

FIGURES: list[dict[str, Any]] = [
    {"what": "a bare socket", "unit": "s", "samples": [0.4, 0.5, 0.9], "median": 0.5},
    {"what": "jeeves backfill", "unit": "s", "samples": [6.25], "median": 6.25},
    {"what": "nothing at all", "unit": "s", "samples": [0.0], "median": 0.0},
]
REPORT: dict[str, Any] = {
    "title": "Backfill of 20 messages",
    "machine": {"cores": 2, "python": "3.11.7", "system": "Linux"},
    "figures": FIGURES,
    "targets": [{"promise": "at most 6 times the socket's time", "measured": 12.5, "kept": False}],
}


def test_the_page_has_every_figure_and_every_promise() -> None:
    text = page({"backfill": REPORT})

    assert "## Backfill of 20 messages" in text
    assert "| a bare socket | 0.5 | 0.4 | 0.9 | s |" in text
    assert "| at most 6 times the socket's time | 12.5 | missed |" in text
    assert "python -m benchmarks.backfill" in text


@pytest.mark.parametrize("figures", [FIGURES, FIGURES[:2]], ids=["with a nothing", "far apart"])
def test_each_figure_is_a_bar_with_its_name(figures: list[dict[str, Any]]) -> None:
    drawn = draw("A title", figures)

    (axes,) = drawn.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [figure["what"] for figure in figures]
    assert len(axes.patches) == len(figures)
    assert as_png(drawn).startswith(b"\x89PNG")
