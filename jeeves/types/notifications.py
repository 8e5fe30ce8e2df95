"""An alert on its way to the owner.

Lives here: the outbox's rows, what a channel says of them, and those that waited. Must not live here: the decision to
speak up (``alerts``), what the owner answers (``replies``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime


class NotificationStatus(StrEnum):
    """The life of an outbox row."""

    PENDING = "pending"
    SENDING = "sending"  # claimed: a lease is running
    UNCONFIRMED = "unconfirmed"  # may or may not have gone out: reconcile before anything else
    SENT = "sent"  # the channel took it
    DELIVERED = "delivered"  # the channel proved it
    FAILED = "failed"
    EXPIRED = "expired"  # worthless before it could go out
    WITHDRAWN = "withdrawn"  # the get-together was settled, or the owner said so, before it went out
    GATHERED = "gathered"  # told within a digest, whose own row says what became of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One outbox row on its way to one channel."""

    id: int
    dedupe_key: str
    channel: str  # "sms", "call", "speech", "console", ...
    body: str
    reference: str
    status: NotificationStatus
    attempt: int  # 1 on the first claim
    created_at: datetime  # aware UTC; reconciliation lists at the provider from here on
    expires_at: datetime  # aware UTC; worthless afterwards
    provider_id: str = ""  # what the provider called it when it was last sent; empty before, or when it gives no name
    tried_at: datetime | None = None  # aware UTC; when sending was last begun
    other_ids: frozenset[str] = (
        frozenset()
    )  # of an unconfirmed one: what the provider called the channel's other alerts
    account: str = ""  # the mailbox its message came to


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The channel took a notification."""

    provider_id: str = ""  # Twilio SID, path of the WAV, ... empty when the channel has none
    delivered: bool = False  # True when the channel itself proves delivery (console written, sound played)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An alert that had to wait, as a digest tells it."""

    reference: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestWording:
    """How several alerts are told as one: made in ``assist.digest``, used within the transaction that gathers them."""

    most: int  # alerts in one digest, 2 or more
    reference: Callable[[int], str]  # of the digest whose first notification has that id
    compose: Callable[[Sequence[Waiting], str], str]  # one line for 1 to ``most`` alerts, and the digest's reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What became of alerts that waited."""

    told: int = 0  # go out as they are
    gathered: int = 0  # go out within a digest
    withdrawn: int = 0  # have nothing to tell any more
    held: int = 0  # have to wait, because quiet hours came before they could go out
