"""From the server's folder into the store: fetch what is new, parse it, store it with the cursor (T1).

Lives here: the use case, by ports and pure code. Must not live here: IMAP, SQL, what a message means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from jeeves.mail.parse import parse
from jeeves.mail.sync import plan_fetch
from jeeves.types import MailboxState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jeeves.ports import Clock, MailSource, MessageStore
    from jeeves.types import Message, RawMessage

_MESSAGES_PER_BATCH = 200
_BYTES_PER_BATCH = 16 * 2**20  # bounds memory while large messages come in


class Progress(Protocol):
    """Told after each batch how far a folder is."""

    def __call__(self, folder: str, done: int, total: int) -> None:
        """``done`` of ``total`` messages of this pass are stored."""
        ...


def no_progress(folder: str, done: int, total: int) -> None:
    """Show nothing."""


def sync_folder(
    source: MailSource, store: MessageStore, account: str, folder: str, clock: Clock, progress: Progress = no_progress
) -> int:
    """Store everything new in ``folder`` and return how many messages were not known before.

    The cursor moves with each batch in one transaction, so that a crash at any instant repeats at most the fetch of
    one batch and loses nothing. Raises what the source and the store raise.
    """
    plan = plan_fetch(store.mailbox(account, folder), source.status(folder))

    def store_up_to(last_uid: int, batch: list[tuple[RawMessage, Message]], *, reset: bool) -> int:
        cursor = MailboxState(
            account=account, folder=folder, uidvalidity=plan.uidvalidity, last_uid=last_uid, last_synced_at=clock()
        )
        return store.store_batch(account, batch, cursor, reset=reset)

    new, done, reset = 0, 0, plan.reset
    if not plan.is_empty:
        uids = sorted(source.uids(plan))
        for batch in _batches(source.fetch(plan, uids) if uids else ()):
            new += store_up_to(batch[-1][0].ref.uid, batch, reset=reset)
            reset, done = False, done + len(batch)
            progress(folder, done, len(uids))
    store_up_to(max(plan.first_uid - 1, plan.last_uid), [], reset=reset)
    return new


def _batches(raws: Iterable[RawMessage]) -> Iterator[list[tuple[RawMessage, Message]]]:
    batch: list[tuple[RawMessage, Message]] = []
    size = 0
    for raw in raws:
        batch.append((raw, parse(raw)))
        size += len(raw.rfc822)
        if len(batch) >= _MESSAGES_PER_BATCH or size >= _BYTES_PER_BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
