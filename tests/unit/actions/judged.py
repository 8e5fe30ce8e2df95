"""A labelled mailbox of numbers: each message's text is the probability the classifier answers with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jeeves.actions.corpora import LabelledMessage
from jeeves.types import Origin, Prediction
from tests.unit.ml.examples import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jeeves.types import Message

THRESHOLD = 0.5


class Reader:
    """A classifier that takes the probability from the text."""

    version = "reader-1"

    def predict(self, messages: Sequence[Message]) -> list[Prediction]:
        return [
            Prediction(
                probability=float(each.text), needs_place=float(each.text) >= THRESHOLD, model_version=self.version
            )
            for each in messages
        ]


def labelled(  # noqa: PLR0913 - every field but the first two has a default
    probability: float,
    label: int,
    *,
    id: str = "m",  # noqa: A002 - the field's name
    thread: str = "",
    weight: float = 1.0,
    source: str = "",
    sender: str = "ann@example.org",
) -> LabelledMessage:
    return LabelledMessage(
        id=id,
        message=message(str(probability), sender=sender),
        label=bool(label),
        thread_key=thread or id,
        weight=weight,
        source=source,
        origin=Origin.CORPUS,
    )
