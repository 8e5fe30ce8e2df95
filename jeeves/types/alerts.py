"""Whether to speak up, and when.

Lives here: the decision, and what the owner wants to be left alone with. Must not live here: the way of an alert to
its owner (``notifications``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class DailySpan:
    """Hours by the clock on the wall; they span midnight when ``end`` comes before ``start``."""

    start: time
    end: time  # never equal to start


@dataclass(frozen=True, slots=True, kw_only=True)
class Restraint:
    """When the owner wants to be left alone, and how often they are spoken to at most."""

    quiet_hours: DailySpan | None = None
    working_days: frozenset[int] = frozenset(range(7))  # Monday is 0; never empty; the others are quiet as a whole
    budget_per_day: int | None = None  # alerts within 24 hours; None: without limit
    budget_per_week: int | None = None  # within 7 days
    digest_at: time = time(18)  # when alerts beyond the budget are told


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose assistant this is, as far as alerts go."""

    address: str  # of the mailbox; their own messages raise no alert
    zone: tzinfo  # in which alerts tell the time
    max_age: timedelta  # older messages raise no alert
    channel: str  # where alerts go first
    restraint: Restraint = Restraint()
    other_addresses: frozenset[str] = frozenset()  # of their other mailboxes, lower case


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """The row in ``mutes``: either a sender or a thread raises no alert."""

    sender: str | None  # address, lower case; None: it is a thread
    message_id: int | None  # one of the thread's messages; None: it is a sender
    subject: str = ""  # of that message
    muted_at: datetime  # aware UTC
    until: datetime | None  # aware UTC; None: for good


class Held(StrEnum):
    """Why an alert had to wait."""

    NO = ""
    QUIET = "quiet"  # it was decided in quiet hours
    BUDGET = "budget"  # others were surer


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An alert that was decided lately, as far as the budget goes."""

    at: datetime  # aware UTC; when it was decided
    probability: float  # 0 .. 1; how sure the model was
    held: Held = Held.NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """The decision to speak up."""

    dedupe_key: str  # thread and proposal, never the model version
    reference: str  # short, unique, fit to be typed back: "k7"
    body: str  # plain text, one line, no control characters
    due_at: datetime | None = None  # aware UTC; None: at once
    held: Held = Held.NO  # why it waits until then; it is looked at again before it goes


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """The decision to stay silent, and why: a short code such as ``"too_old"``."""

    reason: str
