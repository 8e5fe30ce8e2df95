from __future__ import annotations

import json

import pytest

from jeeves.actions.label_files import import_answers, read_answers, written
from jeeves.errors import UserError
from jeeves.types import Answer, FiledAnswer, FiledOutcome, LabelledMail, Person
from tests.unit.records import NOON, message


def mail(number: int, answer: Answer, **changes: object) -> LabelledMail:
    return LabelledMail(id=number, message=message(**changes), answer=answer, label_id=number, first_label_id=number)


def test_what_is_written_is_read_back() -> None:
    answered = [mail(1, Answer.YES), mail(2, Answer.NO, message_key="k2"), mail(3, Answer.SKIP, message_key="k3")]

    for with_text in (False, True):
        lines = [line.encode("ascii") + b"\n" for line in written(answered, with_text=with_text)]
        read = read_answers(lines, "kept.jsonl")

        assert [(each.message_key, each.answer) for each in read] == [
            ("<m1@example.org>", Answer.YES),
            ("k2", Answer.NO),
            ("k3", Answer.SKIP),
        ]
        assert [each.line for each in read] == [1, 2, 3]


def test_mail_is_written_on_request_only() -> None:
    secret = mail(1, Answer.YES, text="the secret", sender=Person(name='O"Hara', address="o@example.org"))

    assert "secret" not in next(written([secret], with_text=False))
    row = json.loads(next(written([secret], with_text=True)))
    assert (row["body"], row["from"]) == ("the secret", '"OHara" <o@example.org>')


def test_a_number_counts_only_without_a_key() -> None:
    read = read_answers([b'{"id": 7, "label": "yes"}', b"\n", b'{"id": 7, "message_key": "k", "label": 0}'], "x")

    assert read == [
        FiledAnswer(line=1, message_key="", id=7, answer=Answer.YES),
        FiledAnswer(line=3, message_key="k", id=None, answer=Answer.NO),
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"id": 1, "label": 1}\n{"id": 2, "label": 1}\n{"id": 1, "label": 0}\n', "x, lines 1 and 3, say different"),
        ('{"id": 1, "label": 1}\n{"id": 2, "label": "perhaps"}\n', 'x, line 2, has no "label" that is 1, 0 or "skip".'),
        ('{"id": 1, "label": true}\n', 'line 1, has no "label"'),
        ('{"id": 1, "label": [1]}\n', 'line 1, has no "label"'),
        ('{"id": true, "label": 1}\n', 'line 1, has neither a "message_key" nor an "id"'),
        ('{"id": 9223372036854775808, "label": 1}\n', "line 1, has neither"),
        ('{"id": 0, "label": 1}\n', "line 1, has neither"),
        ('{"message_key": 5, "label": 1}\n', 'line 1, has a "message_key" that is not text'),
        ('{"id": 1, "label": 1}\n[1, 1]\n', "line 2, is not a JSON object"),
        ("From nobody Mon Jan 1\nSubject: no labels\n", "line 1, is not JSON"),
        ("[" * 100_000, "line 1, is not JSON"),
        ('{"id": ' + "9" * 10_000 + ', "label": 1}', "line 1, is not JSON"),
        ("\n\n", "x holds no answers"),
    ],
)
def test_a_wrong_file_is_one_clear_error(content: str, told: str) -> None:
    with pytest.raises(UserError) as refused:
        read_answers(content.encode().splitlines(keepends=True), "x")

    assert told in refused.value.message
    assert "Nothing was changed." in refused.value.advice


def test_bytes_that_are_no_text_are_one_clear_error() -> None:
    with pytest.raises(UserError, match="line 1, is not JSON"):
        read_answers([b"\xff\xfe\x00\x01"], "x")


class Refusing:
    def __init__(self, outcome: FiledOutcome) -> None:
        self.outcome = outcome

    def file(self, answers: object, *, now: object) -> FiledOutcome:
        assert answers
        assert now == NOON
        return self.outcome


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (FiledOutcome(unknown=3), "x, line 3, names a message that is not stored here"),
        (FiledOutcome(conflict=(1, 2)), "x, lines 1 and 2, say different things of one message"),
    ],
)
def test_what_the_store_refuses_is_told_by_line(outcome: FiledOutcome, told: str) -> None:
    answers = read_answers([b'{"id": 7, "label": "yes"}'], "x")

    with pytest.raises(UserError, match=told):
        import_answers(Refusing(outcome), answers, "x", now=NOON)
