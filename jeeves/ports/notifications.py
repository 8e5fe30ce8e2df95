"""Alerts on their way out: where they wait, and the channels they go by.

Lives here: the outbox, what holds alerts back, the channels. Must not live here: what the owner answers (``replies``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from jeeves.types import DigestWording, Message, Notification, NotificationStatus, Raised, Receipt, Released, When


class Outbox(Protocol):
    """Alerts on their way out."""

    def claim(self, now: datetime, lease: timedelta, *, quiet: bool = False) -> Notification | None:
        """T3: take one due notification (FOR UPDATE SKIP LOCKED), raise its attempt, set the lease, commit.

        ``quiet``: none that is to be sent, except the answer to a text of the owner's. Expired ones become
        ``expired``; ``sending`` ones whose lease ran out become ``unconfirmed`` and are handed out with that status.
        """
        ...

    def settle(  # noqa: PLR0913 - one transaction, each part named
        self,
        notification: Notification,
        status: NotificationStatus,
        *,
        now: datetime,
        outcome: str,
        provider_id: str = "",
        next_attempt_at: datetime | None = None,
        check_at: datetime | None = None,
        escalate_at: datetime | None = None,
        next_channel: str | None = None,
        next_body: str | None = None,
    ) -> bool:
        """T4: write how attempt ``notification.attempt`` ended, only if it is still the running one.

        ``check_at``: when to ask how it fared. ``escalate_at`` counts unless an earlier call set it. ``next_channel``
        queues the alert there in the same transaction, in the words of ``next_body`` if given. Returns False when
        another process has taken over meanwhile.
        """
        ...

    def release(self, notification: Notification) -> None:
        """Stop holding a notification that was claimed and may not have been settled; never raises."""
        ...

    def claim_check(self, now: datetime, hold: timedelta) -> Notification | None:
        """Take one sent notification whose provider is due to be asked how it fared; nobody else within ``hold``."""
        ...

    def escalate(
        self,
        now: datetime,
        following: Mapping[str, str],
        *,
        longest: timedelta,
        accounts: Mapping[str, Mapping[str, str]] = ...,
    ) -> int:
        """Queue each alert whose time without proof is over on the channel ``following`` its own; return how many.

        One that has not gone out, or may not have, is given up on its old channel. ``longest``: no wait is longer; a
        moment further away means that the clock was set back. ``accounts``: another order of channels for alerts
        about the mail of one.
        """
        ...


class AlertHistory(Protocol):
    """What was alerted before, and what the owner does not want to hear of."""

    def is_muted(self, message: Message, now: datetime) -> bool:
        """Tell whether the owner muted the sender or the thread of ``message``."""
        ...

    def raised_since(self, moment: datetime) -> list[Raised]:
        """Return the alerts decided after ``moment``, by the time they were."""
        ...


class WaitingAlerts(Protocol):
    """Alerts that had to wait for the end of quiet hours, or for the digest."""

    def release(self, now: datetime, wording: DigestWording) -> Released:
        """Let go what has waited until ``now``, in one transaction: one alert as it is, several as digests.

        Those whose get-together is no longer open, or that were muted meanwhile, are withdrawn; a digest that has not
        gone out yet is told anew without them.
        """
        ...

    def hold(self, now: datetime, until: datetime, begins: Callable[[When], datetime]) -> int:
        """Let everything that has surely not gone out wait ``until`` then, without ageing; return how many.

        None is worth telling once its get-together has begun, which is when ``begins`` says.
        """
        ...


class Notifier(Protocol):
    """One channel to the owner.

    ``send`` raises NotifierUnavailable (surely not sent), NotificationRejected (never will be) or
    DeliveryUnconfirmed (may have been sent).
    """

    def send(self, notification: Notification) -> Receipt:
        """Hand over the alert once."""
        ...

    def find(self, notification: Notification) -> Receipt | None:
        """Ask the provider whether an unconfirmed alert went out; None when it surely did not.

        Raises DeliveryUnconfirmed when this channel can never know: it is then failed, not repeated.
        """
        ...


@runtime_checkable
class Tracker(Notifier, Protocol):
    """A channel whose provider tells later how an alert fared."""

    def track(self, notification: Notification) -> Receipt:
        """Ask how a sent alert fares: ``delivered``, or still under way.

        Raises NotifierUnavailable when the provider cannot be asked now, NotDelivered or NotificationRejected when it
        surely did not arrive.
        """
        ...
