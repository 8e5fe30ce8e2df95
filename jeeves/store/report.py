"""What ``jeeves status`` knows of the service: records.

Lives here: ``StatusReport`` and what it consists of. Must not live here: reading them (``status``), SQLAlchemy, which
takes longer to load than all that status does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from jeeves.types import Arrivals, MailboxState, NotificationStatus, ReplyOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that goes wrong, or did."""

    component: str  # "mail", "classifier", "sms", ...
    message: str  # one plain sentence, no secrets, no mail
    advice: str  # the remedy, may be empty
    since: datetime  # aware UTC; first failure of this row of failures
    last_at: datetime  # aware UTC; latest failure
    failures: int  # in a row, 1 or more
    next_attempt_at: datetime | None  # aware UTC; None when nobody will try again by itself
    cleared_at: datetime | None  # aware UTC; None while it lasts


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """The row in ``drift``."""

    measured_at: datetime  # aware UTC
    model_version: str
    figures: Mapping[str, float]
    verdict: str  # one sentence; empty: nothing moved


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """What the database knows of the service, at one moment."""

    mailboxes: tuple[MailboxState, ...]  # by account, then folder
    messages: int  # stored
    decided: int  # of these, classified and decided on
    alerts: Mapping[NotificationStatus, int]  # outbox rows; every state is a key
    models: Mapping[str, int]  # model version -> predictions made with it, the latest used first
    database_bytes: int
    daemon_running: bool  # some process holds the daemon's lock now
    heartbeat: datetime | None  # aware UTC; None when no daemon ever ran
    troubles: tuple[Trouble, ...]  # what is wrong now, the latest first
    last_error: Trouble | None  # the latest error, over or not
    drift: DriftReport | None = None  # how the mail has changed, as measured last
    held: int = 0  # of the pending alerts, those that wait for the end of quiet hours or for the digest
    held_until: datetime | None = None  # aware UTC; when the first of them is due
    replies: Mapping[ReplyOutcome, int] = field(default_factory=dict)  # texts that came in; every outcome is a key
    errors: Mapping[str, int] = field(default_factory=dict)  # component -> failures ever
    original_bytes: int = 0  # of ``database_bytes``: messages as the server sent them
    lag_seconds: float | None = None  # from arrival to decision, the median of the last day; None: no mail
    arrivals: Arrivals | None = None  # None: no mail
    arrivals_in: Mapping[str, Arrivals] = field(default_factory=dict)  # account -> the same; empty where there is one
    canary_at: datetime | None = None  # aware UTC; when a self-test last came through; None: none ever did
    audits: int = 0  # messages of the last 30 days that were drawn by lot to be asked about
