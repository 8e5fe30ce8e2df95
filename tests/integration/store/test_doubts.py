from __future__ import annotations

from typing import TYPE_CHECKING

from jeeves.store.doubts import PostgresDoubts
from jeeves.store.labels import PostgresLabels
from jeeves.store.messages import PostgresMessages
from jeeves.types import Answer, LabelSource
from tests.integration.store.build import ACCOUNT, LATER, NOW, cursor, received

if TYPE_CHECKING:
    from sqlalchemy import Engine


def labelled(engine: Engine) -> dict[int, int]:
    """Store three messages, answer for each, and return their numbers with the numbers of the labels."""
    store, labels = PostgresMessages(engine), PostgresLabels(engine)
    store.store_batch(ACCOUNT, [received(uid) for uid in (1, 2, 3)], cursor(3), reset=False)
    for stored in store.unclassified(3):
        labels.add(stored.id, Answer.YES, LabelSource.CLI, now=NOW)
    return {mail.id: mail.label_id for mail in labels.answered()}


def test_doubts_of_one_training_take_the_place_of_those_before(engine: Engine) -> None:
    doubts, (first, second, third) = PostgresDoubts(engine), (numbers := labelled(engine))
    doubts.replace({numbers[first]: 0.25, numbers[second]: 1.0})

    doubts.replace({numbers[second]: 0.5, numbers[third]: 0.75, max(numbers.values()) + 1: 0.9})

    assert doubts.of_messages() == {second: 0.5, third: 0.75}
    doubts.replace({})
    assert doubts.of_messages() == {}


def test_an_answer_given_again_is_doubted_no_more(engine: Engine) -> None:
    doubts, (first, second, _third) = PostgresDoubts(engine), (numbers := labelled(engine))
    doubts.replace({numbers[first]: 0.75, numbers[second]: 0.75})

    PostgresLabels(engine).add(first, Answer.YES, LabelSource.GMAIL, now=LATER)

    assert doubts.of_messages() == {second: 0.75}
