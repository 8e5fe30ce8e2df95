"""What the owner texts back.

Lives here: where the texts come from, and where what became of them is kept. Must not live here: answers given any
other way (``labels``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from jeeves.types import Inbound, ReplyPlan, Told


class ReplySource(Protocol):
    """The owner's text messages at the provider."""

    def received_since(self, moment: datetime) -> list[Inbound]:
        """Return the texts that came in at ``moment`` or later, the oldest first.

        Raises NotifierUnavailable, NotificationRejected.
        """
        ...


class ReplyStore(Protocol):
    """What the owner texted back."""

    def last_told_at(self) -> datetime | None:
        """Return when an alert last went out by text message; None when none ever did."""
        ...

    def told(self, since: datetime) -> list[Told]:
        """Return what was told since then, one entry a message, the latest told last."""
        ...

    def unseen(self, sids: Collection[str]) -> set[str]:
        """Return those names of texts that were not dealt with yet."""
        ...

    def ignore(self, inbound: Inbound, *, now: datetime) -> None:
        """Remember a stranger's text, without what it says."""
        ...

    def apply(self, inbound: Inbound, plan: ReplyPlan, *, now: datetime) -> bool:
        """Do what ``plan`` says in one transaction; False, changing nothing, when that was done before."""
        ...
