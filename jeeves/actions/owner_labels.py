"""From the owner's answers to training examples.

Lives here: what is left out and why. Must not live here: the database, training.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jeeves.actions.corpora import LabelledMessage
from jeeves.ml.features import document
from jeeves.types import Answer, Example, History, Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jeeves.types import LabelledMail


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnable:
    """The answers a model can learn from."""

    answers: tuple[LabelledMail, ...]  # yes and no only, by label id
    contradictions: int  # answers left out because a later one says the opposite of the very same text


def learnable(answered: Sequence[LabelledMail]) -> Learnable:
    """Leave out what the owner skipped, and of opposite answers to identical text all but the latest."""
    decided = sorted((mail for mail in answered if mail.answer is not Answer.SKIP), key=lambda mail: mail.label_id)
    latest = {_written(mail): mail.answer for mail in decided}
    agreeing = tuple(mail for mail in decided if latest[_written(mail)] is mail.answer)
    return Learnable(answers=agreeing, contradictions=len(decided) - len(agreeing))


def _written(mail: LabelledMail) -> str:
    """Return what is the same of identical text, whatever passed before it."""
    return document(replace(mail.message, history=History()))


def owner_corpus(answered: Sequence[LabelledMail]) -> Iterator[LabelledMessage]:
    """Yield what the owner answered yes or no for as labelled messages, for figures."""
    for mail in learnable(answered).answers:
        yield LabelledMessage(
            id=str(mail.id),
            message=mail.message,
            label=mail.answer is Answer.YES,
            thread_key=mail.message.thread_key,
            source=mail.message.ref.mailbox if mail.message.ref else "",
            origin=Origin.OWNER,
        )


def owner_examples(answers: Iterable[LabelledMail]) -> list[Example]:
    """Return each answered message as what a model learns from."""
    return [
        Example(
            document=document(mail.message),
            label=mail.answer is Answer.YES,
            thread_key=f"{Origin.OWNER}:{mail.message.thread_key}",
            origin=Origin.OWNER,
        )
        for mail in answers
    ]
