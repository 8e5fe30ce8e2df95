"""Where the get-together of a thread stands, told from its messages one after the other.

Lives here: the pure step from one state to the next. Must not live here: the database, the classifier.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from jeeves.types import PlaceState

if TYPE_CHECKING:
    from jeeves.types import Message, Prediction, ThreadState

_READ_AT_MOST = 4_000  # characters: a place stands in the first lines or nowhere
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august"
_NOT_A_PLACE = rf"(?!(?i:{_DAY}|september|october|november|december|noon|midday|lunch|dinner|least|all|once)\b)"
_NAMED_PLACE = re.compile(
    rf"\b(?:at|in)\s(?:the\s)?{_NOT_A_PLACE}[A-Z][\w'&-]+"
    r"|\b(?:my|your|our)\s(?:place|office|house|flat|desk|home)\b"
    r"|\broom\s\w*\d"
    r"|\b\d+\s[A-Z]\w+\s(?i:street|st|road|rd|avenue|ave|lane|square)\b",
)


def names_place(message: Message) -> bool:
    """Tell whether the newest text, or the invite's LOCATION (RFC 5545, section 3.8.1.7), names a place."""
    if message.invite is not None and message.invite.location:
        return True
    return _NAMED_PLACE.search(message.text[:_READ_AT_MOST]) is not None


def advance(thread: ThreadState, message: Message, prediction: Prediction) -> ThreadState:
    """Return the thread's state after ``message``.

    A message that needs a place opens a get-together unless one is open already; a message that does not, but
    names a place, settles an open one. What comes after a settled one is a new proposal.
    """
    if prediction.needs_place:
        if thread.place_state is PlaceState.OPEN:
            return thread
        return replace(thread, place_state=PlaceState.OPEN, proposal=thread.proposal + 1)
    if thread.place_state is PlaceState.OPEN and names_place(message):
        return replace(thread, place_state=PlaceState.SETTLED)
    return thread
