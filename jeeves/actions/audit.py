"""Proving that nothing is missing: the server's list of each folder against ours, and fetching what we lack.

Lives here: the use case and its pure plan, by ports. Must not live here: IMAP, SQL, how the report is printed.

The server is only read. What is gone from it stays stored: a folder that looks empty for a moment must not cost mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jeeves.actions.ingest import sync_folder
from jeeves.mail.parse import parse
from jeeves.types import FetchPlan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jeeves.ports import Clock, MailSource, MessageStore
    from jeeves.types import FolderStatus, MailboxState, RawMessage

_UIDS_AT_A_TIME = 20_000  # bounds memory: two lists of so many numbers
# Gmail lets its users show only so many messages of a folder to IMAP (Settings, Forwarding and POP/IMAP).
_GMAIL_LIMITS = frozenset({1_000, 2_000, 5_000, 10_000})


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderAudit:
    """What the comparison of one folder found; numbers of messages."""

    folder: str
    on_server: int
    new: int  # had not been read yet: a sync comes before the comparison
    stored: int  # of those on the server, before any repair
    missing: int  # on the server, below the cursor, not stored
    repaired: int  # of the missing; the rest was expunged before it could be fetched
    gone: int  # stored under a place that the server no longer has
    maybe_capped: bool  # the server shows exactly as many as one of Gmail's limits for IMAP


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What the audit of a mailbox found."""

    folders: tuple[FolderAudit, ...]

    @property
    def is_complete(self) -> bool:
        """True when nothing was missing."""
        return not any(folder.missing for folder in self.folders)


def audit(source: MailSource, store: MessageStore, account: str, folders: Sequence[str], clock: Clock) -> AuditReport:
    """Compare every folder with the server, message by message, and store what is missing.

    Safe beside a running daemon: the cursor never moves back. Raises what the source and the store raise; what was
    repaired until then stays.
    """
    return AuditReport(folders=tuple(_audit_folder(source, store, account, folder, clock) for folder in folders))


def plan_audit(
    state: MailboxState | None, status: FolderStatus, *, uids_at_a_time: int = _UIDS_AT_A_TIME
) -> Iterator[FetchPlan]:
    """Yield the ranges of UIDs to compare, together all up to the cursor, each with about ``uids_at_a_time`` in it.

    ``state`` is how far the folder is synced (None: not at all), ``status`` what the server says of it; beyond the
    cursor nothing is missing yet.
    """
    if state is None:
        return
    last = min(state.last_uid, status.uidnext - 1)
    width = -(-last // max(1, -(-status.exists // uids_at_a_time)))
    for first in range(1, last + 1, max(1, width)):
        yield FetchPlan(
            folder=state.folder,
            uidvalidity=state.uidvalidity,
            first_uid=first,
            last_uid=min(first + width - 1, last),
            reset=False,
        )


def _audit_folder(source: MailSource, store: MessageStore, account: str, folder: str, clock: Clock) -> FolderAudit:
    new = sync_folder(source, store, account, folder, clock)
    status, state = source.status(folder), store.mailbox(account, folder)
    on_server = stored = gone = missing = repaired = 0
    for plan in plan_audit(state, status):
        theirs, ours = set(source.uids(plan)), set(store.stored_uids(account, plan))
        lacking = sorted(theirs - ours)
        on_server += len(theirs)
        stored += len(theirs & ours)
        gone += len(ours - theirs)
        missing += len(lacking)
        if lacking and state is not None:
            repaired += _repair(source.fetch(plan, lacking), store, account, state)
    return FolderAudit(
        folder=folder,
        on_server=on_server,
        new=new,
        stored=stored,
        missing=missing,
        repaired=repaired,
        gone=gone,
        maybe_capped=status.exists in _GMAIL_LIMITS,
    )


def _repair(raws: Iterable[RawMessage], store: MessageStore, account: str, state: MailboxState) -> int:
    """Store messages one by one, as they are few or something was badly wrong; return how many there were."""
    repaired = 0
    for raw in raws:
        store.store_batch(account, [(raw, parse(raw))], state, reset=False)
        repaired += 1
    return repaired
