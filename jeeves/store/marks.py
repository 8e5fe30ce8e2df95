"""Labels of the mailbox in PostgreSQL: what they last said, what Jeeves wrote, how far they are read.

Lives here: ``PostgresMarks``. Must not live here: what a label says (``mail.mailbox_labels``), IMAP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Row, exists, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on, insert

from jeeves.store import rows
from jeeves.store.failures import translated
from jeeves.store.labels import counting, standing
from jeeves.store.schema import (
    labels,
    mailbox_marks,
    mailboxes,
    mark_scans,
    message_locations,
    messages,
    predictions,
)
from jeeves.types import CANARY_SENDER, Answer, LabelSource, MarkPlace, MarkState, MessageRef

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from jeeves.types import MarkedMessage, MarkScan

_PLACES_AT_A_TIME = 1_000


class PostgresMarks:
    """Satisfies ``ports.MarkStore``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def place(self, account: str, folder: str) -> MarkPlace | None:
        """Return how far the labels of ``folder`` are read; None: not at all."""
        query = select(mark_scans).where(
            mark_scans.c.account == rows.clean(account), mark_scans.c.folder == rows.clean(folder)
        )
        with translated(), self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return MarkPlace(folder=folder, uidvalidity=row.uidvalidity, highest_modseq=row.highest_modseq)

    def states(self, account: str, scan: MarkScan) -> list[tuple[int, MarkState] | None]:
        """Return for each message of ``scan`` its number and what is known of its labels; None: it is not stored."""
        with translated(), self._engine.connect() as connection:
            numbers: list[int | None] = []
            for start in range(0, len(scan.marked), _PLACES_AT_A_TIME):
                numbers += _numbers(connection, account, scan.marked[start : start + _PLACES_AT_A_TIME])
            known = {number for number in numbers if number is not None}
            query = select(mailbox_marks).where(mailbox_marks.c.message_id.in_(known))
            states = {row.message_id: _state(row) for row in connection.execute(query)}
        return [None if number is None else (number, states.get(number, MarkState())) for number in numbers]

    def gone(self, account: str, scan: MarkScan) -> list[tuple[int, MarkState]]:
        """Return the messages that a folder which is a label held when it was last read, and holds no more."""
        held = {found[0] for found in self.states(account, scan) if found is not None}
        query = (
            select(mailbox_marks)
            .join(messages, messages.c.id == mailbox_marks.c.message_id)
            .where(messages.c.account == rows.clean(account), mailbox_marks.c.folder == rows.clean(scan.place.folder))
        )
        with translated(), self._engine.connect() as connection:
            return [(row.message_id, _state(row)) for row in connection.execute(query) if row.message_id not in held]

    def keep(
        self,
        account: str,
        places: Sequence[MarkPlace],
        states: Mapping[int, MarkState],
        answers: Mapping[int, Answer],
        *,
        now: datetime,
    ) -> None:
        """Write states, append answers (source: gmail) and move the folders' places, in one transaction.

        The answer of a message whose label was taken off is that what labels said of it is taken back.
        """
        with translated(), self._engine.begin() as connection:
            if states:
                _save_states(connection, states)
            for number, answer in sorted(answers.items()):
                taken_off = number in states and states[number].seen is None
                said = _withdrawn(connection, number) if taken_off else [{"value": answer.value}]
                common = {"message_id": number, "source": LabelSource.GMAIL.value, "labelled_at": now}
                connection.execute(insert(labels).on_conflict_do_nothing(), [common | each for each in said])
            for place in places:
                if place.highest_modseq is not None:
                    _save_place(connection, account, place)

    def unmarked(self, account: str, *, since: datetime, limit: int) -> list[tuple[int, MessageRef]]:
        """Return where finds lie that arrived from ``since`` on and of which no label and no answer is known."""
        found = exists().where(predictions.c.message_id == messages.c.id, predictions.c.needs_place)
        query = (
            select(messages.c.id, mailboxes.c.folder, message_locations.c.uidvalidity, message_locations.c.uid)
            .ext(distinct_on(messages.c.id))
            .join(message_locations, message_locations.c.message_id == messages.c.id)
            .join(mailboxes, mailboxes.c.id == message_locations.c.mailbox_id)
            .where(
                messages.c.account == rows.clean(account),
                messages.c.sender_address != CANARY_SENDER,
                messages.c.received_at >= since,
                mailboxes.c.uidvalidity == message_locations.c.uidvalidity,
                found,
                ~exists().where(mailbox_marks.c.message_id == messages.c.id),
                ~exists().where(labels.c.message_id == messages.c.id),
            )
            .order_by(messages.c.id, mailboxes.c.id, message_locations.c.uid)
            .limit(limit)
        )
        with translated(), self._engine.connect() as connection:
            return [
                (row.id, MessageRef(mailbox=row.folder, uidvalidity=row.uidvalidity, uid=row.uid))
                for row in connection.execute(query)
            ]


def _numbers(connection: Connection, account: str, marked: Sequence[MarkedMessage]) -> list[int | None]:
    """Return the number of each message: by its key where that is known, else by the place where it lies."""
    keys = [_key(each) for each in marked]
    by_key = select(messages.c.message_key, messages.c.id).where(
        messages.c.account == rows.clean(account), messages.c.message_key.in_([key for key in keys if key])
    )
    known = {row.message_key: row.id for row in connection.execute(by_key)} if any(keys) else {}
    places = [(rows.clean(each.ref.mailbox), each.ref.uidvalidity, each.ref.uid) for each in marked]
    columns = (mailboxes.c.folder, message_locations.c.uidvalidity, message_locations.c.uid)
    by_place = (
        select(*columns, message_locations.c.message_id)
        .join_from(message_locations, mailboxes)
        .where(mailboxes.c.account == rows.clean(account), tuple_(*columns).in_(places))
    )
    here = {} if all(keys) else {tuple(row[:3]): row.message_id for row in connection.execute(by_place)}
    return [known.get(key) if key else here.get(place) for key, place in zip(keys, places, strict=True)]


def _key(marked: MarkedMessage) -> str:
    """Return the key under which the message is stored, if its labels tell that; empty: its place does."""
    return rows.key(marked.message_key) if marked.gmail_id is None else str(marked.gmail_id)


def _withdrawn(connection: Connection, number: int) -> list[dict[str, object]]:
    """Return the rows that take back what labels of the mailbox said of a message; "skip" where none was an answer."""
    ours = labels.c.source == LabelSource.GMAIL.value
    standing_here = select(labels.c.id).where(labels.c.message_id == number, ours, standing()).order_by(labels.c.id)
    left = connection.execute(counting().where(labels.c.message_id == number, ~ours)).one_or_none()
    value = Answer.SKIP.value if left is None else left.value
    taken = [{"value": value, "takes_back": each} for each in connection.execute(standing_here).scalars()]
    return taken or [{"value": Answer.SKIP.value}]


def _save_states(connection: Connection, states: Mapping[int, MarkState]) -> None:
    statement = insert(mailbox_marks)
    values = {name: statement.excluded[name] for name in ("seen", "written", "folder")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["message_id"], set_=values),
        [{"message_id": number, **_columns(state)} for number, state in sorted(states.items())],
    )


def _columns(state: MarkState) -> dict[str, str | None]:
    return {
        "folder": rows.clean(state.folder),
        "seen": None if state.seen is None else state.seen.value,
        "written": None if state.written is None else state.written.value,
    }


def _save_place(connection: Connection, account: str, place: MarkPlace) -> None:
    reached = {"uidvalidity": place.uidvalidity, "highest_modseq": place.highest_modseq}
    where = {"account": rows.clean(account), "folder": rows.clean(place.folder)}
    connection.execute(
        insert(mark_scans)
        .values(where | reached)
        .on_conflict_do_update(index_elements=["account", "folder"], set_=reached)
    )


def _state(row: Row[Any]) -> MarkState:
    return MarkState(seen=_answer(row.seen), written=_answer(row.written), folder=row.folder)


def _answer(value: str | None) -> Answer | None:
    return None if value is None else Answer(value)
