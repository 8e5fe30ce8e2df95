"""After the sending: ask how alerts fared, and let the next channel take over from those without proof.

Lives here: the use case and the pure table of what follows from an answer. Must not live here: channels, SQL, the
first sending (``deliver``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from jeeves.actions.deliver import (
    Settlement,
    body_for_next,
    next_channel,
    plan_after_not_delivered,
    write_settlement,
)
from jeeves.assist.follow_up import next_check_at
from jeeves.errors import NotDelivered, NotificationRejected, NotifierUnavailable
from jeeves.ports import Tracker
from jeeves.types import NotificationStatus, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from jeeves.actions.deliver import Plan, Reporter
    from jeeves.ports import Clock, Notifier, Outbox
    from jeeves.types import Notification

_HOLD = timedelta(minutes=2)  # longer than asking takes

Answer = Receipt | NotifierUnavailable | NotDelivered | NotificationRejected


def plan_after_check(
    notification: Notification, answer: Answer, channels: Sequence[str], *, now: datetime, random: float
) -> Settlement:
    """Decide what follows from the provider's ``answer`` about a sent notification."""
    following = next_channel(notification.channel, channels)
    match answer:
        case Receipt(delivered=True):
            status = NotificationStatus.DELIVERED
            return Settlement(status=status, outcome=status.value, provider_id=answer.provider_id)
        case NotDelivered():
            return plan_after_not_delivered(notification, following, now=now, random=random)
        case NotificationRejected():
            return Settlement(status=NotificationStatus.FAILED, outcome="undelivered", next_channel=following)
        case _:
            return Settlement(status=NotificationStatus.SENT, outcome="under_way")


def check_sent(
    outbox: Outbox,
    notifiers: Mapping[str, Notifier],
    plan: Plan,
    *,
    clock: Clock,
    random: Callable[[], float],
    reporter: Reporter,
) -> int:
    """Ask about every sent notification whose time has come; return how many were asked about.

    Arguments as for ``deliver.deliver_due``. Raises DatabaseUnavailable.
    """
    asked = 0
    while (notification := outbox.claim_check(clock(), _HOLD)) is not None:
        answer = _ask(notification, notifiers.get(notification.channel))
        now = clock()
        settlement = plan_after_check(notification, answer, plan.channels_for(notification), now=now, random=random())
        sent_at = notification.tried_at or notification.created_at
        goes_on = settlement.status is NotificationStatus.SENT
        settlement = replace(
            settlement,
            check_at=next_check_at(sent_at, now, notification.expires_at) if goes_on else None,
            next_body=body_for_next(notification, answer, reporter) if settlement.next_channel else None,
        )
        write_settlement(outbox, notification, settlement, now=now)
        if not (goes_on and isinstance(answer, Receipt)):
            reporter.note(notification, answer)
        asked += 1
    return asked


def _ask(notification: Notification, notifier: Notifier | None) -> Answer:
    if not isinstance(notifier, Tracker):
        return Receipt()  # the channel is no longer configured, or another kind now: nothing more will be heard
    try:
        return notifier.track(notification)
    except (NotifierUnavailable, NotDelivered, NotificationRejected) as error:
        return error


def escalate_overdue(outbox: Outbox, plan: Plan, *, clock: Clock) -> int:
    """Let the next channel take over from each alert without proof of delivery for too long; return how many.

    Raises DatabaseUnavailable.
    """
    if plan.escalate_after is None:
        return 0
    return outbox.escalate(clock(), plan.following, longest=plan.escalate_after, accounts=plan.following_in)
