"""What the daemon says of itself, one row per component: heartbeat, current trouble, last error.

Lives here: writing and reading of ``health``. Must not live here: judging how bad it is, and any text from mail:
callers pass sentences of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, case, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from jeeves.store import rows
from jeeves.store.failures import translated
from jeeves.store.schema import health

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

_DAEMON = "daemon"


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


def beat(engine: Engine, now: datetime) -> None:
    """Write that the daemon is alive at ``now``."""
    alive = {"beat_at": now}
    statement = (
        insert(health)
        .values({"component": _DAEMON} | alive)
        .on_conflict_do_update(index_elements=["component"], set_=alive)
    )
    with translated(), engine.begin() as connection:
        connection.execute(statement)


def record_error(
    engine: Engine,
    component: str,
    message: str,
    now: datetime,
    *,
    advice: str = "",
    next_attempt_at: datetime | None = None,
) -> None:
    """Write that ``component`` failed at ``now``; failures in a row are counted from the first one.

    ``message`` and ``advice`` are one plain sentence each, without secrets or mail: ``status`` shows them.
    """
    failed = {
        "error": rows.clean(message),
        "advice": rows.clean(advice),
        "error_at": now,
        "next_attempt_at": next_attempt_at,
        "cleared_at": None,
    }
    lasting = health.c.error.is_not(None) & health.c.cleared_at.is_(None)
    in_a_row = {
        "error_since": case((lasting, health.c.error_since), else_=now),
        "failures": case((lasting, health.c.failures + 1), else_=1),
    }
    statement = (
        insert(health)
        .values({"component": rows.clean(component), "error_since": now, "failures": 1, "errors": 1} | failed)
        .on_conflict_do_update(index_elements=["component"], set_=failed | in_a_row | {"errors": health.c.errors + 1})
    )
    with translated(), engine.begin() as connection:
        connection.execute(statement)


def is_lasting(engine: Engine, component: str, message: str) -> bool:
    """Tell whether ``component`` is in trouble now with this very ``message``."""
    query = select(health.c.component).where(
        health.c.component == rows.clean(component),
        health.c.error == rows.clean(message),
        health.c.cleared_at.is_(None),
    )
    with translated(), engine.connect() as connection:
        return connection.execute(query).one_or_none() is not None


def clear_error(engine: Engine, component: str, now: datetime) -> None:
    """Write that ``component`` works again; its last error stays readable. No effect when it had no trouble."""
    statement = (
        update(health)
        .where(health.c.component == rows.clean(component), health.c.error.is_not(None), health.c.cleared_at.is_(None))
        .values(cleared_at=now, next_attempt_at=None)
    )
    with translated(), engine.begin() as connection:
        connection.execute(statement)


def component_of(kind: str, account: str) -> str:
    """Return the component of that ``kind`` for the mailbox called ``account``; empty where there is but one."""
    return f"{kind} {account}" if account else kind


def clear_departed(engine: Engine, kinds: Collection[str], accounts: Collection[str], now: datetime) -> None:
    """Write that mailboxes the configuration no longer names have no trouble; ``accounts`` are those it does.

    ``kinds``: components that each mailbox has one of.
    """
    present = [component_of(kind, account) for kind in kinds for account in accounts]
    of_some_mailbox = or_(*(health.c.component.op("~")(f"^{kind}( |$)") for kind in kinds))
    statement = (
        update(health)
        .where(of_some_mailbox, health.c.component.not_in(present))
        .where(health.c.error.is_not(None), health.c.cleared_at.is_(None))
        .values(cleared_at=now, next_attempt_at=None)
    )
    with translated(), engine.begin() as connection:
        connection.execute(statement)


def read_heartbeat(connection: Connection) -> datetime | None:
    """Return when the daemon was last known to live; None when it never ran."""
    found: datetime | None = connection.execute(
        select(health.c.beat_at).where(health.c.component == _DAEMON)
    ).scalar_one_or_none()
    return found


def read_troubles(connection: Connection) -> tuple[Trouble, ...]:
    """Return the last error of every component that ever had one, the latest first, over or not."""
    query = select(health).where(health.c.error.is_not(None)).order_by(health.c.error_at.desc(), health.c.component)
    return tuple(
        Trouble(
            component=row.component,
            message=row.error,
            advice=row.advice,
            since=row.error_since,
            last_at=row.error_at,
            failures=row.failures,
            next_attempt_at=row.next_attempt_at,
            cleared_at=row.cleared_at,
        )
        for row in connection.execute(query)
    )


def read_errors(connection: Connection) -> dict[str, int]:
    """Return how often each component failed ever, of those that did."""
    query = select(health.c.component, health.c.errors).where(health.c.errors > 0).order_by(health.c.component)
    return {row[0]: row[1] for row in connection.execute(query)}
