from __future__ import annotations

import json
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from jeeves.actions.compare import NOTEBOOK
from tests.acceptance.installation import JEEVES, wait_until
from tests.acceptance.labelled_mail import write_corpus

if TYPE_CHECKING:
    from pathlib import Path

METHODS = {
    "logistic regression",
    "Gaussian NB",
    "multinomial NB",
    "Bernoulli NB",
    "linear SVC",
    "RBF SVC",
    "random forest",
    "AdaBoost",
    "gradient boosting",
}


def arguments(folder: Path) -> list[str]:
    return [*JEEVES, "compare", "--corpus", str(folder / "labelled.jsonl"), "--output", str(folder / "contest")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_corpus(tmp_path / "labelled.jsonl")
    return tmp_path


def run(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*arguments(folder), *more], capture_output=True, text=True, check=False, timeout=110)


def test_nine_methods_compete_and_a_broken_off_contest_goes_on(folder: Path) -> None:
    notebook = folder / "contest" / NOTEBOOK
    process = subprocess.Popen(
        arguments(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    )
    wait_until(notebook.exists, seconds=100)
    process.send_signal(signal.SIGINT)
    out, complaint = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "Run it again" in complaint
    assert "Warning" not in complaint
    kept = set(json.loads(notebook.read_text(encoding="utf-8")))

    done = run(folder)

    assert done.returncode == 0
    assert "Warning" not in done.stderr
    assert all(len(line) <= 80 for line in done.stdout.splitlines()[:-1])  # the last one names a path
    assert all(any(line.startswith(name) for line in done.stdout.splitlines()) for name in METHODS)
    assert kept < set(json.loads(notebook.read_text(encoding="utf-8")))
    assert (folder / "contest" / "roc.png").read_bytes().startswith(b"\x89PNG")
    data = json.loads(run(folder, "--json").stdout)
    assert {entry["method"] for entry in data["entries"]} == METHODS


def test_too_few_labels_are_one_clear_error(folder: Path) -> None:
    (folder / "labelled.jsonl").write_text('{"id": "a", "body": "Lunch?", "label": 1}\n', encoding="utf-8")
    done = run(folder)
    assert done.returncode == 2
    assert "too few labelled conversations that need a place: there are 1," in " ".join(done.stderr.split())
    assert not (folder / "contest").exists()
