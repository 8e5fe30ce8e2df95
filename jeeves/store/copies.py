"""The same mail in several mailboxes of one owner: recognised by Message-ID and sender, told once.

Lives here: which message is a copy of which, and making one thread of theirs. Must not live here: threads within one
mailbox (``threads``), what a copy leads to (``actions.decide``).

A Message-ID alone would let a stranger who knows one put his mail into a thread of another mailbox, and some mailers
give all their mail the same.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, exists, or_, select, tuple_

from jeeves.store import rows
from jeeves.store.database import wait_for_threads
from jeeves.store.joining import resolve
from jeeves.store.schema import mailboxes, messages, predictions
from jeeves.store.threads import join_threads, merge_threads

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from jeeves.types import ArchivedMessage, Message, RawMessage

_WINDOW: Final = timedelta(days=7)  # mail servers try for 5 days (RFC 5321, section 4.5.4.1)
_other = messages.alias("other")
_same_mail = and_(
    _other.c.message_id == messages.c.message_id,
    _other.c.sender_address == messages.c.sender_address,
    _other.c.account != messages.c.account,
    _other.c.received_at.between(messages.c.received_at - _WINDOW, messages.c.received_at + _WINDOW),
)
_earlier = tuple_(_other.c.received_at, _other.c.id) < tuple_(messages.c.received_at, messages.c.id)
_was_decided = exists().where(predictions.c.message_id == _other.c.id)

# Of two that wait for a decision the later one is the copy; of mail that was merely filed as past there is none.
IS_COPY: Final = exists().where(_same_mail, or_(_was_decided, and_(_other.c.decided_at.is_(None), _earlier)))


def join_all(
    connection: Connection, account: str, new: Sequence[tuple[int, RawMessage | ArchivedMessage, Message]]
) -> None:
    """Put messages just inserted into their threads, as ``join_threads`` does, also across the owner's mailboxes.

    The last step of a transaction, likewise.
    """
    join_threads(connection, account, [(row, message) for row, raw, message in new if raw.gmail_thread is None])
    numbers = [row for row, _, message in new if message.links.message_id]
    if numbers and take_turns(connection, account):
        merge_threads(connection, _to_merge(connection, numbers))


def take_turns(connection: Connection, account: str) -> bool:
    """Wait, where there are several mailboxes, until no other transaction stores mail; tell whether there are.

    Before the first message is touched: joining threads across mailboxes locks rows of another one, and whoever
    stores there would hold them while he waits for his turn to join.
    """
    several = select(exists().where(mailboxes.c.account != rows.clean(account)))
    if not connection.execute(several).scalar_one():
        return False
    wait_for_threads(connection)
    return True


def _to_merge(connection: Connection, numbers: Sequence[int]) -> Mapping[str, str]:
    query = select(messages.c.thread_key, _other.c.thread_key).where(messages.c.id.in_(numbers), _same_mail)
    return joined_pairs((row[0], row[1]) for row in connection.execute(query.order_by(messages.c.id, _other.c.id)))


def joined_pairs(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Return for threads that are pairwise one: thread that ceases -> the one it joins, which stays."""
    merged: dict[str, str] = {}
    for one, other in pairs:
        ceasing, staying = resolve(one, merged), resolve(other, merged)
        if ceasing != staying:
            merged[ceasing] = staying
    return {ceasing: resolve(ceasing, merged) for ceasing in merged}


def name_gmail_threads(connection: Connection, prepared: Sequence[dict[str, Any]]) -> None:
    """Give rows of Gmail's threads, in place, the name their thread goes by.

    Gmail's number says which thread of an account it is. A thread bears that number as its name until it is found to
    be one with another mailbox's; where another mailbox's thread bears it already, the account is part of the name.
    """
    numbered = [row for row in prepared if row["gmail_thread"] is not None]
    if not numbered:
        return
    account = numbered[0]["account"]
    wanted = {row["gmail_thread"] for row in numbered}
    query = (
        select(messages.c.gmail_thread, messages.c.thread_key)
        .where(messages.c.account == account, messages.c.gmail_thread.in_(wanted))
        .distinct()
    )
    known = {int(row[0]): row[1] for row in connection.execute(query)}
    fresh = {row["thread_key"] for row in numbered if row["gmail_thread"] not in known}
    used = select(messages.c.thread_key).where(messages.c.thread_key.in_(fresh), messages.c.account != account)
    taken = set(connection.execute(used.distinct()).scalars()) if fresh else set[str]()
    for row in numbered:
        bare = row["thread_key"]
        fallback = rows.key(f"{bare} {account}") if bare in taken else bare
        row["thread_key"] = known.get(row["gmail_thread"], fallback)
