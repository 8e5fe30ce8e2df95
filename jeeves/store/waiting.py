"""Alerts that had to wait, looked at again before they go out: told one by one, told as one, or not at all.

Lives here: ``PostgresWaiting``. Must not live here: how long an alert waits (``assist.budget``), what a digest says.

Each call is one transaction: an alert is still waiting, or it is released, gathered into a digest that is in the
outbox, or withdrawn; a crash at any instant leaves it in exactly one of these.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Engine, and_, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from jeeves.store import rows
from jeeves.store.failures import translated
from jeeves.store.labels import is_refused
from jeeves.store.mutes import is_muted
from jeeves.store.schema import messages, notifications, threads
from jeeves.types import Held, NotificationStatus, PlaceState, Released, ThreadState, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection, Row, Select

    from jeeves.types import DigestWording, When

_PENDING: Final = NotificationStatus.PENDING.value
_GATHERED: Final = NotificationStatus.GATHERED.value
_WITHDRAWN: Final = NotificationStatus.WITHDRAWN.value
_ALERT: Final = "alert"
_DIGEST: Final = "digest"


class PostgresWaiting:
    """Satisfies ``ports.WaitingAlerts``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def release(self, now: datetime, wording: DigestWording) -> Released:
        """Let go what has waited until ``now``: one alert as it is, several as digests of at most ``wording.most``.

        Those whose get-together is no longer open, or that were muted meanwhile, are withdrawn; a digest that has not
        gone out yet is told anew without them.
        """
        with translated(), self._engine.begin() as connection:
            _review_digests(connection, now, wording)
            due = connection.execute(_due(now)).all()
            wanted = [row for row in due if row.kind != _ALERT or _is_wanted(row)]
            withdrawn = [row.id for row in due if row.kind == _ALERT and not _is_wanted(row)]
            _set(connection, withdrawn, status=_WITHDRAWN, held=False)
            told, gathered = list[int](), 0
            for portion in _portions(wanted, wording.most):
                if len(portion) == 1:
                    told.append(portion[0].id)
                else:
                    _gather(connection, portion, now, wording)
                    gathered += len(portion)
            _set(connection, told, held=False)
            return Released(told=len(told), gathered=gathered, withdrawn=len(withdrawn))

    def hold(self, now: datetime, until: datetime, begins: Callable[[When], datetime]) -> int:
        """Let everything that has surely not gone out wait ``until`` then, without ageing; return how many.

        None is worth telling once its get-together has begun, which is when ``begins`` says. Answers to what the
        owner has just texted go out all the same: whoever writes is awake.
        """
        with translated(), self._engine.begin() as connection:
            going = connection.execute(_going(now)).all()
            digests = [row.dedupe_key for row in going if row.kind == _DIGEST]
            told = connection.execute(_gathered_in(digests)).all() if digests else []
            for row in (*going, *told):
                _set(connection, [row.id], expires_at=_worth_until(row, until - now, begins))
            waits = {"held": True, "held_for": Held.QUIET.value, "next_attempt_at": until}
            shifted = notifications.c.escalate_at + literal(until - now)
            _set(connection, [row.id for row in going], **waits, escalate_at=shifted)
            return len(going)


def _with_times() -> Select[Any]:
    return (
        select(notifications, threads.c.proposal, threads.c.thread_key, threads.c.when_day, threads.c.when_at)
        .join(messages, messages.c.id == notifications.c.message_id)
        .join(threads, threads.c.thread_key == messages.c.thread_key, isouter=True)
        .order_by(notifications.c.created_at, notifications.c.id)
    )


def _going(now: datetime) -> Select[Any]:
    unsent = _with_times().where(
        notifications.c.status == _PENDING,
        ~notifications.c.held,
        notifications.c.kind != "answer",
        notifications.c.expires_at > now,
    )
    return unsent.with_for_update(of=notifications, skip_locked=True)


def _gathered_in(digests: Sequence[str]) -> Select[Any]:
    members = (notifications.c.digest_key.in_(digests), notifications.c.status == _GATHERED)
    return _with_times().where(*members).with_for_update(of=notifications)


def _worth_until(row: Row[Any], wait: timedelta, begins: Callable[[When], datetime]) -> datetime:
    """Return when the alert of ``row`` becomes worthless if it does not age for the time of ``wait``."""
    later: datetime = row.expires_at + wait
    when = rows.when(row)
    if row.kind == _DIGEST or when is None or not _is_latest(row):
        return later
    no_sooner: datetime = max(begins(when), row.expires_at)
    return min(later, no_sooner)


def _alerts(now: datetime) -> Select[Any]:
    return (
        select(
            notifications,
            messages.c.account,
            messages.c.thread_key,
            threads.c.place_state,
            threads.c.proposal,
            is_muted(messages.c.sender_address, messages.c.thread_key, now).label("muted"),
            is_refused(messages.c.id).label("refused"),
        )
        .join(messages, messages.c.id == notifications.c.message_id)
        .join(threads, threads.c.thread_key == messages.c.thread_key, isouter=True)
        .order_by(notifications.c.created_at, notifications.c.id)
        .with_for_update(of=notifications)
    )


def _due(now: datetime) -> Select[Any]:
    return _alerts(now).where(
        notifications.c.status == _PENDING,
        notifications.c.held,
        notifications.c.next_attempt_at <= now,
        notifications.c.expires_at > now,  # the outbox counts the others as expired
    )


def _is_wanted(row: Row[Any]) -> bool:
    """Tell whether the alert still has something to tell: its get-together is the thread's latest, and open."""
    if row.muted or row.refused:
        return False
    if row.place_state is None:
        return True
    return bool(row.place_state == PlaceState.OPEN.value and _is_latest(row))


def _is_latest(row: Row[Any]) -> bool:
    if row.proposal is None:
        return False
    latest = rows.key(ThreadState(thread_key=row.thread_key, proposal=row.proposal).dedupe_key)
    said_more = row.dedupe_key.removeprefix(latest)  # a second word on the same get-together, such as a reminder
    return row.dedupe_key.startswith(latest) and not said_more[:1].isdigit()


def _portions(wanted: Sequence[Row[Any]], most: int) -> Iterator[Sequence[Row[Any]]]:
    """Yield what goes out together: alerts of one mailbox for the same channel; anything else by itself."""
    by_channel: dict[tuple[str, str], list[Row[Any]]] = defaultdict(list)
    for row in wanted:
        if row.kind == _ALERT:
            by_channel[row.account, row.channel].append(row)
        else:
            yield [row]
    for alerts in by_channel.values():
        yield from (alerts[start : start + most] for start in range(0, len(alerts), most))


def _waiting(portion: Sequence[Row[Any]]) -> list[Waiting]:
    return [Waiting(reference=row.reference, body=row.body) for row in portion]


def _gather(connection: Connection, portion: Sequence[Row[Any]], now: datetime, wording: DigestWording) -> None:
    """Write one notification for all of ``portion``: the first of them gives it its name."""
    first = portion[0]
    reference = wording.reference(first.id)
    digest_key = f"digest {first.id}"  # no alert's: these end in "#" and a number
    digest = {
        "message_id": first.message_id,
        "dedupe_key": digest_key,
        "kind": _DIGEST,
        "channel": first.channel,
        "body": wording.compose(_waiting(portion), reference),
        "reference": reference,
        "status": _PENDING,
        "attempt": 0,
        "created_at": now,
        "next_attempt_at": now,
        "expires_at": max(row.expires_at for row in portion),
        "provider_id": "",
    }
    connection.execute(insert(notifications).values(digest))
    _set(connection, [row.id for row in portion], status=_GATHERED, held=False, digest_key=digest_key)


def _review_digests(connection: Connection, now: datetime, wording: DigestWording) -> None:
    """Look again at the digests that have surely not gone out yet."""
    unsent = (
        select(notifications)
        .where(notifications.c.status == _PENDING, notifications.c.kind == _DIGEST)
        .order_by(notifications.c.created_at, notifications.c.id)
        .with_for_update()
    )
    for digest in connection.execute(unsent).all():
        told = _alerts(now).where(
            and_(notifications.c.digest_key == digest.dedupe_key, notifications.c.status == _GATHERED)
        )
        members = connection.execute(told).all()
        worthless = [row.id for row in members if row.expires_at <= now]
        unwanted = [row.id for row in members if row.expires_at > now and not _is_wanted(row)]
        if not worthless and not unwanted:
            continue
        _set(connection, worthless, status=NotificationStatus.EXPIRED.value)
        _set(connection, unwanted, status=_WITHDRAWN)
        left = [row for row in members if row.expires_at > now and _is_wanted(row)]
        if left:
            _set(connection, [digest.id], body=wording.compose(_waiting(left), digest.reference))
        else:
            _set(connection, [digest.id], status=_WITHDRAWN)


def _set(connection: Connection, numbers: Sequence[int], **values: object) -> None:
    if numbers:
        connection.execute(update(notifications).where(notifications.c.id.in_(numbers)).values(values))
