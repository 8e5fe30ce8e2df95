"""What a mailbox label says as an answer of the owner: pure.

Lives here: the reading of label names. Must not live here: where labels come from, what is learned from answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jeeves.types import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable


def training_answer(labels: Iterable[str], name: str) -> Answer | None:
    """Return the answer among ``labels``, with ``name`` as the training label; None when there is none.

    "Jeeves/Yes", "Jeeves/No" and "Jeeves/Skip" say it outright, "Jeeves" alone says yes; upper or lower case is all
    the same, as it is to Gmail. Labels that contradict each other say nothing.
    """
    folded = {label.casefold() for label in labels}
    outright = [answer for answer in Answer if f"{name}/{answer.value}".casefold() in folded]
    if outright:
        return outright[0] if len(outright) == 1 else None
    return Answer.YES if name.casefold() in folded else None
