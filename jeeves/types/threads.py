"""Where the get-together of a conversation stands.

Lives here: a thread's state and its history. Must not live here: the alert about it (``alerts``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from jeeves.types.mail import Message


class PlaceState(StrEnum):
    """Where the get-together of a thread stands."""

    NONE = "none"  # nobody wants to meet
    OPEN = "open"  # wanted, no place
    SETTLED = "settled"  # a place is named
    REMOTE = "remote"  # by video link or telephone
    OFF = "off"  # cancelled or declined
    PAST = "past"  # its date went by


class Cause(StrEnum):
    """What changed a thread's state."""

    MESSAGE = "message"
    OWNER = "owner"  # by their own word: a command, an answer by text message
    CLOCK = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The moment, or the day, a get-together is on."""

    day: date  # in the zone of whoever named it
    at: datetime | None = None  # aware UTC; None: the hour is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadState:
    """The row in ``threads``: one get-together after the other within one thread."""

    thread_key: str
    place_state: PlaceState = PlaceState.NONE
    proposal: int = 0  # how many get-togethers this thread has opened so far; part of the dedupe key
    place: str = ""  # as it was named, empty unless settled
    when: When | None = None  # None: nobody has said, or not clearly
    opened_at: datetime | None = None  # aware UTC; when the latest get-together was first found to lack a place
    as_of: datetime | None = None  # aware UTC; arrival of the message that changed the state last
    words: str = ""  # what that message says to this effect
    revision: int = 0  # how often the row was written: the store refuses one made from another revision

    @property
    def dedupe_key(self) -> str:
        """Name the latest get-together: at most one alert bears it."""
        return f"{self.thread_key}#{self.proposal}"

    @property
    def reminder_key(self) -> str:
        """Name the reminder of the latest get-together, likewise."""
        return f"{self.dedupe_key}!"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadChange:
    """One row of a thread's history."""

    state: ThreadState  # after the change; its revision means nothing here
    cause: Cause
    message_id: int | None  # of the message that did it; None for owner and clock
    changed_at: datetime  # aware UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenThread:
    """A get-together that still lacks a place, and the message that wants it."""

    state: ThreadState
    message_id: int  # of the message its alert speaks of, else of the one that opened it
    message: Message
    sentence: str  # of that message, the one that speaks most for meeting
    reminded: bool  # a reminder was written, whatever became of it
    refused: bool = False  # by the owner's own answer nobody wants to meet
    known_at: datetime | None = None  # aware UTC; when its alert went out, or will as things stand; None: neither
    account: str = ""  # the mailbox that message came to
