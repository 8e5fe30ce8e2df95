"""The owner's text messages in PostgreSQL: each is acted upon once.

Lives here: ``PostgresReplies``. Must not live here: what a text means (``assist.replies``), Twilio.

The row that remembers a text's name and everything that follows from it are one transaction: killed at any instant,
the text has been dealt with as a whole or not at all, and the next look at Twilio finds it again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Engine, and_, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from jeeves.store import rows
from jeeves.store.escalation import call_off_following
from jeeves.store.failures import translated
from jeeves.store.mutes import mute_thread
from jeeves.store.schema import delivery_attempts, labels, messages, notifications, replies, threads
from jeeves.store.thread_states import settle_thread
from jeeves.types import LabelSource, NotificationStatus, PlaceState, ReplyOutcome, Told

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from jeeves.types import Inbound, ReplyPlan

_WENT_OUT: Final = tuple(
    status.value for status in (NotificationStatus.SENT, NotificationStatus.DELIVERED, NotificationStatus.UNCONFIRMED)
)
_CHANNEL: Final = "sms"
_ANSWER: Final = "answer"
_WORTH_READING: Final = timedelta(hours=1)
# A telephone that answers every text by itself would otherwise be answered for ever.
_MOST_ANSWERS: Final = 3  # within _WORTH_READING


class PostgresReplies:
    """Satisfies ``ports.ReplyStore``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def last_told_at(self) -> datetime | None:
        """Return when an alert last went out by text message; None when none ever did."""
        query = (
            select(delivery_attempts.c.started_at)
            .join(notifications, notifications.c.id == delivery_attempts.c.notification_id)
            .where(
                notifications.c.channel == _CHANNEL,
                notifications.c.kind != _ANSWER,
                notifications.c.status.in_(_WENT_OUT),
            )
            .order_by(delivery_attempts.c.started_at.desc())
            .limit(1)
        )
        with translated(), self._engine.connect() as connection:
            found: datetime | None = connection.execute(query).scalar_one_or_none()
        return found

    def told(self, since: datetime) -> list[Told]:
        """Return what was told since then, one entry a message, the latest told last."""
        with translated(), self._engine.connect() as connection:
            return [
                Told(
                    message_id=row.message_id,
                    thread_key=row.thread_key,
                    reference=row.reference,
                    body=row.body,
                    told_at=row.told_at,
                    open=row.place_state == PlaceState.OPEN.value,
                    answered=row.answered,
                )
                for row in connection.execute(_told(since))
            ]

    def unseen(self, sids: Collection[str]) -> set[str]:
        """Return those names of texts that were not dealt with yet."""
        wanted = {rows.key(sid): sid for sid in sids}
        query = select(replies.c.sid).where(replies.c.sid.in_(wanted))
        with translated(), self._engine.connect() as connection:
            seen = set(connection.execute(query).scalars())
        return {sid for key, sid in wanted.items() if key not in seen}

    def ignore(self, inbound: Inbound, *, now: datetime) -> None:
        """Remember a stranger's text, without what it says."""
        with translated(), self._engine.begin() as connection:
            _remember(connection, inbound, ReplyOutcome.STRANGER, now)

    def apply(self, inbound: Inbound, plan: ReplyPlan, *, now: datetime) -> bool:
        """Do what ``plan`` says in one transaction; False, changing nothing, when that was done before."""
        outcome = ReplyOutcome.UNCLEAR if plan.about is None else ReplyOutcome.APPLIED
        with translated(), self._engine.begin() as connection:
            if not _remember(connection, inbound, outcome, now):
                return False
            _carry_out(connection, inbound, plan, now)
            if plan.complaint:
                _text_back(connection, inbound, plan.complaint, now)
            return True


def _told(since: datetime) -> Select[Any]:
    carrier = notifications.alias()  # the row that went out: the alert's own on some channel, or its digest's
    labelled = exists().where(labels.c.message_id == messages.c.id, labels.c.source != LabelSource.IMPORT.value)
    told_at = func.max(delivery_attempts.c.started_at)
    return (
        select(
            notifications.c.message_id,
            notifications.c.reference,
            notifications.c.body,
            messages.c.thread_key,
            threads.c.place_state,
            labelled.label("answered"),
            told_at.label("told_at"),
        )
        .join(messages, messages.c.id == notifications.c.message_id)
        .join(threads, threads.c.thread_key == messages.c.thread_key, isouter=True)
        .join(
            carrier,
            or_(
                notifications.c.digest_key == carrier.c.dedupe_key,
                and_(notifications.c.digest_key.is_(None), notifications.c.dedupe_key == carrier.c.dedupe_key),
            ),
        )
        .join(delivery_attempts, delivery_attempts.c.notification_id == carrier.c.id)
        .where(
            notifications.c.kind == "alert",
            notifications.c.escalated_from.is_(None),
            carrier.c.status.in_(_WENT_OUT),
            delivery_attempts.c.started_at >= since,
        )
        .group_by(notifications.c.id, messages.c.id, threads.c.place_state)
        .order_by(told_at, notifications.c.id)
    )


def _remember(connection: Connection, inbound: Inbound, outcome: ReplyOutcome, now: datetime) -> bool:
    """Write that a text was dealt with; False when it was before. A second caller waits here for the first."""
    seen = {
        "sid": rows.key(inbound.sid),
        "received_at": inbound.received_at,
        "seen_at": now,
        "outcome": outcome.value,
    }
    statement = insert(replies).values(seen).on_conflict_do_nothing().returning(replies.c.sid)
    return connection.execute(statement).one_or_none() is not None


def _carry_out(connection: Connection, inbound: Inbound, plan: ReplyPlan, now: datetime) -> None:
    if plan.about is None:
        return
    number = plan.about.message_id
    call_off_following(connection, number)  # an answer proves that it was read
    if plan.answer is not None:
        label = {
            "message_id": number,
            "value": plan.answer.value,
            "source": LabelSource.SMS.value,
            "labelled_at": now,
        }
        made = connection.execute(insert(labels).values(label).returning(labels.c.id)).scalar_one()
        _note(connection, inbound, label_id=made)
    if plan.mutes:
        mute_thread(connection, number, LabelSource.SMS, until=None, now=now)
    if plan.place:
        _settle(connection, number, plan.place, now)
        _note(connection, inbound, place=rows.clean(plan.place))


def _note(connection: Connection, inbound: Inbound, **values: object) -> None:
    connection.execute(update(replies).where(replies.c.sid == rows.key(inbound.sid)).values(values))


def _settle(connection: Connection, message_id: int, place: str, now: datetime) -> None:
    """Take the owner's word that the message's thread has a place."""
    # Its name now: the thread may have joined another since the alert was read.
    thread_key = connection.execute(select(messages.c.thread_key).where(messages.c.id == message_id)).scalar_one()
    settle_thread(connection, thread_key, place, now)


def _text_back(connection: Connection, inbound: Inbound, complaint: str, now: datetime) -> None:
    recent = select(func.count()).where(
        notifications.c.kind == _ANSWER, notifications.c.created_at > now - _WORTH_READING
    )
    # The table wants a message for each notification: the last one that was told of by text.
    about = (
        select(notifications.c.message_id)
        .where(notifications.c.channel == _CHANNEL)
        .order_by(notifications.c.id.desc())
        .limit(1)
    )
    number = connection.execute(about).scalar_one_or_none()
    if number is None or connection.execute(recent).scalar_one() >= _MOST_ANSWERS:
        return
    answer = {
        "message_id": number,
        "dedupe_key": rows.key(f"answer {inbound.sid}"),  # no alert's: these end in "#" and a number
        "kind": _ANSWER,
        "channel": _CHANNEL,
        "body": rows.clean(complaint),
        "reference": f"e{inbound.sid[-4:].lower()}",  # the references of messages have no vowels
        "status": NotificationStatus.PENDING.value,
        "attempt": 0,
        "created_at": now,
        "next_attempt_at": now,
        "expires_at": now + _WORTH_READING,
        "provider_id": "",
    }
    connection.execute(insert(notifications).values(answer).on_conflict_do_nothing())
