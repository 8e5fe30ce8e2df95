from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.installation import JEEVES
from tests.acceptance.labelled_mail import write_corpus

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "labelled.jsonl")


def evaluate(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*JEEVES, "evaluate", *arguments], capture_output=True, text=True, check=False, timeout=100)


def test_evaluate_prints_figures_with_intervals_in_eighty_columns(corpus: Path) -> None:
    done = evaluate("--corpus", corpus)

    assert (done.returncode, done.stderr) == (0, "")
    assert "55 in 55 threads; 25 need a place" in done.stdout
    assert "standing for 325, of which 7.7% need a place" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    assert "ann@example.org" not in done.stdout  # not a terminal: the output may end up anywhere


def test_the_shipped_model_tells_these_letters_apart(corpus: Path) -> None:
    data = json.loads(evaluate("--corpus", corpus, "--json").stdout)
    assert data["as_drawn"]["roc_auc"]["estimate"] > 0.9
    assert data["by_source"][0]["source"] == "letters"


def test_the_same_seed_prints_the_same_report_and_two_corpora_are_read_as_one(corpus: Path) -> None:
    once, again = (evaluate("--corpus", corpus, "--corpus", corpus, "--seed", "5").stdout for _ in range(2))
    assert once == again
    assert "110 in 55 threads" in once


def test_without_a_corpus_the_starter_is_used_and_flattery_admitted() -> None:
    done = evaluate("--json")
    assert done.returncode == 0
    assert "flatter" in done.stderr
    assert json.loads(done.stdout)["messages"] > 100


def test_a_report_plots_and_a_learning_curve_are_written(corpus: Path, tmp_path: Path) -> None:
    report, plots = tmp_path / "new" / "report.html", tmp_path / "plots"

    done = evaluate("--corpus", corpus, "--report", report, "--plots", plots, "--learning-curve")

    assert (done.returncode, done.stderr) == (0, "")
    assert "learned from" in done.stdout
    page = report.read_text(encoding="utf-8")
    assert "What more labels would bring" in page
    assert "http" not in page.split("<body>")[1].replace("http-equiv", "")
    drawn = {path.name: path.read_bytes() for path in plots.iterdir()}
    assert set(drawn) == {"roc.png", "precision-recall.png", "reliability.png", "learning-curve.png"}
    assert all(content.startswith(b"\x89PNG") for content in drawn.values())


def test_a_report_that_cannot_be_written_is_one_clear_error(corpus: Path) -> None:
    done = evaluate("--corpus", corpus, "--report", corpus / "report.html")
    assert done.returncode == 2
    assert "cannot be written" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('{"id": "a", "body": "x", "label": 1}\n', "only one of the two answers"),
        ("", "no message that counts"),
        ('{"id": "a", "body": "x"}\n', "line 1"),
    ],
)
def test_labels_that_cannot_be_used_are_one_clear_error(tmp_path: Path, content: str, complaint: str) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(content, encoding="utf-8")
    done = evaluate("--corpus", file)
    assert done.returncode == 2
    assert complaint in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
