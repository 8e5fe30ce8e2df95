"""How many messages there are and how many each model decided on, exactly, without counting millions every time.

Lives here: the tallies, and what forgetting takes off them. Must not live here: when they are taken (``upkeep``), what
has come since (``status``).

A tally counts everything up to one message's number, below which nothing is added any more: whoever takes it has
waited until nobody was writing messages, and every message up to there is decided, once (T2). What came later is
counted when it is asked for. See docs/decisions/0012-growth.md.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Engine, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from jeeves.store.failures import translated
from jeeves.store.schema import messages, predictions, tallies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

_OF_MESSAGES: Final = ""  # in place of a model's version
_PATIENCE: Final = "5s"  # mail that arrives must not wait long behind us


def take_tallies(engine: Engine) -> int:
    """Count what has come since the last time; return the number of the message up to which all is counted.

    Waits until no message is being written. Raises DatabaseUnavailable, also when that takes too long.
    """
    with translated(), engine.begin() as connection:
        connection.execute(text(f"set local lock_timeout = '{_PATIENCE}'"))
        connection.execute(text("lock table messages in share mode"))
        start, end = _up_to(connection), _settled(connection)
        if end <= start:
            return start
        found: list[dict[str, object]] = [
            {"model_version": _OF_MESSAGES, "counted": _messages_after(connection, start, end), "latest": None},
            *(row._asdict() for row in _predictions_after(connection, start, end)),
        ]
        statement = insert(tallies).values(up_to=end)
        more = {
            "counted": tallies.c.counted + statement.excluded.counted,
            "latest": func.greatest(tallies.c.latest, statement.excluded.latest),  # nulls count for nothing
        }
        connection.execute(statement.on_conflict_do_update(index_elements=["model_version"], set_=more), found)
        connection.execute(update(tallies).values(up_to=end))
        return end


def predicted_by(connection: Connection, numbers: Sequence[int]) -> list[tuple[int, str]]:
    """Return the predictions of those messages, each as its message and its model's version."""
    query = select(predictions.c.message_id, predictions.c.model_version).where(predictions.c.message_id.in_(numbers))
    return [(row.message_id, row.model_version) for row in connection.execute(query)]


def take_off(connection: Connection, numbers: Sequence[int], predicted: Sequence[tuple[int, str]]) -> None:
    """Take messages that were just deleted, and what was ``predicted_by`` models of them, off the tallies.

    To be called after the deletion: until the transaction ends nobody takes tallies then.
    """
    up_to = _up_to(connection)
    gone = Counter(version for number, version in predicted if number <= up_to)
    gone[_OF_MESSAGES] = sum(number <= up_to for number in numbers)
    for name, count in sorted(gone.items()):
        fewer = tallies.c.counted - count
        connection.execute(update(tallies).where(tallies.c.model_version == name).values(counted=fewer))


def _up_to(connection: Connection) -> int:
    query = select(tallies.c.up_to).where(tallies.c.model_version == _OF_MESSAGES)
    return connection.execute(query).scalar_one_or_none() or 0


def _settled(connection: Connection) -> int:
    """Return the number of the last message before the first undecided one; 0: there is none."""
    undecided = select(func.min(messages.c.id)).where(messages.c.decided_at.is_(None)).scalar_subquery()
    last = select(func.max(messages.c.id)).scalar_subquery()
    return int(connection.execute(select(func.coalesce(undecided - 1, last, 0))).scalar_one())


def _messages_after(connection: Connection, start: int, end: int) -> int:
    query = select(func.count()).where(messages.c.id > start, messages.c.id <= end)
    return int(connection.execute(query).scalar_one())


def _predictions_after(connection: Connection, start: int, end: int) -> Sequence[Row[Any]]:
    counted, latest = func.count().label("counted"), func.max(predictions.c.decided_at).label("latest")
    query = (
        select(predictions.c.model_version, counted, latest)
        .where(predictions.c.message_id > start, predictions.c.message_id <= end)
        .group_by(predictions.c.model_version)
    )
    return connection.execute(query).all()
