"""From the outbox to the owner: claim (T3), send outside any transaction, confirm (T4).

Lives here: the use case and the pure table of what follows from what happened. Must not live here: channels, SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from jeeves.assist.schedule import next_attempt_at
from jeeves.errors import DeliveryUnconfirmed, NotificationRejected, NotifierUnavailable
from jeeves.types import NotificationStatus, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from jeeves.ports import Clock, Notifier, Outbox
    from jeeves.types import Notification

LEASE = timedelta(minutes=2)  # longer than any channel's own time-outs together
_ASK_AGAIN_AFTER = timedelta(seconds=5)  # a provider lists a message a moment after it took it


# What sending, or asking about an unconfirmed notification, came to; None: the provider knows nothing of it.
SendResult = Receipt | NotifierUnavailable | NotificationRejected | DeliveryUnconfirmed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What T4 writes."""

    status: NotificationStatus
    outcome: str  # short code for the history, never mail text
    provider_id: str = ""
    next_attempt_at: datetime | None = None
    next_channel: str | None = None


def next_channel(channel: str, channels: Sequence[str]) -> str | None:
    """Return the channel after ``channel`` in order of escalation; None after the last."""
    rest = channels[channels.index(channel) + 1 :] if channel in channels else channels
    return rest[0] if rest else None


def plan_settlement(
    notification: Notification,
    result: SendResult,
    channels: Sequence[str],
    *,
    now: datetime,
    random: float,
) -> Settlement:
    """Decide what follows from the ``result`` of sending, or of asking about an unconfirmed notification.

    ``None`` means: the provider knows nothing of it, so it surely did not go out. A channel that can never know
    (DeliveryUnconfirmed when asked) is given up rather than repeated, and the next channel takes over.
    """
    asked = notification.status is NotificationStatus.UNCONFIRMED
    following = next_channel(notification.channel, channels)
    match result:
        case Receipt():
            status = NotificationStatus.DELIVERED if result.delivered else NotificationStatus.SENT
            return Settlement(status=status, outcome=status.value, provider_id=result.provider_id)
        case None:
            return Settlement(status=NotificationStatus.PENDING, outcome="not_found", next_attempt_at=now)
        case NotificationRejected():
            return Settlement(status=NotificationStatus.FAILED, outcome="rejected", next_channel=following)
        case DeliveryUnconfirmed() if asked:
            return Settlement(status=NotificationStatus.FAILED, outcome="unknowable", next_channel=following)
        case DeliveryUnconfirmed():
            return Settlement(
                status=NotificationStatus.UNCONFIRMED, outcome="unconfirmed", next_attempt_at=now + _ASK_AGAIN_AFTER
            )
        case NotifierUnavailable():
            return Settlement(
                status=NotificationStatus.UNCONFIRMED if asked else NotificationStatus.PENDING,
                outcome="unavailable",
                next_attempt_at=next_attempt_at(notification.attempt, now, random, result.retry_after),
            )


def deliver_due(
    outbox: Outbox,
    notifiers: Mapping[str, Notifier],
    channels: Sequence[str],
    *,
    clock: Clock,
    random: Callable[[], float],
    on_result: Callable[[Notification, SendResult], None],
) -> int:
    """Send everything that is due now; return how many notifications reached their channel.

    ``on_result`` is told of each result for the status and the log. Raises DatabaseUnavailable.
    """
    reached = 0
    while (notification := outbox.claim(clock(), LEASE)) is not None:
        result = _send_or_ask(notification, notifiers.get(notification.channel))
        settlement = plan_settlement(notification, result, channels, now=clock(), random=random())
        outbox.settle(
            notification,
            settlement.status,
            now=clock(),
            outcome=settlement.outcome,
            provider_id=settlement.provider_id,
            next_attempt_at=settlement.next_attempt_at,
            next_channel=settlement.next_channel,
        )
        on_result(notification, result)
        reached += isinstance(result, Receipt)
    return reached


def _send_or_ask(notification: Notification, notifier: Notifier | None) -> SendResult:
    if notifier is None:
        return NotificationRejected(f"The channel {notification.channel} is no longer configured.")
    try:
        if notification.status is NotificationStatus.UNCONFIRMED:
            return notifier.find(notification)
        return notifier.send(notification)
    except (NotifierUnavailable, NotificationRejected, DeliveryUnconfirmed) as error:
        return error
