from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from jeeves.actions.evaluate import Evaluation, evaluate
from jeeves.cli.evaluation_page import page
from jeeves.cli.evaluation_plots import plots_of
from jeeves.ml.intervals import Interval
from jeeves.ml.learning_curve import LearningPoint
from jeeves.ml.plots import LIGHT, as_png
from tests.unit.actions.judged import THRESHOLD, Reader, labelled

HOSTILE = "<script>alert(1)</script>\"'><img src=https://evil.example/x onerror=alert(2)>\x1b[31m\u202e"
LEARNED = [
    LearningPoint(messages=messages, average_precision=Interval(estimate=estimate, low=estimate - 0.1, high=0.9))
    for messages, estimate in ((100, 0.5), (200, 0.55))
]


def evaluation(*, weight: float = 1.0) -> Evaluation:
    corpus = [labelled(number / 50, number > 30, id=f"m{number}", source="work") for number in range(50)]
    corpus.append(labelled(0.99, 0, id=HOSTILE, source=HOSTILE, weight=weight))
    return evaluate(Reader(), corpus, threshold=THRESHOLD, seed=1)


class Tags(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "source", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def html() -> str:
    judged = evaluation(weight=3)
    return page(judged, plots_of(judged, LEARNED, seed=1), now=datetime(2026, 3, 4, tzinfo=UTC), seed=1)


@pytest.fixture(scope="module")
def seen(html: str) -> Tags:
    parser = Tags()
    parser.feed(html)
    parser.close()
    return parser


def test_hostile_ids_and_sources_stay_text(seen: Tags) -> None:
    assert "<script>alert(1)</script>" in seen.text
    assert "script" not in {tag for tag, _ in seen.tags}
    assert not any(name.startswith("on") for _, attributes in seen.tags for name in attributes)
    assert "\x1b" not in seen.text
    assert "\u202e" not in seen.text


def test_the_page_needs_nothing_but_itself(html: str, seen: Tags) -> None:
    sources = [
        value or "" for _, attributes in seen.tags for name, value in attributes.items() if name in {"src", "srcset"}
    ]
    assert len(sources) == 8
    assert all(source.startswith("data:image/svg+xml;base64,") for source in sources)
    assert not {"link", "script", "iframe", "object", "base"} & {tag for tag, _ in seen.tags}
    assert "url(" not in html
    assert "@import" not in html
    assert "default-src 'none'" in html


def test_every_element_is_closed(seen: Tags) -> None:
    assert seen.open == []


def test_no_address_is_in_the_page(html: str) -> None:
    assert "ann@example.org" not in html


def test_the_page_says_how_it_went_and_when(seen: Tags) -> None:
    assert "somebody wants to meet" in seen.text
    assert "04 March 2026" in seen.text
    assert "at natural prevalence" in seen.text
    for title in ("Telling apart", "Promise and outcome", "What more labels would bring"):
        assert title in seen.text


def test_without_weights_natural_prevalence_is_not_spoken_of() -> None:
    judged = evaluation()
    text = page(judged, plots_of(judged, [], seed=1), now=datetime(2026, 3, 4, tzinfo=UTC), seed=1)
    assert "natural prevalence" not in text


def test_captions_carry_the_numbers() -> None:
    judged = evaluation(weight=3)
    captions = {plot.name: plot.caption for plot in plots_of(judged, LEARNED, seed=1)}
    assert list(captions) == ["roc", "precision-recall", "reliability", "learning-curve"]
    area = judged.as_drawn["roc_auc"].estimate
    assert f"{area:.0%} of such pairs" in captions["roc"]
    assert "+0.05" in captions["learning-curve"]
    assert re.search(r"promised \d+\.\d% on average and \d+\.\d% came true", captions["reliability"])


def test_every_plot_can_be_a_png_and_is_the_same_each_time() -> None:
    for plot in plots_of(evaluation(), LEARNED, seed=1):
        first, second = (as_png(plot.draw(LIGHT)) for _ in range(2))
        assert first.startswith(b"\x89PNG")
        assert first == second


def test_a_model_that_never_alerts_is_called_silent_not_precise() -> None:
    corpus = [labelled(0.1 + number / 100, number % 2, id=str(number)) for number in range(20)]
    silent = evaluate(Reader(), corpus, threshold=THRESHOLD, seed=1)
    captions = {plot.name: plot.caption for plot in plots_of(silent, [], seed=1)}
    assert "stays silent" in captions["precision-recall"]
    assert "100% of the alerts" not in captions["precision-recall"]
