from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from jeeves.store.archive import PostgresArchive
from jeeves.store.labels import PostgresLabels
from jeeves.store.messages import PostgresMessages
from jeeves.store.schema import messages, raw_messages
from jeeves.types import Answer, ArchivedMessage, Filed, LabelSource, ThreadLinks
from tests.integration.store.build import ACCOUNT, NOW, cursor, received

if TYPE_CHECKING:
    from sqlalchemy import Engine, Table

    from jeeves.types import Message

DAY = timedelta(days=1)


@pytest.fixture
def archive(engine: Engine) -> PostgresArchive:
    return PostgresArchive(engine)


def archived(number: int, **changes: object) -> ArchivedMessage:
    _, message = received(number)
    old: Message = replace(message, ref=None, received_at=NOW - 100 * DAY)
    return ArchivedMessage(message=replace(old, **changes))  # type: ignore[arg-type]  # fields of Message


def add(archive: PostgresArchive, *batch: ArchivedMessage) -> Filed:
    return archive.add(ACCOUNT, batch, silent_before=NOW - DAY, now=NOW)


def count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        found: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return found


def test_what_is_new_is_stored_once_and_its_number_is_told_each_time(archive: PostgresArchive, engine: Engine) -> None:
    first = add(archive, archived(1), archived(2), archived(1))
    second = add(archive, archived(2), archived(3))

    assert (first.new, second.new) == (2, 1)
    assert first.ids[0] == first.ids[2] != first.ids[1] == second.ids[0]
    assert count(engine, messages) == 3


def test_of_two_copies_in_one_batch_the_first_is_stored(archive: PostgresArchive, engine: Engine) -> None:
    add(archive, archived(1, subject="first"), archived(1, subject="second"))

    with engine.connect() as connection:
        assert connection.execute(select(messages.c.subject)).scalar_one() == "first"


def test_old_mail_is_decided_and_fresh_mail_is_left_to_the_daemon(archive: PostgresArchive, engine: Engine) -> None:
    add(archive, archived(1), archived(2, received_at=NOW))

    (waiting,) = PostgresMessages(engine).unclassified(10)
    assert waiting.message.message_key == "<2@example.org>"
    assert waiting.message.ref is None


def test_mail_out_of_the_future_is_never_alerted(archive: PostgresArchive, engine: Engine) -> None:
    add(archive, archived(1, received_at=NOW + 300 * DAY), archived(2, received_at=NOW + timedelta(minutes=1)))

    (waiting,) = PostgresMessages(engine).unclassified(10)
    assert waiting.message.message_key == "<2@example.org>"


def test_in_an_account_on_gmail_fresh_mail_without_gmails_number_is_left_to_its_twin(
    archive: PostgresArchive, engine: Engine
) -> None:
    add(archive, replace(archived(1), gmail_id=7))

    add(archive, archived(2, received_at=NOW), replace(archived(3, received_at=NOW), gmail_id=8))

    (waiting,) = PostgresMessages(engine).unclassified(10)
    assert waiting.message.message_key == "<3@example.org>"


def test_a_message_known_from_the_server_stays_as_it_is(archive: PostgresArchive, engine: Engine) -> None:
    store = PostgresMessages(engine)
    store.store_batch(ACCOUNT, [received(1)], cursor(1), reset=False)

    assert add(archive, archived(1, subject="other")).new == 0

    (waiting,) = store.unclassified(10)
    assert waiting.message.subject == "Lunch?"


def test_a_message_of_the_archive_that_arrives_later_is_one_row_with_a_place(
    archive: PostgresArchive, engine: Engine
) -> None:
    store = PostgresMessages(engine)
    add(archive, archived(1))

    assert store.store_batch(ACCOUNT, [received(1)], cursor(1), reset=False) == 0

    assert count(engine, messages) == 1
    assert store.unclassified(10) == []
    assert count(engine, raw_messages) == 0


def test_gmails_numbers_are_kept(archive: PostgresArchive, engine: Engine) -> None:
    add(archive, replace(archived(1), gmail_id=2**64 - 1, gmail_thread=7))

    with engine.connect() as connection:
        row = connection.execute(select(messages.c.gmail_id, messages.c.gmail_thread)).one()
    assert (int(row.gmail_id), int(row.gmail_thread)) == (2**64 - 1, 7)


def test_a_message_of_the_archive_joins_the_thread_of_what_is_stored_and_the_other_way_round(
    archive: PostgresArchive, engine: Engine
) -> None:
    store = PostgresMessages(engine)
    answer = ThreadLinks(message_id="b@example.org", ancestors=("a@example.org",))
    later = ThreadLinks(message_id="c@example.org", ancestors=("b@example.org",))
    store.store_batch(ACCOUNT, [received(1, links=later, thread_key="b@example.org")], cursor(1), reset=False)
    add(archive, archived(2, links=ThreadLinks(message_id="a@example.org"), thread_key="a@example.org"))
    add(archive, archived(3, links=answer, thread_key="a@example.org"))

    with engine.connect() as connection:
        assert len(set(connection.execute(select(messages.c.thread_key)).scalars())) == 1


def test_an_answer_is_kept_once_and_again_only_when_it_changed(archive: PostgresArchive, engine: Engine) -> None:
    def answered(answer: Answer | None) -> int:
        return add(archive, replace(archived(1), answer=answer), archived(2)).answers

    assert [answered(each) for each in (None, Answer.YES, Answer.YES, None, Answer.NO)] == [0, 1, 0, 0, 1]

    (labelled,) = PostgresLabels(engine).answered()
    assert (labelled.message.message_key, labelled.answer) == ("<1@example.org>", Answer.NO)


def test_what_the_owner_said_since_outranks_an_import(archive: PostgresArchive, engine: Engine) -> None:
    number = add(archive, replace(archived(1), answer=Answer.YES)).ids[0]
    assert number is not None
    labels = PostgresLabels(engine)
    labels.add(number, Answer.SKIP, LabelSource.CLI, now=NOW)

    add(archive, replace(archived(1), answer=Answer.NO))

    assert [each.answer for each in labels.answered()] == [Answer.SKIP]


def test_nothing_is_a_batch_too(archive: PostgresArchive) -> None:
    assert add(archive) == Filed(new=0, ids=())


def test_archive_and_daemon_storing_the_same_mail_in_opposite_order_do_not_block_each_other(
    archive: PostgresArchive, engine: Engine
) -> None:
    store = PostgresMessages(engine)
    numbers = range(1, 201)
    new: list[int] = []

    def arrive() -> None:
        new.append(store.store_batch(ACCOUNT, [received(n) for n in numbers], cursor(200), reset=False))

    def fill() -> None:
        new.append(add(archive, *(archived(n) for n in reversed(numbers))).new)

    threads = [threading.Thread(target=work) for work in (arrive, fill)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(new) == count(engine, messages) == 200
