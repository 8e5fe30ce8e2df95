"""One test message through one channel, now.

Lives here: the use case. Must not live here: channels, which of them there are, what is printed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from jeeves.errors import DeliveryUnconfirmed, JeevesError, NotifierUnavailable
from jeeves.ports import Tracker
from jeeves.types import Notification, NotificationStatus, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from jeeves.ports import Clock, Notifier

_REFERENCE = "test"
_WORTH = timedelta(minutes=10)  # a test that comes later than that only puzzles its reader
_LOOK_EVERY = 1.0  # seconds


class Verdict(StrEnum):
    """How a test went."""

    DELIVERED = "delivered"  # the channel proved it
    SENT = "sent"  # it took the message; whether it arrived is not known, or not yet
    UNKNOWN = "unknown"  # it may have gone out
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What became of a test message."""

    channel: str
    verdict: Verdict
    said: str = ""  # one sentence on what is wrong
    advice: str = ""
    provider_id: str = ""


def probe(
    channel: str, build: Callable[[], Notifier], *, clock: Clock, sleep: Callable[[float], None], wait: timedelta
) -> Probe:
    """Send a test message through the channel that ``build`` makes; never raises a JeevesError.

    Where the provider tells later how a message fared, ask it for up to ``wait``.
    """
    try:
        notifier = build()
        test = _test_message(channel, clock())
        receipt = notifier.send(test)
        if isinstance(notifier, Tracker):
            receipt = _followed(notifier, test, receipt, clock=clock, sleep=sleep, until=clock() + wait)
    except DeliveryUnconfirmed as error:
        return Probe(channel=channel, verdict=Verdict.UNKNOWN, said=error.message, advice=error.advice)
    except JeevesError as error:
        return Probe(channel=channel, verdict=Verdict.FAILED, said=error.message, advice=error.advice)
    verdict = Verdict.DELIVERED if receipt.delivered else Verdict.SENT
    return Probe(channel=channel, verdict=verdict, provider_id=receipt.provider_id)


def _test_message(channel: str, now: datetime) -> Notification:
    return Notification(
        id=0,
        dedupe_key="test",
        channel=channel,
        body=f"This is a test: alerts by Jeeves reach you this way. [{_REFERENCE}]",
        reference=_REFERENCE,
        status=NotificationStatus.SENDING,
        attempt=1,
        created_at=now,
        expires_at=now + _WORTH,
        tried_at=now,
    )


def _followed(
    notifier: Tracker,
    test: Notification,
    receipt: Receipt,
    *,
    clock: Clock,
    sleep: Callable[[float], None],
    until: datetime,
) -> Receipt:
    """Return the latest the provider says. Raises NotDelivered, NotificationRejected when it did not arrive."""
    sent = replace(test, provider_id=receipt.provider_id)
    while not receipt.delivered and clock() < until:
        sleep(_LOOK_EVERY)
        try:
            receipt = notifier.track(sent)
        except NotifierUnavailable:
            continue
    return receipt
