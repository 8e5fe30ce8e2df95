from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Table, func, select

from jeeves.errors import AlreadyRunning
from jeeves.store.archive import PostgresArchive
from jeeves.store.backfills import PostgresBackfills
from jeeves.store.database import daemon_lock
from jeeves.store.forgetting import (
    PORTION,
    forget,
    forget_all,
    purge_originals,
    purge_texts,
    received_before,
    written_by,
)
from jeeves.store.label_queue import PostgresLabelQueue
from jeeves.store.labels import PostgresLabels
from jeeves.store.messages import PostgresMessages
from jeeves.store.outbox import PostgresOutbox
from jeeves.store.schema import (
    METADATA,
    forgotten_messages,
    labels,
    messages,
    notifications,
    predictions,
    raw_messages,
    thread_states,
    threads,
)
from jeeves.store.waiting import PostgresWaiting
from jeeves.types import (
    Answer,
    ArchivedMessage,
    DigestWording,
    FetchPlan,
    FolderContents,
    Held,
    LabelSource,
    Person,
    PlaceState,
)
from tests.integration.store.build import ACCOUNT, ALERT, LATER, NOW, PREDICTION, SECOND, cursor, received

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from jeeves.types import Alert

DAY = timedelta(days=1)
EVE = Person(name="Eve", address="eve@example.org")
WHOLE = FetchPlan(folder="INBOX", uidvalidity=7, first_uid=1, last_uid=9, reset=False)
WORDING = DigestWording(
    compose=lambda waiting, reference: f"{reference}: {'; '.join(each.body for each in waiting)}",
    reference=lambda number: f"d{number}",
    most=10,
)


def count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        found: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return found


def alert(uid: int, *, held: bool = False) -> Alert:
    made = replace(ALERT, dedupe_key=f"<{uid}@example.org>#1", reference=f"k{uid}", body=f"Words of {uid}.")
    return replace(made, held=Held.QUIET, due_at=LATER) if held else made


def fill(engine: Engine, *, held: bool = False) -> None:
    """Store message 1 of Ben and message 2 of Eve, each decided, with an alert and an open thread."""
    store = PostgresMessages(engine)
    store.store_batch(ACCOUNT, [received(1), received(2, sender=EVE)], cursor(2), reset=False)
    for stored in store.unclassified(9):
        uid = stored.message.ref.uid if stored.message.ref else 0
        state = replace(
            store.thread(stored.message.thread_key), place_state=PlaceState.OPEN, proposal=1, words=f"Words of {uid}."
        )
        decided = alert(uid, held=held)
        assert store.record_decision(
            stored, PREDICTION, state, decided, channel="console", expires_at=LATER + DAY, now=NOW
        )


def everything(engine: Engine) -> str:
    """Return every row of every table as text."""
    with engine.connect() as connection:
        return "\n".join(
            str(tuple(row)) for table in METADATA.sorted_tables for row in connection.execute(select(table))
        )


def test_what_a_sender_wrote_is_gone_from_every_table_and_the_rest_stays(engine: Engine) -> None:
    fill(engine)
    number = PostgresLabelQueue(engine).search_numbers("eve@example.org", 9)[0]
    PostgresLabels(engine).add(number, Answer.YES, LabelSource.CLI, now=NOW)

    gone = forget(engine, written_by("EVE@example.org"), now=NOW)

    assert gone == 1
    left = everything(engine)
    assert "eve@" not in left.lower()
    assert "Words of 2" not in left
    assert "<2@example.org>" not in left
    assert "Words of 1" in left
    for table in (messages, raw_messages, predictions, notifications, threads, thread_states, forgotten_messages):
        assert count(engine, table) == 1, table.name
    assert count(engine, labels) == 0


def test_what_was_forgotten_is_neither_missed_nor_stored_again(engine: Engine) -> None:
    fill(engine)
    forget(engine, written_by("eve@example.org"), now=NOW)
    store = PostgresMessages(engine)
    again = received(2, sender=EVE)
    moved = (replace(again[0], ref=replace(again[0].ref, uid=5)), again[1])
    contents = FolderContents(folder="INBOX", uidvalidity=7, uids=(2, 6))
    old = ArchivedMessage(message=replace(again[1], ref=replace(again[0].ref, uid=6)))

    assert sorted(store.stored_uids(ACCOUNT, WHOLE)) == [1, 2]
    assert store.store_batch(ACCOUNT, [moved, received(3)], cursor(5), reset=False) == 1
    imported = PostgresArchive(engine).add(ACCOUNT, [old, old], silent_before=NOW, now=NOW)
    kept = PostgresBackfills(engine).keep(ACCOUNT, contents, [old], size=1, silent_before=NOW, now=NOW)

    assert (imported.new, imported.ids, kept.new) == (0, (None, None), 0)
    assert sorted(store.stored_uids(ACCOUNT, WHOLE)) == [1, 2, 3, 5, 6]
    assert PostgresBackfills(engine).places(ACCOUNT, "INBOX", 7) == {1, 2, 3, 5, 6}
    assert "eve@" not in everything(engine)


def test_a_new_numbering_of_the_folder_does_not_bring_it_back(engine: Engine) -> None:
    fill(engine)
    forget(engine, written_by("eve@example.org"), now=NOW)
    raw, message = received(2, sender=EVE)
    renumbered = replace(raw, ref=replace(raw.ref, uidvalidity=8))

    new = PostgresMessages(engine).store_batch(ACCOUNT, [(renumbered, message)], cursor(2, uidvalidity=8), reset=True)

    assert new == 0
    assert count(engine, messages) == 1


def test_more_than_one_portion_before_a_day_is_forgotten(engine: Engine) -> None:
    batch = [
        ArchivedMessage(message=replace(received(uid)[1], ref=None, received_at=NOW - 9 * DAY)) for uid in range(1, 702)
    ]
    PostgresArchive(engine).add(ACCOUNT, batch, silent_before=NOW, now=NOW)
    PostgresMessages(engine).store_batch(ACCOUNT, [received(800)], cursor(800), reset=False)

    assert forget(engine, received_before(NOW - DAY), now=NOW) == 701
    assert count(engine, messages) == 1


def test_an_unsent_digest_loses_what_was_forgotten_and_tells_the_rest(engine: Engine) -> None:
    fill(engine, held=True)
    waiting = PostgresWaiting(engine)
    assert waiting.release(LATER, WORDING).gathered == 2

    forget(engine, written_by("eve@example.org"), now=NOW)
    waiting.release(LATER, WORDING)

    told = PostgresOutbox(engine).claim(LATER, DAY)
    assert told is not None
    assert told.body == "Words of 1."
    assert "Words of 2" not in everything(engine)


def test_everything_is_forgotten_only_while_no_daemon_runs(engine: Engine) -> None:
    fill(engine)
    with daemon_lock(engine), pytest.raises(AlreadyRunning):
        forget_all(engine)
    assert count(engine, messages) == 2

    forget_all(engine)

    assert everything(engine) == ""


def test_old_originals_go_once_they_are_decided_on(engine: Engine) -> None:
    fill(engine)
    PostgresMessages(engine).store_batch(ACCOUNT, [received(3)], cursor(3), reset=False)

    assert purge_originals(engine, NOW) == 0
    assert purge_originals(engine, NOW + DAY) == 2
    assert purge_originals(engine, NOW + DAY) == 0
    assert count(engine, raw_messages) == 1  # nobody has decided on message 3
    assert count(engine, messages) == 3


def test_old_originals_go_whatever_was_stored_before_them_and_is_still_wanted(engine: Engine) -> None:
    late, future, due = PORTION + 5, PORTION + 6, PORTION + 9
    # In the order of their keys they are stored. Until ``late`` it is mail of the past, decided on only today; then one
    # nobody has decided on, and one of a server whose clock is wrong.
    arrived = {future: {"received_at": NOW + 9 * DAY}}
    batch = [received(uid, message_key=f"<{uid:04}@example.org>", **arrived.get(uid, {})) for uid in range(1, due + 1)]
    PostgresMessages(engine).store_batch(ACCOUNT, batch, cursor(due), reset=False)
    with engine.begin() as connection:
        decide = messages.update().where(messages.c.id < late)
        connection.execute(decide.values(decided_at=NOW + 2 * DAY))
        connection.execute(messages.update().where(messages.c.id >= future).values(decided_at=NOW + 3 * SECOND))

    assert purge_originals(engine, NOW + DAY) == due - future
    assert purge_originals(engine, NOW + DAY) == 0
    assert purge_originals(engine, NOW + 3 * DAY) == PORTION
    assert purge_originals(engine, NOW + 3 * DAY) == late - 1 - PORTION
    assert purge_originals(engine, NOW + 10 * DAY) == 1
    assert count(engine, raw_messages) == 1


def test_old_texts_go_but_for_answered_messages_and_open_threads_and_nothing_is_fetched_or_told_again(
    engine: Engine,
) -> None:
    store = PostgresMessages(engine)
    old = [ArchivedMessage(message=replace(received(uid)[1], ref=None)) for uid in (1, 2, 3)]
    ids = PostgresArchive(engine).add(ACCOUNT, old, silent_before=LATER, now=NOW).ids
    assert ids[0] is not None
    PostgresLabels(engine).add(ids[0], Answer.YES, LabelSource.CLI, now=NOW)
    with engine.begin() as connection:
        row = {"thread_key": "<2@example.org>", "place_state": "open", "proposal": 1, "updated_at": NOW}
        connection.execute(threads.insert().values(row))

    assert purge_texts(engine, NOW, now=LATER) == 0
    assert purge_texts(engine, NOW + DAY, now=LATER) == 1
    assert purge_texts(engine, NOW + DAY, now=LATER) == 0

    with engine.connect() as connection:
        texts = connection.execute(select(messages.c.text).order_by(messages.c.id)).scalars().all()
    assert [bool(each) for each in texts] == [True, True, False]
    assert [each.message.text for each in PostgresLabels(engine).answered()] == ["Shall we have lunch on Friday?"]
    assert [each.id for each in PostgresLabelQueue(engine).waiting()] == [ids[1]]
    assert store.store_batch(ACCOUNT, [received(3)], cursor(3), reset=False) == 0
    assert store.unclassified(9) == []
