"""The outbox as its owner sees it: what lies there, and orders to send again or to let be.

Lives here: ``read_outbox``, ``retry``, ``cancel`` and their records. Must not live here: sending, printing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Engine, or_, select, update

from jeeves.store import rows
from jeeves.store.failures import translated
from jeeves.store.schema import delivery_attempts, notifications
from jeeves.types import NotificationStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row, Select

_LARGEST: Final = 2**63 - 1  # what a bigint holds
_WAITING: Final = (NotificationStatus.PENDING, NotificationStatus.UNCONFIRMED)
_UNDER_WAY: Final = (*_WAITING, NotificationStatus.SENDING)
_GONE: Final = (NotificationStatus.SENT, NotificationStatus.DELIVERED)
_NOT_AGAIN: Final[Mapping[NotificationStatus, str]] = {
    NotificationStatus.PENDING: "is waiting to be sent anyway",
    NotificationStatus.SENDING: "is being sent this moment",
    NotificationStatus.UNCONFIRMED: "may have gone out: the provider is being asked",
    NotificationStatus.SENT: "has gone out",
    NotificationStatus.DELIVERED: "has gone out",
    NotificationStatus.GATHERED: "is told in a digest with others",
}
# Outcomes of a last attempt after which an alert may have gone out; so do those that end in this word.
_UNCONFIRMED: Final = "unconfirmed"
_UNSURE: Final = frozenset({"unknowable", "lease_expired", "not_found_yet", "sent", "delivered"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """One alert on one channel."""

    id: int
    reference: str  # the sign at the end of the alert
    channel: str
    status: NotificationStatus
    attempts: int  # sendings and questions, 0 until the first
    last_outcome: str  # short code of the last attempt; empty before its end
    created_at: datetime  # aware UTC
    next_attempt_at: datetime | None  # aware UTC; None when nothing is going to happen
    expires_at: datetime  # aware UTC
    provider_id: str
    body: str

    @property
    def may_have_gone_out(self) -> bool:
        """True unless it is certain that the owner has not had it on this channel."""
        unsure = self.last_outcome in _UNSURE or self.last_outcome.endswith(_UNCONFIRMED)
        return unsure or self.status in (*_GONE, NotificationStatus.SENDING, NotificationStatus.UNCONFIRMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What became of an order about one entry."""

    entry: OutboxEntry  # as it was before
    done: bool
    said: str  # a clause about the alert: "is sent again"


def read_outbox(engine: Engine, *, everything: bool, limit: int) -> tuple[OutboxEntry, ...]:
    """Return the alerts that are not over, or ``everything``: the latest ``limit``, the latest first."""
    query = _entries().order_by(notifications.c.id.desc()).limit(limit)
    if not everything:
        query = query.where(notifications.c.status.in_([status.value for status in _UNDER_WAY]))
    with translated(), engine.connect() as connection:
        return tuple(_entry(row) for row in connection.execute(query))


def retry(engine: Engine, name: str, *, now: datetime, until: datetime, again: bool) -> list[Order]:
    """Have the alert of that number, or the latest of that reference, sent again on its channel.

    Only what failed, expired or was withdrawn; what may have gone out only if it may be told ``again``. It is worth
    something until ``until`` at least. An empty list: there is no such alert.
    """
    with translated(), engine.begin() as connection:
        named = _named(connection, name)
        if not named:
            return []
        entry = max(named, key=lambda each: (each.status not in (*_UNDER_WAY, *_GONE), each.id))
        refusal = _refusal_to_retry(entry, _same_alert(connection, entry), again=again)
        if refusal:
            return [Order(entry=entry, done=False, said=refusal)]
        fresh = {
            "status": NotificationStatus.PENDING.value,
            "held": False,
            "next_attempt_at": now,
            "expires_at": max(entry.expires_at, until),
            "check_at": None,
            "escalate_at": None,
        }
        connection.execute(update(notifications).where(notifications.c.id == entry.id).values(fresh))
        return [Order(entry=entry, done=True, said="is sent again")]


def _refusal_to_retry(entry: OutboxEntry, same_alert: Sequence[OutboxEntry], *, again: bool) -> str:
    if entry.status in _NOT_AGAIN:
        return _NOT_AGAIN[entry.status]
    gone = [each.channel for each in (entry, *same_alert) if each.may_have_gone_out]
    if gone and not again:
        return f"may have reached you already by {gone[0]}; add --again to have it sent nevertheless"
    return ""


def cancel(engine: Engine, name: str, *, now: datetime) -> list[Order]:
    """Let the alert of that number, or those of that reference, be; an empty list: there is none.

    What has gone out cannot be called back, but no other channel follows it.
    """
    with translated(), engine.begin() as connection:
        orders = [_cancelled(entry) for entry in _named(connection, name)]
        for order in orders:
            ended: dict[str, Any] = {"escalate_at": None}
            if order.done:
                ended |= {"status": NotificationStatus.WITHDRAWN.value, "next_attempt_at": now}
            connection.execute(update(notifications).where(notifications.c.id == order.entry.id).values(ended))
        return orders


def _cancelled(entry: OutboxEntry) -> Order:
    said: Mapping[NotificationStatus, str] = {
        NotificationStatus.PENDING: "is not sent",
        NotificationStatus.UNCONFIRMED: "may have gone out, and is not repeated",
        NotificationStatus.SENDING: "is being sent this moment; no other channel follows",
        NotificationStatus.SENT: "has gone out; no other channel follows",
        NotificationStatus.DELIVERED: "has reached you",
    }
    over = f"is over already ({entry.status.value})"
    return Order(entry=entry, done=entry.status in _WAITING, said=said.get(entry.status, over))


def _named(connection: Connection, name: str) -> list[OutboxEntry]:
    """Return the alerts of that number or reference, each held until the transaction ends, oldest first.

    A worker that holds one has it "sending", or leased: these are told as being sent.
    """
    number = int(name) if name.isascii() and name.isdecimal() and len(name) <= len(str(_LARGEST)) else 0
    meant = or_(notifications.c.id == min(number, _LARGEST), notifications.c.reference == rows.clean(name).lower())
    query = _entries().where(meant).order_by(notifications.c.id).with_for_update(of=notifications)
    return [_entry(row) for row in connection.execute(query)]


def _same_alert(connection: Connection, entry: OutboxEntry) -> list[OutboxEntry]:
    key = select(notifications.c.dedupe_key).where(notifications.c.id == entry.id).scalar_subquery()
    query = _entries().where(notifications.c.dedupe_key == key, notifications.c.id != entry.id)
    return [_entry(row) for row in connection.execute(query)]


def _entries() -> Select[Any]:
    last_outcome = (
        select(delivery_attempts.c.outcome)
        .where(
            delivery_attempts.c.notification_id == notifications.c.id,
            delivery_attempts.c.attempt == notifications.c.attempt,
        )
        .scalar_subquery()
    )
    return select(notifications, last_outcome.label("last_outcome"))


def _entry(row: Row[Any]) -> OutboxEntry:
    status = NotificationStatus(row.status)
    held = status is NotificationStatus.UNCONFIRMED and row.lease_until is not None
    following = {NotificationStatus.SENT: row.check_at, NotificationStatus.SENDING: row.lease_until}
    return OutboxEntry(
        id=row.id,
        reference=row.reference,
        channel=row.channel,
        status=NotificationStatus.SENDING if held else status,
        attempts=row.attempt,
        last_outcome=row.last_outcome or "",
        created_at=row.created_at,
        next_attempt_at=following.get(status, row.next_attempt_at if status in _WAITING else None),
        expires_at=row.expires_at,
        provider_id=row.provider_id,
        body=row.body,
    )
