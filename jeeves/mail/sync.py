"""Deciding what to ask the mail server for next: from what we hold and what the server says, to a plan.

Lives here: the synchronisation rules of RFC 9051, section 2.3.1.1, as pure functions. Must not live here: any
conversation with a server (``mail.imap``), any storing (``store``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jeeves.types import FetchPlan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jeeves.types import FolderStatus, MailboxState


def plan_fetch(state: MailboxState | None, status: FolderStatus) -> FetchPlan:
    """Decide which UIDs of a folder are still missing here.

    ``state`` is how far we got (None before the first sync), ``status`` what the server says now; its ``uidnext`` is
    always known (``mail.imap`` finds it out where a server leaves it out).

    The plan starts over (``reset``) when UIDVALIDITY changed, and also when UIDNEXT fell behind a UID we hold:
    that must not happen (RFC 9051, section 2.3.1.1), but a mailbox restored from a backup does it, and starting
    over costs time where going on would lose mail. The range is closed at both ends, so the rule that ``n:*``
    always names the last message (RFC 9051, section 9, seq-range) cannot bring one back.
    """
    continues = state is not None and state.uidvalidity == status.uidvalidity and state.last_uid < status.uidnext
    return FetchPlan(
        folder=status.folder,
        uidvalidity=status.uidvalidity,
        first_uid=state.last_uid + 1 if state is not None and continues else 1,
        last_uid=status.uidnext - 1,
        reset=not continues,
    )


def batches(sizes: Iterable[tuple[int, int]], *, max_messages: int, max_bytes: int) -> Iterator[list[int]]:
    """Split messages, given as (UID, size in bytes), into runs fit for one FETCH each, keeping their order.

    A run holds at most ``max_messages`` and, unless it is a single message, at most ``max_bytes``: what one
    FETCH brings is in memory at once, and the machine may be a small one.
    """
    batch: list[int] = []
    total = 0
    for uid, size in sizes:
        if batch and (len(batch) == max_messages or total + size > max_bytes):
            yield batch
            batch, total = [], 0
        batch.append(uid)
        total += size
    if batch:
        yield batch
