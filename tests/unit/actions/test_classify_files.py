from __future__ import annotations

from typing import TYPE_CHECKING

from jeeves.actions import classify_files
from jeeves.actions.classify_files import BATCH, Classified
from jeeves.mail.archive import ArchiveItem, Unreadable
from jeeves.mail.parse import message_from_fields
from jeeves.types import Prediction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jeeves.types import Message

UNREADABLE = Unreadable(path="-", position="line 2 (offset 9)", reason="is not JSON (column 1)")


class LengthClassifier:
    """A model that scores a message by the length of its text, and notes how many it is asked for at once."""

    version = "length"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def predict(self, messages: Sequence[Message]) -> list[Prediction]:
        self.batches.append(len(messages))
        return [
            Prediction(probability=1 / (1 + len(message.text)), needs_place=False, model_version=self.version)
            for message in messages
        ]


def item(number: int, text: str = "") -> ArchiveItem:
    message = message_from_fields({"id": number, "body": text or "x" * number})
    return ArchiveItem(id=number, message=message, path="-", position="")


def test_each_message_gets_its_own_score_in_order_around_what_cannot_be_read() -> None:
    outcomes = list(classify_files.classify_files(LengthClassifier(), [item(1), UNREADABLE, item(3), item(2)]))

    found = [(each.item.id, each.prediction.probability) for each in outcomes if isinstance(each, Classified)]
    assert found == [(1, 1 / 2), (3, 1 / 4), (2, 1 / 3)]
    assert outcomes[1] == UNREADABLE


def test_the_model_is_asked_for_whole_batches() -> None:
    classifier = LengthClassifier()

    assert len(list(classify_files.classify_files(classifier, map(item, range(BATCH + 1))))) == BATCH + 1

    assert classifier.batches == [BATCH, 1]


def test_the_model_is_not_asked_for_nothing() -> None:
    classifier = LengthClassifier()

    assert list(classify_files.classify_files(classifier, [UNREADABLE])) == [UNREADABLE]

    assert classifier.batches == []


def test_large_messages_make_smaller_batches() -> None:
    classifier = LengthClassifier()
    large = item(1, "word " * (classify_files.BATCH_CHARACTERS // 5))

    list(classify_files.classify_files(classifier, [large, large]))

    assert sum(classifier.batches) == 2
    assert max(classifier.batches) < BATCH


def test_no_more_than_a_batch_is_read_ahead() -> None:
    taken = 0

    def endless() -> Iterator[ArchiveItem]:
        nonlocal taken
        while True:
            taken += 1
            yield item(taken % 7 + 1)

    next(classify_files.classify_files(LengthClassifier(), endless()))

    assert taken == BATCH
