"""Where mail, what was decided on it, and its threads are kept.

Lives here: the stores the way of a message passes, and those for mail of the past. Must not live here: where alerts
wait (``notifications``), what the owner says (``labels``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from jeeves.types import (
        Alert,
        ArchivedMessage,
        Cause,
        FetchPlan,
        Filed,
        FolderContents,
        MailboxState,
        Message,
        OpenThread,
        Prediction,
        RawMessage,
        StoredMessage,
        Suppressed,
        ThreadState,
    )


class MessageStore(Protocol):
    """Mailboxes, messages, predictions and threads."""

    def mailbox(self, account: str, folder: str) -> MailboxState | None:
        """Return how far a folder is synced, or None before its first sync."""
        ...

    def store_batch(
        self, account: str, batch: Sequence[tuple[RawMessage, Message]], cursor: MailboxState, *, reset: bool
    ) -> int:
        """T1: store the messages, their locations and the cursor in one transaction; return how many were new.

        ``reset`` first deletes the folder's stored locations (UIDVALIDITY changed). Without it the cursor never moves
        back within one UIDVALIDITY: of two that read a folder, the slower one must not undo what the other did.
        """
        ...

    def stored_uids(self, account: str, plan: FetchPlan) -> list[int]:
        """Return the UIDs within the plan's range, of its folder and UIDVALIDITY, under which messages are stored."""
        ...

    def unclassified(self, limit: int) -> list[StoredMessage]:
        """Return up to ``limit`` messages nobody has decided on yet, oldest arrival first."""
        ...

    def thread(self, thread_key: str) -> ThreadState:
        """Return a thread's state; a fresh one when it is unknown."""
        ...

    def record_decision(  # noqa: PLR0913 - one transaction, each part named
        self,
        stored: StoredMessage,
        prediction: Prediction,
        thread: ThreadState,
        decision: Alert | Suppressed,
        *,
        channel: str,
        expires_at: datetime,
        now: datetime,
    ) -> bool:
        """T2: prediction, thread state and outbox row in one transaction.

        Returns False, changing nothing, when the message was decided before, or joined another thread since it was
        handed out, or ``thread`` was made from a state that no longer holds: it is then unclassified still. The
        outbox row goes to ``channel`` and only if its dedupe key is new. Where the get-together is no longer open,
        the alert that waits for it is withdrawn.
        """
        ...


class ThreadStore(Protocol):
    """Where threads stand, beside what messages make of them."""

    def settle_thread(self, thread_key: str, place: str, now: datetime) -> bool:
        """Take the owner's word that a thread's get-together is at ``place``, and withdraw its pending alert.

        Returns False, changing nothing, when no get-together of the thread was ever open.
        """
        ...

    def open_threads(self, *, until: date | None = None) -> list[OpenThread]:
        """Return every get-together that lacks a place, the one open longest first.

        ``until``: only those whose day is known and not after it.
        """
        ...

    def change(self, state: ThreadState, cause: Cause, now: datetime) -> bool:
        """Write a new state; False, changing nothing, when another was written since it was read."""
        ...

    def remind(self, opened: OpenThread, reminder: Alert, *, channel: str, expires_at: datetime, now: datetime) -> bool:
        """Queue ``reminder`` unless the thread has changed since it was read, or was reminded of before."""
        ...

    def withdraw_stale(self) -> int:
        """Withdraw alerts that wait although their get-together is no longer open; return how many."""
        ...


class Archive(Protocol):
    """Where mail of the past goes: beside what the daemon stores, under the same identity, without an alert."""

    def add(self, account: str, batch: Sequence[ArchivedMessage], *, silent_before: datetime, now: datetime) -> Filed:
        """Store what is new in one transaction.

        A new message received before ``silent_before``, or in the future, counts as decided at ``now``: it is never
        alerted. Another one is left to the daemon. A message known already stays as it is. An answer is appended
        unless it is what an import last said of that message.
        """
        ...


class Backfills(Protocol):
    """How far the past is stored, and what it cost."""

    def places(self, account: str, folder: str, uidvalidity: int) -> set[int]:
        """Return the UIDs of a folder whose messages are stored."""
        ...

    def traffic(self, account: str, day: date) -> int:
        """Return how many bytes backfills took on a day (UTC)."""
        ...

    def keep(
        self,
        account: str,
        contents: FolderContents,
        batch: Sequence[ArchivedMessage],
        *,
        size: int,
        silent_before: datetime,
        now: datetime,
    ) -> Filed:
        """Store messages as ``Archive.add`` does, their places and ``size`` bytes of traffic in one transaction."""
        ...
