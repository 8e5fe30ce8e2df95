from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jeeves.store.labels import PostgresLabels
from jeeves.store.messages import PostgresMessages
from jeeves.types import Answer, LabelSource
from tests.integration.store.build import ACCOUNT, LATER, NOW, SECOND, cursor, received

if TYPE_CHECKING:
    from sqlalchemy import Engine


@pytest.fixture
def numbers(engine: Engine) -> list[int]:
    """Store three messages and return their numbers."""
    store = PostgresMessages(engine)
    store.store_batch(ACCOUNT, [received(uid) for uid in (1, 2, 3)], cursor(3), reset=False)
    return [stored.id for stored in store.unclassified(3)]


def test_an_answer_comes_back_with_its_message(engine: Engine, numbers: list[int]) -> None:
    labels = PostgresLabels(engine)

    assert labels.add(numbers[1], Answer.YES, LabelSource.CLI, now=NOW)

    [mail] = labels.answered()
    assert (mail.id, mail.answer, mail.message.message_key) == (numbers[1], Answer.YES, "<2@example.org>")
    assert mail.label_id == mail.first_label_id


def test_the_latest_answer_counts_and_the_first_is_remembered(engine: Engine, numbers: list[int]) -> None:
    labels = PostgresLabels(engine)
    for number, answer in ((numbers[0], Answer.YES), (numbers[1], Answer.NO), (numbers[0], Answer.SKIP)):
        labels.add(number, answer, LabelSource.CLI, now=NOW)

    other, again = labels.answered()

    assert (other.id, other.answer) == (numbers[1], Answer.NO)
    assert (again.id, again.answer) == (numbers[0], Answer.SKIP)
    assert again.first_label_id < other.label_id < again.label_id


def test_an_answer_of_the_owner_outranks_a_later_imported_one(engine: Engine, numbers: list[int]) -> None:
    labels = PostgresLabels(engine)
    labels.add(numbers[0], Answer.YES, LabelSource.SMS, now=NOW)
    labels.add(numbers[0], Answer.NO, LabelSource.IMPORT, now=LATER)

    [mail] = labels.answered()

    assert mail.answer is Answer.YES


def test_a_message_that_does_not_exist_takes_no_answer(engine: Engine, numbers: list[int]) -> None:
    labels = PostgresLabels(engine)

    assert not labels.add(max(numbers) + 1, Answer.YES, LabelSource.CLI, now=NOW)

    assert labels.answered() == []


def test_new_labels_are_counted_by_message_without_the_skipped(engine: Engine, numbers: list[int]) -> None:
    labels = PostgresLabels(engine)
    assert labels.since(0) == (0, None)
    for number, answer in zip([numbers[0], *numbers], [Answer.YES, Answer.NO, Answer.YES, Answer.SKIP], strict=True):
        labels.add(number, answer, LabelSource.CLI, now=NOW + number * SECOND)
    first = labels.answered()[0].first_label_id

    assert labels.since(0) == (2, NOW + numbers[0] * SECOND)
    assert labels.since(first + 1)[0] == 1
