"""From the server's folder into the store: fetch what is new, parse it, store it with the cursor (T1).

Lives here: the use case, by ports and pure code. Must not live here: IMAP, SQL, what a message means.
"""

from __future__ import annotations

from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Protocol

from jeeves.actions.read_ahead import read_ahead
from jeeves.mail.parse import parse
from jeeves.mail.sync import plan_fetch
from jeeves.types import FetchPlan, MailboxState

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from contextlib import AbstractContextManager

    from jeeves.ports import Clock, MailSource, MessageStore, PushSource
    from jeeves.types import Message, RawMessage

_MESSAGES_PER_BATCH = 200
_HIGHEST_UID = 2**32 - 1  # RFC 9051, section 2.3.1.1
_NOBODY_ELSE = nullcontext()
_BYTES_PER_BATCH = 8 * 2**20  # bounds memory while large messages come in
_AHEAD = 1  # batches that wait to be stored while the next one is fetched


class Progress(Protocol):
    """Told after each batch how far a folder is."""

    def __call__(self, folder: str, done: int, total: int, /) -> None:
        """``done`` of ``total`` messages of this pass are stored."""
        ...


def no_progress(folder: str, done: int, total: int) -> None:
    """Show nothing."""


def sync_folder(  # noqa: PLR0913 - the ports of the use case, each named
    source: MailSource,
    store: MessageStore,
    account: str,
    folder: str,
    clock: Clock,
    progress: Progress = no_progress,
    *,
    alone: AbstractContextManager[object] = _NOBODY_ELSE,
) -> int:
    """Store everything new in ``folder`` and return how many messages were not known before.

    The cursor moves with each batch in one transaction, so that a crash at any instant repeats at most the fetch of
    the few batches on their way and loses nothing. ``alone`` is held while a batch is stored, where several threads
    store. Raises what the source and the store raise.
    """
    plan = plan_fetch(store.mailbox(account, folder), source.status(folder))
    save = _saver(store, account, plan, clock, alone)
    new, done, reset = 0, 0, plan.reset
    if not plan.is_empty:
        uids = sorted(source.uids(plan))
        fetched = _batches(source.fetch(plan, uids) if uids else ())
        # A thread for a single batch would have nothing to do meanwhile.
        with closing(read_ahead(fetched, limit=_AHEAD) if len(uids) > _MESSAGES_PER_BATCH else fetched) as batches:
            for batch in batches:
                new += save(batch[-1][0].ref.uid, batch, reset=reset)
                reset, done = False, done + len(batch)
                progress(folder, done, len(uids))
    save(max(plan.first_uid - 1, plan.last_uid), [], reset=reset)
    return new


def collect_arrivals(
    source: PushSource,
    store: MessageStore,
    account: str,
    folder: str,
    clock: Clock,
    *,
    alone: AbstractContextManager[object] = _NOBODY_ELSE,
) -> int:
    """Store what the server has just told of in ``folder``, a folder synced before; return how many were new.

    Asks for everything after the last message stored, so that a notice that got lost costs nothing; ``alone`` and
    what is raised as ``sync_folder``.
    """
    state = store.mailbox(account, folder)
    if state is None:
        return 0
    plan = FetchPlan(
        folder=folder, uidvalidity=state.uidvalidity, first_uid=state.last_uid + 1, last_uid=_HIGHEST_UID, reset=False
    )
    save = _saver(store, account, plan, clock, alone)
    return sum(save(batch[-1][0].ref.uid, batch, reset=False) for batch in _batches(source.arrivals(plan)))


class _Saver(Protocol):
    def __call__(self, last_uid: int, batch: list[tuple[RawMessage, Message]], *, reset: bool) -> int: ...


def _saver(
    store: MessageStore, account: str, plan: FetchPlan, clock: Clock, alone: AbstractContextManager[object]
) -> _Saver:
    """Return what stores a batch and moves the cursor to ``last_uid`` (T1)."""

    def save(last_uid: int, batch: list[tuple[RawMessage, Message]], *, reset: bool) -> int:
        cursor = MailboxState(
            account=account,
            folder=plan.folder,
            uidvalidity=plan.uidvalidity,
            last_uid=last_uid,
            last_synced_at=clock(),
        )
        with alone:
            return store.store_batch(account, batch, cursor, reset=reset)

    return save


def _batches(raws: Iterable[RawMessage]) -> Generator[list[tuple[RawMessage, Message]]]:
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
