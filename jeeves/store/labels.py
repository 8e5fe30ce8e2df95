"""The owner's answers in PostgreSQL: appended, never changed; which one counts is read, not written.

Lives here: ``PostgresLabels``, and which labels stand. Must not live here: what is learned from answers (``actions``).

An answer is taken back by appending a label that names it. Neither of the two stands then; the new one repeats the
answer that counted before, so that the latest label of a message is its answer for whoever does not look closer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, Connection, Engine, Integer, and_, exists, false, func, literal, null, select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from jeeves.store.failures import translated
from jeeves.store.history import HISTORY, with_history
from jeeves.store.schema import labels, messages
from jeeves.types import Answer, LabelCounts, LabelEntry, LabelledMail, LabelSource

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select

# Stands in for a message's location where nobody asks for it.
NOWHERE: Final = tuple(null().label(name) for name in ("folder", "uidvalidity", "uid"))


_TAKING_BACK: Final = labels.alias()
_OWNS: Final = func.cast(labels.c.source != LabelSource.IMPORT.value, Integer)


def standing() -> ColumnElement[bool]:
    """Tell of a row of ``labels`` whether it stands: it takes nothing back, and nothing takes it back."""
    taken_back = exists().where(_TAKING_BACK.c.takes_back == labels.c.id)
    return and_(labels.c.takes_back.is_(None), ~taken_back)


def counting() -> Select[tuple[int, int, str, int]]:
    """Select message, label, value and first label of the answer that counts, of every message that has one.

    The owner's own answers outrank imported ones; among equals the latest counts.
    """
    first = func.min(labels.c.id).over(partition_by=labels.c.message_id)
    return (
        select(labels.c.message_id, labels.c.id.label("label_id"), labels.c.value, first.label("first_label_id"))
        .ext(distinct_on(labels.c.message_id))
        .where(standing())
        .order_by(labels.c.message_id, _OWNS.desc(), labels.c.id.desc())
    )


def is_refused(message_id: ColumnElement[int] | int) -> ColumnElement[bool]:
    """Return the condition that by the owner's own answer nobody wants to meet in the message of that number."""
    latest = (
        select(labels.c.value)
        .where(labels.c.message_id == message_id, labels.c.source != LabelSource.IMPORT.value, standing())
        .order_by(labels.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(latest == Answer.NO.value, false())


class PostgresLabels:
    """Satisfies ``ports.LabelStore``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def add(self, message_id: int, answer: Answer, source: LabelSource, *, now: datetime) -> bool:
        """Append an answer. Returns False, writing nothing, when there is no message of that number."""
        known = select(
            messages.c.id, literal(answer.value), literal(source.value), literal(now, labels.c.labelled_at.type)
        ).where(messages.c.id == message_id)
        statement = insert(labels).from_select(["message_id", "value", "source", "labelled_at"], known)
        with translated(), self._engine.begin() as connection:
            return connection.execute(statement.returning(labels.c.id)).one_or_none() is not None

    def answered(self) -> list[LabelledMail]:
        """Return every message that has an answer, with the one that counts, by its label's id."""
        counts = counting().subquery()
        query = (
            select(messages, counts.c.label_id, counts.c.value, counts.c.first_label_id, *NOWHERE, *HISTORY)
            .join(counts, counts.c.message_id == messages.c.id)
            .order_by(counts.c.label_id)
        )
        with translated(), self._engine.connect() as connection:
            return [
                LabelledMail(
                    id=row.id,
                    message=with_history(row),
                    answer=Answer(row.value),
                    label_id=row.label_id,
                    first_label_id=row.first_label_id,
                )
                for row in connection.execute(query)
            ]

    def latest(self) -> int:
        """Return the id of the latest label, 0 when there is none."""
        with translated(), self._engine.connect() as connection:
            return connection.execute(select(func.max(labels.c.id))).scalar_one() or 0

    def since(self, label_id: int) -> tuple[int, datetime | None]:
        """Return how many messages were labelled after the label ``label_id``, and when the first of these was."""
        query = select(func.count(labels.c.message_id.distinct()), func.min(labels.c.labelled_at)).where(
            labels.c.id > label_id, labels.c.value != Answer.SKIP.value, standing()
        )
        with translated(), self._engine.connect() as connection:
            row = connection.execute(query).one()
        return row[0], row[1]

    def undo(self, *, now: datetime) -> int | None:
        """Take back the latest answer given here (source cli) that stands, also one of an earlier session.

        Returns the number of its message, None when there is nothing left to take back.
        """
        while True:  # another process may be faster: then the one before is the latest
            with translated(), self._engine.begin() as connection:
                latest = connection.execute(_LATEST_HERE).one_or_none()
                if latest is None:
                    return None
                values = {
                    "message_id": latest.message_id,
                    "value": _answer_without(connection, latest.message_id, latest.id),
                    "source": LabelSource.CLI.value,
                    "labelled_at": now,
                    "takes_back": latest.id,
                }
                statement = insert(labels).values(values).on_conflict_do_nothing().returning(labels.c.message_id)
                taken: int | None = connection.execute(statement).scalar_one_or_none()
            if taken is not None:
                return taken

    def counts(self) -> LabelCounts:
        """Return how many messages have an answer that counts, by answer."""
        counts = counting().subquery()
        query = select(counts.c.value, func.count()).group_by(counts.c.value)
        with translated(), self._engine.connect() as connection:
            by_answer = {Answer(row[0]): row[1] for row in connection.execute(query)}
        yes, no = by_answer.get(Answer.YES, 0), by_answer.get(Answer.NO, 0)
        return LabelCounts(labelled=yes + no, positives=yes)


_LATEST_HERE: Final = (
    select(labels.c.id, labels.c.message_id)
    .where(labels.c.source == LabelSource.CLI.value, standing())
    .order_by(labels.c.id.desc())
    .limit(1)
)


def _answer_without(connection: Connection, message_id: int, label_id: int) -> str:
    """Return what counts of a message once a label is gone; "skip" when nothing does."""
    query = counting().where(labels.c.message_id == message_id, labels.c.id != label_id)
    row = connection.execute(query).one_or_none()
    return Answer.SKIP.value if row is None else str(row.value)


def read_history(connection: Connection, message_id: int) -> tuple[LabelEntry, ...]:
    """Return every label of a message, the first one first."""
    query = select(labels, standing().label("stands")).where(labels.c.message_id == message_id).order_by(labels.c.id)
    counts = connection.execute(counting().where(labels.c.message_id == message_id)).one_or_none()
    return tuple(
        LabelEntry(
            id=row.id,
            answer=Answer(row.value),
            source=LabelSource(row.source),
            labelled_at=row.labelled_at,
            takes_back=row.takes_back,
            stands=row.stands,
            counts=counts is not None and counts.label_id == row.id,
        )
        for row in connection.execute(query)
    )
