"""The owner says what a message is.

Lives here: the use case, by ports. Must not live here: SQL, what is learned from the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jeeves.errors import UserError

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.ports import LabelStore
    from jeeves.types import Answer, LabelSource


def label_message(store: LabelStore, message_id: int, answer: Answer, source: LabelSource, *, now: datetime) -> None:
    """Append the owner's answer for the message of that number. Raises UserError when there is no such message."""
    if not store.add(message_id, answer, source, now=now):
        raise UserError(
            f"There is no message {message_id}.",
            advice="Take the sign at the end of an alert, such as b2, or the number of a message.",
        )
