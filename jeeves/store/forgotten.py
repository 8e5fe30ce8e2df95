"""What the owner had forgotten: recognised when it comes again, so that it is not stored again.

Lives here: the digests and the places, read and written within T1 and its kin. Must not live here: deleting
(``forgetting``).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from jeeves.store import rows
from jeeves.store.arrays import any_of
from jeeves.store.schema import forgotten_locations, forgotten_messages, mailboxes, message_locations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import CompoundSelect

_LAST_UID = 2**32 - 1  # RFC 9051, section 2.3.1.1


def digest(account: str, key: str) -> str:
    """Return what is kept of a forgotten message: it tells no one what the message was."""
    return hashlib.sha256(f"{rows.clean(account)}\0{key}".encode()).hexdigest()


def forgotten_among(connection: Connection, account: str, keys: Sequence[str]) -> frozenset[str]:
    """Return those ``keys`` whose message was forgotten."""
    by_digest = {digest(account, key): key for key in keys}
    query = select(forgotten_messages.c.digest).where(forgotten_messages.c.digest == any_of(by_digest))
    return frozenset(by_digest[found] for found in connection.execute(query).scalars())


def keep_forgotten_places(connection: Connection, mailbox_id: int, places: Sequence[tuple[int, int]]) -> None:
    """Remember where forgotten messages lie: (UIDVALIDITY, UID)."""
    if places:
        connection.execute(
            insert(forgotten_locations).on_conflict_do_nothing(),
            [
                {"mailbox_id": mailbox_id, "uidvalidity": uidvalidity, "uid": uid}
                for uidvalidity, uid in sorted(set(places))
            ],
        )


def stored_or_forgotten(
    account: str, folder: str, uidvalidity: int, *, first: int = 1, last: int = _LAST_UID
) -> CompoundSelect[int]:
    """Select the UIDs from ``first`` to ``last`` that nobody has to fetch."""
    mailbox = select(mailboxes.c.id).where(
        mailboxes.c.account == rows.clean(account), mailboxes.c.folder == rows.clean(folder)
    )
    stored, void = (
        select(places.c.uid).where(
            places.c.mailbox_id == mailbox.scalar_subquery(),
            places.c.uidvalidity == uidvalidity,
            places.c.uid.between(first, last),
        )
        for places in (message_locations, forgotten_locations)
    )
    return stored.union(void)
