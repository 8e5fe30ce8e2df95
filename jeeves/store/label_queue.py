"""What waits for an answer, and what is found by its words: the owner's way to the messages worth labelling.

Lives here: ``PostgresLabelQueue``. Must not live here: in which order messages are shown (``ml.sampling``), answers
(``labels``).

The queue is numbers only: ten thousand of them are a moment's work, their texts are read a few at a time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ARRAY, Date, Engine, and_, exists, func, literal, literal_column, select, true

from jeeves.store import rows
from jeeves.store.failures import translated
from jeeves.store.labels import NOWHERE, counting, standing
from jeeves.store.schema import WEEK, WORDS, labels, messages, predictions
from jeeves.types import CANARY_SENDER, Answer, AnsweredMessage, QueuedMessage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

LONGEST_QUEUE: Final = 50_000  # messages; the latest ones
LONGEST_TEXT: Final = 20_001  # characters read of a text: what the model reads of it, and a sign that there is more
# The latest messages are searched first, then more of them, then the rest: a common word is found among few, and only a
# rare one, of which there are few, is looked up everywhere. The index of words tells weeks apart, so that a step takes
# what is in it and not how often the word was ever written.
_WINDOWS: Final = (1_000, 20_000)
# Of a phrase the index knows the words and not that they stand side by side: each message with all of them is read
# again, and so the rest is searched from the latest to the oldest in steps as well.
_PHRASE_STEP: Final = timedelta(weeks=100)
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
_MOST_WEEKS: Final = 1_000  # named to the index; one message that claims to be of the year 9999 makes more of them
_LONG: Final = ("text", "quoted")
_BRIEF: Final[tuple[Any, ...]] = (
    *(column for column in messages.c if column.name not in _LONG),
    *(func.left(messages.c[name], LONGEST_TEXT).label(name) for name in _LONG),
    *NOWHERE,
)


class PostgresLabelQueue:
    """Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def waiting(self) -> list[QueuedMessage]:
        """Return the messages others wrote that have texts and no answer, the latest first."""
        last_said = (
            select(predictions.c.probability)
            .where(predictions.c.message_id == messages.c.id)
            .order_by(predictions.c.decided_at.desc())
            .limit(1)
            .lateral()
        )
        answered = exists().where(labels.c.message_id == messages.c.id, standing())
        query = (
            select(messages.c.id, messages.c.thread_key, messages.c.received_at, last_said.c.probability)
            .join(last_said, true(), isouter=True)
            .where(
                ~answered,
                messages.c.purged_at.is_(None),
                messages.c.sender_address != CANARY_SENDER,
                func.lower(messages.c.sender_address) != func.lower(messages.c.account),
            )
            .order_by(messages.c.received_at.desc(), messages.c.id.desc())
            .limit(LONGEST_QUEUE)
        )
        with translated(), self._engine.connect() as connection:
            return [
                QueuedMessage(
                    id=row.id, thread_key=row.thread_key, received_at=row.received_at, probability=row.probability
                )
                for row in connection.execute(query)
            ]

    def read(self, numbers: Sequence[int], *, whole: bool = False) -> list[AnsweredMessage]:
        """Return the messages of those numbers, in their order; one that is gone is left out.

        Of their texts only the first ``LONGEST_TEXT`` characters, unless ``whole``.
        """
        query = self._answered((messages, *NOWHERE) if whole else _BRIEF).where(messages.c.id.in_(numbers))
        with translated(), self._engine.connect() as connection:
            found = {each.id: each for each in map(_answered, connection.execute(query))}
        return [found[number] for number in numbers if number in found]

    def search(self, words: str, limit: int) -> list[AnsweredMessage]:
        """Return up to ``limit`` messages that hold the words, the latest first.

        ``words`` is what search engines take: words, "quoted phrases", or, -without (``websearch_to_tsquery``,
        PostgreSQL documentation, section 12.3.2). Looked at are sender, subject and newest text, as they are written.
        """
        return self.read(self.search_numbers(words, limit))

    def search_numbers(self, words: str, limit: int) -> list[int]:
        """Return the numbers of what ``search`` finds."""
        found = list[int]()
        with translated(), self._engine.connect() as connection:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            for since, last in _steps(connection, has_phrase='"' in words):
                found += connection.execute(_latest(words, limit - len(found), since, last)).scalars()
                if len(found) >= limit:
                    break
        return found

    @staticmethod
    def _answered(columns: tuple[Any, ...]) -> Select[Any]:
        counts = counting().where(labels.c.message_id == messages.c.id).lateral()
        return select(*columns, counts.c.value.label("answer")).join(counts, true(), isouter=True)


def _steps(connection: Connection, *, has_phrase: bool) -> Iterator[tuple[datetime | None, datetime]]:
    """Yield the spans of arrival to search, first and last moment, the latest span first; None: from the first on."""
    last = _last_arrival(connection, None)
    windows = list(_WINDOWS)
    while last is not None:
        since = _arrival(connection, windows.pop(0)) if windows else None
        if since is None and has_phrase:
            since = last - min(_PHRASE_STEP, last - _EARLIEST)
        yield since, last
        last = None if since is None else _last_arrival(connection, since)


def _arrival(connection: Connection, number: int) -> datetime | None:
    """Return when the message so far from the latest arrived; None when there are fewer."""
    by_arrival = (messages.c.received_at.desc(), messages.c.id.desc())
    return connection.execute(
        select(messages.c.received_at).order_by(*by_arrival).offset(number).limit(1)
    ).scalar_one_or_none()


def _last_arrival(connection: Connection, before: datetime | None) -> datetime | None:
    """Return when the latest message arrived, of those that arrived before then; None when there is none."""
    query = select(messages.c.received_at).order_by(messages.c.received_at.desc()).limit(1)
    return connection.execute(
        query if before is None else query.where(messages.c.received_at < before)
    ).scalar_one_or_none()


def _latest(words: str, limit: int, since: datetime | None, last: datetime) -> Select[int]:
    """Select the latest messages with these words, of those that arrived in that span."""
    found = select(messages.c.id, messages.c.received_at).where(_holds(words))
    if since is not None:
        found = found.where(within_weeks(since, last))
    # Behind this fence PostgreSQL cannot take to reading message by message, the latest first: it guesses how common
    # a word is, and for a rare one it would read them all.
    each = found.offset(0).subquery()
    latest = select(each.c.id).order_by(each.c.received_at.desc(), each.c.id.desc()).limit(limit)
    if since is not None:
        latest = latest.where(each.c.received_at >= since)
    return latest.where(each.c.received_at <= last)


def within_weeks(since: datetime, until: datetime) -> ColumnElement[bool]:
    """Tell whether a message is of the weeks of the span, as the index of words knows them: they hold all of it.

    When they are too many to be named: whether it arrived from ``since`` on.
    """
    first, last = (_monday(moment.astimezone(UTC).date()) for moment in (since, until))
    weeks = range((last - first).days // 7 + 1)
    if len(weeks) > _MOST_WEEKS:
        return messages.c.received_at >= since
    mondays = [first + timedelta(weeks=week) for week in weeks]
    return literal_column(WEEK.text).bool_op("&&")(literal(mondays, ARRAY(Date)))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _holds(words: str) -> ColumnElement[bool]:
    holds = literal_column(WORDS.text).bool_op("@@")(func.websearch_to_tsquery("simple", rows.clean(words)))
    return and_(holds, messages.c.sender_address != CANARY_SENDER)


def _answered(row: Any) -> AnsweredMessage:  # noqa: ANN401 - a row of columns chosen at run time
    answer = None if row.answer is None else Answer(row.answer)
    return AnsweredMessage(id=row.id, message=rows.message(row), answer=answer)
