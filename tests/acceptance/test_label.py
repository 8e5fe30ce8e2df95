from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest

from jeeves.store.labels import PostgresLabels
from jeeves.types import Answer
from tests.acceptance.installation import PROPOSAL, REPORT, letter

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer


@pytest.fixture
def read(installation: Installation, server: GmailLikeServer) -> Installation:
    """Return an installation that has read two messages."""
    server.deliver("INBOX", letter(1, PROPOSAL))
    server.deliver("INBOX", letter(2, REPORT))
    assert installation.run("run", "--once").returncode == 0
    return installation


def said(engine: Engine) -> dict[int, Answer]:
    return {mail.id: mail.answer for mail in PostgresLabels(engine).answered()}


def test_an_answer_is_kept(read: Installation, engine: Engine) -> None:
    assert read.run("label", "1", "yes").stdout == "Noted: message 1 needs a place.\n"
    noted = read.run("label", "b2", "no")  # the sign of its alert

    assert (noted.returncode, noted.stdout) == (0, "Noted: message 1 does not need a place.\n")
    assert said(engine) == {1: Answer.NO}


def test_a_number_nobody_has_is_one_clear_error(installation: Installation) -> None:
    refused = installation.run("label", "99", "yes")

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("There is no message 99.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("0", "yes"),
        ("99999999999999999999", "yes"),
        ("one", "yes"),
        ("1", "maybe"),
        ("1", "yes", "--export", "-"),
    ],
)
def test_what_is_no_number_or_no_answer_is_refused(installation: Installation, arguments: tuple[str, ...]) -> None:
    refused = installation.run("label", *arguments)

    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr


def test_answers_go_into_a_file_and_come_back(read: Installation, engine: Engine, tmp_path: Path) -> None:
    read.run("label", "1", "yes")
    read.run("label", "2", "no")
    kept = tmp_path / "kept.jsonl"

    written = read.run("label", "--export", str(kept))
    read.run("label", "1", "no")
    taken = read.run("label", "--from", str(kept))

    assert written.stdout == f"Written: 2 answers, without any mail, to {kept}\n"
    assert {frozenset(json.loads(line)) for line in kept.read_text().splitlines()} == {
        frozenset({"id", "message_key", "label"})
    }
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert taken.stdout == "Noted: 2 messages, 1 answers new, 1 known already.\n"
    assert said(engine) == {1: Answer.YES, 2: Answer.NO}


def test_an_export_with_text_is_a_corpus(read: Installation, tmp_path: Path) -> None:
    read.run("label", "1", "yes")
    exported = read.run("label", "--export", "-", "--with-text").stdout
    file = tmp_path / "corpus.jsonl"
    file.write_text(exported, encoding="utf-8")

    row = json.loads(exported)
    classified = json.loads(read.run("classify", str(file)).stdout)

    assert (row["label"], row["body"], row["subject"]) == (1, PROPOSAL, "Hello")
    assert row["from"] == '"Ada Holm" <ada@example.org>'
    assert classified["id"] == 1


def test_answers_are_taken_from_standard_input(read: Installation, engine: Engine) -> None:
    taken = read.run("label", "--from", "-", input_text='{"id": 2, "label": "yes"}\n\n{"id": 1, "label": "skip"}\n')

    assert taken.returncode == 0, taken.stderr
    assert said(engine) == {2: Answer.YES, 1: Answer.SKIP}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"id": 1, "label": 1}\n{"id": 99, "label": 1}\n', "line 2, names a message that is not stored here"),
        ('{"id": 1, "label": 1}\nFrom nobody Mon Jan 1\n', "line 2, is not JSON"),
    ],
)
def test_a_wrong_file_is_one_clear_error_and_lets_nothing_in(
    read: Installation, engine: Engine, tmp_path: Path, content: str, told: str
) -> None:
    file = tmp_path / "wrong.jsonl"
    file.write_text(content, encoding="utf-8")

    refused = read.run("label", "--from", str(file))

    assert (refused.returncode, refused.stdout) == (2, "")
    assert told in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr
    assert said(engine) == {}


def test_a_file_that_is_not_there_is_one_clear_error(installation: Installation, tmp_path: Path) -> None:
    for missing in (tmp_path / "nowhere.jsonl", tmp_path):
        refused = installation.run("label", "--from", str(missing))

        assert refused.returncode == 2
        assert "cannot be read" in " ".join(refused.stderr.split())
