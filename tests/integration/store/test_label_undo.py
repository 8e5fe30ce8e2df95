"""Answers taken back: in any depth, across processes, and never one of another source."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import IntegrityError

from jeeves.store.labels import PostgresLabels, read_history
from jeeves.store.messages import PostgresMessages
from jeeves.types import Answer, LabelSource
from tests.integration.store.build import ACCOUNT, LATER, NOW, cursor, received
from tests.postgres import execute

if TYPE_CHECKING:
    from sqlalchemy import Engine


@pytest.fixture
def numbers(engine: Engine) -> list[int]:
    """Store three messages and return their numbers."""
    store = PostgresMessages(engine)
    store.store_batch(ACCOUNT, [received(uid) for uid in (1, 2, 3)], cursor(3), reset=False)
    return [stored.id for stored in store.unclassified(3)]


def said(engine: Engine) -> dict[int, Answer]:
    return {mail.id: mail.answer for mail in PostgresLabels(engine).answered()}


def test_answers_are_taken_back_in_reverse_order_down_to_none(engine: Engine, numbers: list[int]) -> None:
    labels = PostgresLabels(engine)
    first, second, _ = numbers
    for number, answer in ((first, Answer.YES), (second, Answer.NO), (first, Answer.NO)):
        labels.add(number, answer, LabelSource.CLI, now=NOW)

    assert labels.undo(now=LATER) == first
    assert said(engine) == {first: Answer.YES, second: Answer.NO}
    assert PostgresLabels(engine).undo(now=LATER) == second  # a new session knows what the old one said
    assert labels.undo(now=LATER) == first
    assert said(engine) == {}
    assert labels.undo(now=LATER) is None


def test_an_answer_after_taking_back_is_taken_back_first(engine: Engine, numbers: list[int]) -> None:
    labels = PostgresLabels(engine)
    first, second, third = numbers
    labels.add(first, Answer.YES, LabelSource.CLI, now=NOW)
    labels.add(second, Answer.YES, LabelSource.CLI, now=NOW)
    labels.undo(now=NOW)
    labels.add(third, Answer.NO, LabelSource.CLI, now=LATER)

    assert [labels.undo(now=LATER) for _ in range(3)] == [third, first, None]


def test_what_came_in_elsewhere_stays_and_counts_again(engine: Engine, numbers: list[int]) -> None:
    labels = PostgresLabels(engine)
    labels.add(numbers[0], Answer.YES, LabelSource.GMAIL, now=NOW)
    labels.add(numbers[0], Answer.NO, LabelSource.CLI, now=NOW)

    assert labels.undo(now=LATER) == numbers[0]

    assert said(engine) == {numbers[0]: Answer.YES}
    assert labels.undo(now=LATER) is None


def test_history_is_kept_and_says_what_counts(engine: Engine, numbers: list[int]) -> None:
    labels = PostgresLabels(engine)
    labels.add(numbers[0], Answer.YES, LabelSource.IMPORT, now=NOW)
    labels.add(numbers[0], Answer.NO, LabelSource.CLI, now=NOW)
    labels.undo(now=LATER)

    with engine.connect() as connection:
        history = read_history(connection, numbers[0])

    assert [(each.answer, each.source, each.stands, each.counts) for each in history] == [
        (Answer.YES, LabelSource.IMPORT, True, True),
        (Answer.NO, LabelSource.CLI, False, False),
        (Answer.YES, LabelSource.CLI, False, False),
    ]
    assert history[2].takes_back == history[1].id


def test_counts_leave_out_what_was_skipped_or_taken_back(engine: Engine, numbers: list[int]) -> None:
    labels = PostgresLabels(engine)
    for number, answer in zip(numbers, (Answer.YES, Answer.NO, Answer.SKIP), strict=True):
        labels.add(number, answer, LabelSource.CLI, now=NOW)
    counts = labels.counts()
    assert (counts.labelled, counts.positives) == (2, 1)

    for _ in numbers:
        labels.undo(now=LATER)

    assert labels.counts().labelled == 0
    assert labels.since(0) == (0, None)


def test_two_that_take_back_at_once_take_back_two_answers(engine: Engine, numbers: list[int]) -> None:
    labels = PostgresLabels(engine)
    for number in numbers:
        labels.add(number, Answer.YES, LabelSource.CLI, now=NOW)
    taken: list[int | None] = []
    threads = [threading.Thread(target=lambda: taken.append(labels.undo(now=LATER))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(number for number in taken if number) == numbers


def test_no_answer_is_taken_back_twice(engine: Engine, numbers: list[int], database_url: str) -> None:
    labels = PostgresLabels(engine)
    labels.add(numbers[0], Answer.YES, LabelSource.CLI, now=NOW)
    labels.undo(now=LATER)

    with pytest.raises(IntegrityError):
        execute(
            database_url,
            "insert into labels (message_id, value, source, labelled_at, takes_back)"
            " select message_id, 'skip', 'cli', labelled_at, takes_back from labels where takes_back is not null",
        )
