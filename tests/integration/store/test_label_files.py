from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jeeves.store.label_files import PostgresLabelFiles
from jeeves.store.labels import PostgresLabels
from jeeves.store.messages import PostgresMessages
from jeeves.types import Answer, FiledAnswer, FiledOutcome, LabelSource
from tests.integration.store.build import ACCOUNT, LATER, NOW, cursor, received

if TYPE_CHECKING:
    from sqlalchemy import Engine


@pytest.fixture
def numbers(engine: Engine) -> list[int]:
    """Store three messages and return their numbers."""
    store = PostgresMessages(engine)
    store.store_batch(ACCOUNT, [received(uid) for uid in (1, 2, 3)], cursor(3), reset=False)
    return [stored.id for stored in store.unclassified(3)]


def line(place: int, answer: Answer, *, key: str = "", number: int | None = None) -> FiledAnswer:
    return FiledAnswer(line=place, message_key=key, id=number, answer=answer)


def said(engine: Engine) -> dict[int, Answer]:
    return {mail.id: mail.answer for mail in PostgresLabels(engine).answered()}


def test_keys_and_numbers_lead_to_messages(engine: Engine, numbers: list[int]) -> None:
    answers = [line(1, Answer.YES, key="<2@example.org>", number=999), line(2, Answer.NO, number=numbers[2])]

    outcome = PostgresLabelFiles(engine).file(answers, now=NOW)

    assert outcome == FiledOutcome(messages=2, new=2)
    assert said(engine) == {numbers[1]: Answer.YES, numbers[2]: Answer.NO}


def test_what_is_known_already_is_not_said_again(engine: Engine, numbers: list[int]) -> None:
    labels = PostgresLabels(engine)
    labels.add(numbers[0], Answer.YES, LabelSource.CLI, now=NOW)
    labels.add(numbers[1], Answer.YES, LabelSource.CLI, now=NOW)
    before = labels.latest()

    outcome = PostgresLabelFiles(engine).file(
        [line(1, Answer.YES, number=numbers[0]), line(2, Answer.NO, number=numbers[1])], now=LATER
    )

    assert outcome == FiledOutcome(messages=2, new=1)
    assert labels.latest() == before + 1
    assert said(engine)[numbers[1]] is Answer.NO


@pytest.mark.parametrize("unknown", [{"key": "<nobody@example.org>"}, {"number": 999}])
def test_a_line_that_leads_nowhere_lets_nothing_in(
    engine: Engine, numbers: list[int], unknown: dict[str, object]
) -> None:
    answers = [line(1, Answer.YES, number=numbers[0]), line(7, Answer.NO, **unknown)]  # type: ignore[arg-type]  # either

    assert PostgresLabelFiles(engine).file(answers, now=NOW).unknown == 7

    assert said(engine) == {}


def test_a_key_and_a_number_that_contradict_each_other_let_nothing_in(engine: Engine, numbers: list[int]) -> None:
    answers = [line(1, Answer.YES, key="<1@example.org>"), line(2, Answer.NO, number=numbers[0])]

    assert PostgresLabelFiles(engine).file(answers, now=NOW).conflict == (1, 2)

    assert said(engine) == {}
