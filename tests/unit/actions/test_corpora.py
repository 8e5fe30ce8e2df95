from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jeeves.actions.corpora import examples, read_corpus, starter_corpus
from jeeves.errors import UserError
from jeeves.mail.parse import message_from_fields
from jeeves.ml.features import document
from jeeves.ml.starter_corpus import read_rows
from jeeves.types import Origin

if TYPE_CHECKING:
    from pathlib import Path

ROW: dict[str, object] = {
    "id": "t1",
    "from": "Ann <ann@example.org>",
    "to": "me@example.com",
    "subject": "Lunch?",
    "body": "Tuesday?",
    "label": 1,
    "thread": "lunch-1",
    "weight": 2.5,
    "source": "home",
}


def written(folder: Path, *rows: object) -> Path:
    path = folder / "labelled.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_row_becomes_the_document_serving_would_make_of_it(tmp_path: Path) -> None:
    (labelled,) = read_corpus(written(tmp_path, ROW))
    (example,) = examples([labelled])
    assert (labelled.id, labelled.source, labelled.origin) == ("t1", "home", Origin.CORPUS)
    assert example.document == document(message_from_fields(ROW))
    assert (example.label, example.weight, example.origin) == (True, 2.5, Origin.CORPUS)


def test_threads_of_two_corpora_are_never_taken_for_one(tmp_path: Path) -> None:
    own = next(examples(read_corpus(written(tmp_path, ROW | {"thread": "same"}))))
    assert own.thread_key == "corpus:same"


def test_rows_nobody_could_label_are_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, ROW | {"label": "skip"}, ROW | {"label": 0})
    assert [each.label for each in read_corpus(path)] == [False]


def test_a_row_without_a_thread_is_its_own_thread_as_mail_is(tmp_path: Path) -> None:
    row = {key: value for key, value in ROW.items() if key != "thread"}
    (labelled,) = read_corpus(written(tmp_path, row))
    assert labelled.thread_key == message_from_fields(row).thread_key


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"label": 2}, '"label"'),
        ({"label": None}, '"label"'),
        ({"label": True}, '"label"'),
        ({"label": []}, '"label"'),
        ({"weight": -1}, '"weight"'),
        ({"weight": "much"}, '"weight"'),
        ({"body": 7}, '"body"'),
    ],
)
def test_a_wrong_row_is_named_by_file_and_line(tmp_path: Path, fields: dict[str, object], said: str) -> None:
    with pytest.raises(UserError, match=r"labelled\.jsonl, line 2.*" + said):
        list(read_corpus(written(tmp_path, ROW, ROW | fields)))


def test_a_missing_corpus_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        list(read_corpus(tmp_path / "nowhere.jsonl"))


def test_every_row_of_the_starter_corpus_is_labelled_text_of_its_own() -> None:
    rows = list(read_rows())
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({(row["subject"], row["body"]) for row in rows}) == len(rows)
    assert {row["label"] for row in rows} == {0, 1}
    for row in rows:
        assert all(isinstance(row[field], str) for field in ("id", "from", "to", "date", "subject", "body", "thread"))
    assert [each.id for each in starter_corpus()] == [row["id"] for row in rows]
