"""From the owner's answers to training examples.

Lives here: what is left out and why. Must not live here: the database, training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jeeves.ml.features import document
from jeeves.types import Answer, Example, Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jeeves.types import LabelledMail


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnable:
    """The answers a model can learn from."""

    answers: tuple[LabelledMail, ...]  # yes and no only, by label id
    contradictions: int  # answers left out because a later one says the opposite of the very same text


def learnable(answered: Sequence[LabelledMail]) -> Learnable:
    """Leave out what the owner skipped, and of opposite answers to identical text all but the latest."""
    decided = sorted((mail for mail in answered if mail.answer is not Answer.SKIP), key=lambda mail: mail.label_id)
    latest = {document(mail.message): mail.answer for mail in decided}
    agreeing = tuple(mail for mail in decided if latest[document(mail.message)] is mail.answer)
    return Learnable(answers=agreeing, contradictions=len(decided) - len(agreeing))


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
