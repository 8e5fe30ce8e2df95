from __future__ import annotations

from jeeves.actions.train_starter import labelled_examples
from jeeves.mail.parse import message_from_fields
from jeeves.ml.features import document
from jeeves.ml.starter_corpus import read_rows

ROW: dict[str, object] = {
    "id": "t1",
    "from": "Ann <ann@example.org>",
    "to": "me@example.com",
    "subject": "Lunch?",
    "body": "Tuesday?",
    "label": 1,
    "thread": "lunch-1",
}


def test_a_row_becomes_the_document_serving_would_make_of_it() -> None:
    (example,) = labelled_examples([ROW])
    assert example.document == document(message_from_fields(ROW))
    assert example.label is True
    assert example.thread_key == "lunch-1"


def test_rows_nobody_could_label_are_passed_over() -> None:
    assert [example.label for example in labelled_examples([ROW | {"label": "skip"}, ROW | {"label": 0}])] == [False]


def test_every_row_of_the_starter_corpus_is_labelled_text_of_its_own() -> None:
    rows = list(read_rows())
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({(row["subject"], row["body"]) for row in rows}) == len(rows)
    assert {row["label"] for row in rows} == {0, 1}
    for row in rows:
        assert all(isinstance(row[field], str) for field in ("id", "from", "to", "date", "subject", "body", "thread"))
