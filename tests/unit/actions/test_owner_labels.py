from __future__ import annotations

from dataclasses import replace

from jeeves.actions.owner_labels import learnable, owner_examples
from jeeves.types import Answer, History, LabelledMail, Origin
from tests.unit.records import message


def mail(label_id: int, answer: Answer, text: str) -> LabelledMail:
    return LabelledMail(
        id=label_id,
        message=message(text=text, message_key=f"m{label_id}", thread_key=f"t{label_id}"),
        answer=answer,
        label_id=label_id,
        first_label_id=label_id,
    )


def test_what_was_skipped_is_not_learned_from() -> None:
    found = learnable([mail(1, Answer.YES, "a"), mail(2, Answer.SKIP, "b"), mail(3, Answer.NO, "c")])

    assert [each.id for each in found.answers] == [1, 3]
    assert found.contradictions == 0


def test_of_opposite_answers_to_identical_text_the_latest_counts() -> None:
    found = learnable(
        [
            mail(4, Answer.NO, "Lunch on Friday?"),
            mail(1, Answer.YES, "Lunch on Friday?"),
            mail(2, Answer.NO, "Lunch on Friday?"),
            mail(3, Answer.YES, "Lunch on Sunday?"),
        ]
    )

    assert [each.id for each in found.answers] == [2, 3, 4]
    assert found.contradictions == 1


def test_identical_text_stays_identical_whatever_passed_before_it() -> None:
    first, second = mail(1, Answer.YES, "Lunch?"), mail(2, Answer.NO, "Lunch?")
    known = replace(second, message=replace(second.message, history=History(earlier=1)))

    found = learnable([first, known])

    assert ([each.id for each in found.answers], found.contradictions) == ([2], 1)


def test_a_skip_does_not_contradict() -> None:
    found = learnable([mail(1, Answer.YES, "Lunch?"), mail(2, Answer.SKIP, "Lunch?")])

    assert ([each.id for each in found.answers], found.contradictions) == ([1], 0)


def test_an_example_keeps_its_thread_apart_from_those_of_other_origins() -> None:
    yes, no = owner_examples([mail(1, Answer.YES, "Lunch?"), mail(2, Answer.NO, "Invoice")])

    assert (yes.label, no.label) == (True, False)
    assert (yes.thread_key, yes.origin, yes.weight) == ("owner:t1", Origin.OWNER, 1.0)
