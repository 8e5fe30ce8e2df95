"""From the outbox to the owner: claim (T3), send outside any transaction, confirm (T4).

Lives here: the use case and the pure table of what follows from what happened. Must not live here: channels, SQL.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from jeeves.assist.follow_up import next_check_at
from jeeves.assist.schedule import next_attempt_at
from jeeves.errors import DeliveryUnconfirmed, NotDelivered, NotificationRejected, NotifierUnavailable
from jeeves.ports import Tracker
from jeeves.types import NotificationStatus, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from jeeves.errors import JeevesError
    from jeeves.ports import Clock, Notifier, Outbox
    from jeeves.types import Notification

LEASE = timedelta(minutes=2)  # longer than most sendings; whoever takes longer keeps it as long as he lives
_ASK_AGAIN_AFTER = timedelta(seconds=5)  # a provider lists a message a moment after it took it
_SURELY_LISTED_AFTER = timedelta(minutes=1)  # ... and surely by then, however slow it was in taking it

# What sending, or asking about an unconfirmed notification, came to; None: the provider knows nothing of it.
SendResult = Receipt | NotifierUnavailable | NotificationRejected | NotDelivered | DeliveryUnconfirmed | None


class Reporter(Protocol):
    """Who tells the owner how channels do, beside the alerts."""

    def is_news(self, notification: Notification, trouble: JeevesError) -> bool:
        """Tell whether this ``trouble`` of the notification's channel has not been told yet."""
        ...

    def note(self, notification: Notification, result: SendResult) -> None:
        """Show a result in log and status."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The owner's order of channels, and how long one may go without proof of delivery."""

    channels: Sequence[str]  # in order of escalation
    escalate_after: timedelta | None = None  # None: only a failure for good hands over
    is_quiet: Callable[[datetime], bool] = lambda _moment: False  # whether the owner is to be left alone then
    accounts: Mapping[str, Sequence[str]] = field(default_factory=dict)  # account -> its order, where there are several

    @property
    def following(self) -> dict[str, str]:
        """Return for each channel but the last the one after it."""
        return dict(pairwise(self.channels))

    @property
    def following_in(self) -> dict[str, dict[str, str]]:
        """Return the same for each account that has an order of its own."""
        return {account: dict(pairwise(channels)) for account, channels in self.accounts.items()}

    def channels_for(self, notification: Notification) -> Sequence[str]:
        """Return the order of channels for what ``notification`` tells."""
        return self.accounts.get(notification.account, self.channels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What T4 writes."""

    status: NotificationStatus
    outcome: str  # short code for the history, never mail text
    provider_id: str = ""
    next_attempt_at: datetime | None = None
    check_at: datetime | None = None  # when to ask how it fared
    escalate_at: datetime | None = None  # when the next channel takes over unless delivery is proved
    next_channel: str | None = None
    next_body: str | None = None  # its words there; None: as they are


def next_channel(channel: str, channels: Sequence[str]) -> str | None:
    """Return the channel after ``channel`` in order of escalation; None after the last."""
    rest = channels[channels.index(channel) + 1 :] if channel in channels else channels
    return rest[0] if rest else None


def plan_settlement(  # noqa: PLR0911 - one line of the table each
    notification: Notification,
    result: SendResult,
    channels: Sequence[str],
    *,
    now: datetime,
    random: float,
) -> Settlement:
    """Decide what follows from the ``result`` of sending, or of asking about an unconfirmed notification.

    ``None`` means: the provider knows nothing of it, so it surely did not go out, unless it was sent only just now. A
    channel that can never know (DeliveryUnconfirmed when asked) is given up rather than repeated, and the next
    channel takes over.
    """
    asked = notification.status is NotificationStatus.UNCONFIRMED
    following = next_channel(notification.channel, channels)
    match result:
        case Receipt():
            status = NotificationStatus.DELIVERED if result.delivered else NotificationStatus.SENT
            return Settlement(status=status, outcome=status.value, provider_id=result.provider_id)
        case None:
            return _plan_after_not_found(notification, now)
        case NotificationRejected():
            outcome = "rejected_unconfirmed" if asked else "rejected"
            return Settlement(status=NotificationStatus.FAILED, outcome=outcome, next_channel=following)
        case NotDelivered():
            return plan_after_not_delivered(notification, following, now=now, random=random)
        case DeliveryUnconfirmed() if asked:
            return Settlement(status=NotificationStatus.FAILED, outcome="unknowable", next_channel=following)
        case DeliveryUnconfirmed():
            return Settlement(
                status=NotificationStatus.UNCONFIRMED, outcome="unconfirmed", next_attempt_at=now + _ASK_AGAIN_AFTER
            )
        case NotifierUnavailable():
            return Settlement(
                status=NotificationStatus.UNCONFIRMED if asked else NotificationStatus.PENDING,
                outcome="unavailable_unconfirmed" if asked else "unavailable",
                next_attempt_at=next_attempt_at(notification.attempt, now, random, result.retry_after),
            )


def _plan_after_not_found(notification: Notification, now: datetime) -> Settlement:
    """Send again, but not before a request that was still under way must have shown at the provider."""
    age = _SURELY_LISTED_AFTER if notification.tried_at is None else abs(now - notification.tried_at)
    if age < _SURELY_LISTED_AFTER:
        later = now + _SURELY_LISTED_AFTER - age
        return Settlement(status=NotificationStatus.UNCONFIRMED, outcome="not_found_yet", next_attempt_at=later)
    return Settlement(status=NotificationStatus.PENDING, outcome="not_found", next_attempt_at=now)


def plan_after_not_delivered(
    notification: Notification, following: str | None, *, now: datetime, random: float
) -> Settlement:
    """Decide what follows when the provider took an alert and it did not arrive: one more try, then ``following``."""
    if notification.attempt > 1:
        return Settlement(status=NotificationStatus.FAILED, outcome="undelivered", next_channel=following)
    later = next_attempt_at(notification.attempt, now, random)
    return Settlement(status=NotificationStatus.PENDING, outcome="undelivered", next_attempt_at=later)


def explained(notification: Notification, message: str) -> str:
    """Return the alert's text for the next channel with what keeps this one from working, before the reference."""
    tag = f"[{notification.reference}]"
    text = notification.body.removesuffix(tag).rstrip()
    reason = message.replace('"', "'").removesuffix(".")
    return f"{text} ({notification.channel}: {reason}; see jeeves status) {tag}"


def deliver_due(
    outbox: Outbox,
    notifiers: Mapping[str, Notifier],
    plan: Plan,
    *,
    clock: Clock,
    random: Callable[[], float],
    reporter: Reporter,
) -> int:
    """Send everything that is due now; return how many notifications reached their channel.

    Raises DatabaseUnavailable.
    """
    reached = 0
    while (notification := _claim(outbox, plan, clock())) is not None:
        try:
            notifier = notifiers.get(notification.channel)
            result = _send_or_ask(notification, notifier)
            settlement = plan_settlement(
                notification, result, plan.channels_for(notification), now=clock(), random=random()
            )
            tracked = settlement.status is NotificationStatus.SENT and isinstance(notifier, Tracker)
            now = clock()
            settlement = replace(
                settlement,
                check_at=next_check_at(now, now, notification.expires_at) if tracked else None,
                escalate_at=None if plan.escalate_after is None else now + plan.escalate_after,
                next_body=body_for_next(notification, result, reporter) if settlement.next_channel else None,
            )
            write_settlement(outbox, notification, settlement, now=now)
        finally:
            outbox.release(notification)
        reporter.note(notification, result)
        reached += isinstance(result, Receipt)
    return reached


def _claim(outbox: Outbox, plan: Plan, now: datetime) -> Notification | None:
    # Asked each time: quiet hours may begin while something is being sent.
    return outbox.claim(now, LEASE, quiet=plan.is_quiet(now))


def write_settlement(outbox: Outbox, notification: Notification, settlement: Settlement, *, now: datetime) -> None:
    """T4: confirm. Raises DatabaseUnavailable."""
    outbox.settle(
        notification,
        settlement.status,
        now=now,
        outcome=settlement.outcome,
        provider_id=settlement.provider_id,
        next_attempt_at=settlement.next_attempt_at,
        check_at=settlement.check_at,
        escalate_at=settlement.escalate_at,
        next_channel=settlement.next_channel,
        next_body=settlement.next_body,
    )


def body_for_next(notification: Notification, result: SendResult, reporter: Reporter) -> str | None:
    """Return the text for the next channel if it has to tell of a trouble for the first time; None: as it is."""
    if isinstance(result, NotificationRejected) and reporter.is_news(notification, result):
        return explained(notification, result.message)
    return None


def _send_or_ask(notification: Notification, notifier: Notifier | None) -> SendResult:
    if notifier is None:
        return NotificationRejected(f"The channel {notification.channel} is no longer configured.")
    try:
        if notification.status is NotificationStatus.UNCONFIRMED:
            return notifier.find(notification)
        return notifier.send(notification)
    except (NotifierUnavailable, NotificationRejected, NotDelivered, DeliveryUnconfirmed) as error:
        return error
