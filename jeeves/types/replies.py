"""What the owner texts back.

Lives here: a text that came in, what it may be about, and what to do about it. Must not live here: the answer it gives
as a label (``labels``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.types.labels import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A text message that came in."""

    sid: str  # the provider's name for it
    text: str = field(repr=False)  # as it was written: anybody may have written it
    from_owner: bool
    received_at: datetime  # aware UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An alert that reached the owner, by itself or within a digest."""

    message_id: int
    thread_key: str
    reference: str
    body: str
    told_at: datetime  # aware UTC; when it was sent last
    open: bool  # its get-together still needs a place
    answered: bool  # the owner has said something of it before


class ReplyOutcome(StrEnum):
    """What became of a text message that came in."""

    APPLIED = "applied"
    UNCLEAR = "unclear"  # nothing was done; the owner is told so
    STRANGER = "stranger"  # somebody else wrote it: ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyPlan:
    """What to do about a text message of the owner's: either a ``complaint``, or something about an alert."""

    about: Told | None = None
    answer: Answer | None = None  # None: there is nothing to label
    mutes: bool = False  # the thread raises no more alerts
    place: str = ""  # where the get-together is; empty: nobody said
    complaint: str = ""  # what to text back
