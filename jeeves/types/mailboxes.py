"""A folder on the mail server, and how far it is read.

Lives here: where a folder stands, what to ask it for, how its mail comes in. Must not live here: the messages in it
(``mail``), reading it back into the past (``past``), its labels (``labels``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderStatus:
    """What the server says of a folder right now."""

    folder: str
    uidvalidity: int
    uidnext: int  # the UID the next arrival will get at least
    exists: int  # messages in the folder


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxState:
    """How far a folder is synced: the row in ``mailboxes``."""

    account: str
    folder: str
    uidvalidity: int
    last_uid: int  # every UID up to this one is stored; 0 before the first sync
    last_synced_at: datetime | None = None  # aware UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPlan:
    """What to ask the server for next, decided by ``mail.sync.plan_fetch``."""

    folder: str
    uidvalidity: int
    first_uid: int  # ask for UIDs from here on ...
    last_uid: int  # ... up to here, inclusive; first_uid > last_uid means nothing to do
    reset: bool  # UIDVALIDITY changed or first sync: stored locations of the folder are void

    @property
    def is_empty(self) -> bool:
        """True when nothing new can be on the server."""
        return self.first_uid > self.last_uid


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """How mail came in lately: the habit of a mailbox."""

    last: datetime  # aware UTC; the latest arrival
    first: datetime  # aware UTC; the first one looked at
    count: int  # of messages from ``first`` to ``last``
    longest_gap: timedelta  # between two of them, one after the other


class Waited(StrEnum):
    """What waiting for the mail server's word came to."""

    ARRIVED = "arrived"  # it told of new mail
    QUIET = "quiet"  # the time is over, nothing new, and the server is alive
    LOST_TRACK = "lost_track"  # the folder has to be looked at as a whole first
    REFUSED = "refused"  # the server cannot tell by itself, or does not want to now
