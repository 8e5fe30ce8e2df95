from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from jeeves.store import label_queue
from jeeves.store.label_queue import LONGEST_TEXT, PostgresLabelQueue
from jeeves.store.labels import PostgresLabels
from jeeves.store.messages import PostgresMessages
from jeeves.store.schema import messages
from jeeves.types import Answer, LabelSource, Person, Suppressed, ThreadState
from tests.integration.store.build import ACCOUNT, LATER, NOW, PREDICTION, cursor, received

if TYPE_CHECKING:
    from sqlalchemy import Engine

TEXTS = ("Shall we have lunch on Friday?", "The invoice is attached.", "Kaffee mit O'Brien & Søn; drop table?")


@pytest.fixture
def numbers(engine: Engine) -> list[int]:
    """Store three messages, the first the oldest, and return their numbers."""
    store = PostgresMessages(engine)
    batch = [received(uid, text=text, subject=f"Letter {uid}") for uid, text in enumerate(TEXTS, start=1)]
    store.store_batch(ACCOUNT, batch, cursor(3), reset=False)
    return [stored.id for stored in store.unclassified(3)]


@pytest.fixture
def queue(engine: Engine) -> PostgresLabelQueue:
    return PostgresLabelQueue(engine)


def test_what_has_no_answer_waits_the_latest_first(
    engine: Engine, numbers: list[int], queue: PostgresLabelQueue
) -> None:
    first, second, third = numbers
    assert [each.id for each in queue.waiting()] == [third, second, first]

    PostgresLabels(engine).add(second, Answer.SKIP, LabelSource.CLI, now=NOW)
    assert [each.id for each in queue.waiting()] == [third, first]

    PostgresLabels(engine).undo(now=LATER)
    assert [each.id for each in queue.waiting()] == [third, second, first]


def test_it_is_known_what_was_said_of_a_message(engine: Engine, numbers: list[int], queue: PostgresLabelQueue) -> None:
    store = PostgresMessages(engine)
    stored = store.unclassified(1)[0]
    store.record_decision(
        stored,
        PREDICTION,
        ThreadState(thread_key=stored.message.thread_key),
        Suppressed(reason="too_old"),
        channel="console",
        expires_at=LATER,
        now=NOW,
    )

    assert {each.id: each.probability for each in queue.waiting()} == {
        numbers[0]: PREDICTION.probability,
        numbers[1]: None,
        numbers[2]: None,
    }


def test_what_the_owner_wrote_does_not_wait(engine: Engine, queue: PostgresLabelQueue) -> None:
    batch = [received(1, sender=Person(name="Anna", address=ACCOUNT.upper()))]
    PostgresMessages(engine).store_batch(ACCOUNT, batch, cursor(1), reset=False)

    assert queue.waiting() == []


def test_messages_come_in_the_order_asked_for_with_their_answers(
    engine: Engine, numbers: list[int], queue: PostgresLabelQueue
) -> None:
    PostgresLabels(engine).add(numbers[0], Answer.YES, LabelSource.CLI, now=NOW)

    read = queue.read([numbers[2], 999, numbers[0]])

    assert [(each.id, each.answer) for each in read] == [(numbers[2], None), (numbers[0], Answer.YES)]
    assert read[1].message.text == TEXTS[0]


def test_only_the_beginning_of_a_long_text_is_read(engine: Engine, queue: PostgresLabelQueue) -> None:
    store = PostgresMessages(engine)
    store.store_batch(ACCOUNT, [received(1, text="word " * 50_000)], cursor(1), reset=False)
    [number] = [each.id for each in queue.waiting()]

    assert len(queue.read([number])[0].message.text) == LONGEST_TEXT
    assert len(queue.read([number], whole=True)[0].message.text) == 250_000


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("LUNCH friday", [0]),
        ("letter", [2, 1, 0]),
        ("invoice or lunch", [1, 0]),
        ("letter -invoice", [2, 0]),
        ('"lunch on friday"', [0]),
        ("o'brien", [2]),
        ("ben@example.org", [2, 1, 0]),
        ("søn", [2]),
        ("'; drop table messages; --", []),
        ("%", []),
        ("", []),
        ("\0", []),
    ],
)
def test_words_find_messages(numbers: list[int], queue: PostgresLabelQueue, words: str, found: list[int]) -> None:
    wanted = [numbers[place] for place in found]

    assert [each.id for each in queue.search(words, 10)] == wanted
    assert queue.search_numbers(words, 10) == wanted
    assert queue.search_numbers(words, 1) == wanted[:1]


@pytest.mark.parametrize("text", ["w" * 3_000_000, "".join(chr(0x4E00 + n % 20_000) + " " for n in range(500_000))])
def test_no_text_is_too_long_to_be_stored_and_found(engine: Engine, queue: PostgresLabelQueue, text: str) -> None:
    store = PostgresMessages(engine)
    store.store_batch(ACCOUNT, [received(1, text="start " + text, subject="s " * 400_000)], cursor(1), reset=False)

    assert len(queue.search("start", 10)) == 1


@pytest.mark.parametrize(
    ("words", "limit", "found"),
    [
        ("everywhere", 2, [12, 11]),  # among the very latest
        ("everywhere", 12, [*range(12, 0, -1)]),
        ("often", 2, [11, 6]),  # among the latest few
        ("often", 3, [11, 6, 1]),
        ("once", 5, [1]),  # in the oldest alone
        ("nowhere", 5, []),
        ("often -once", 5, [11, 6]),
        ('"everywhere often"', 2, [11, 6]),
        ('"everywhere often"', 3, [11, 6, 1]),
    ],
)
@pytest.mark.parametrize("apart", [timedelta(minutes=1), timedelta(weeks=1), timedelta(weeks=400)])
def test_a_word_is_found_however_far_back_it_stands(  # noqa: PLR0913 - fixtures, and one case
    engine: Engine,
    queue: PostgresLabelQueue,
    monkeypatch: pytest.MonkeyPatch,
    *,
    words: str,
    limit: int,
    found: list[int],
    apart: timedelta,
) -> None:
    # given: twelve messages, of which three, six or all are looked through, for a phrase two weeks more each time; two
    # arrive in the same moment
    monkeypatch.setattr(label_queue, "_WINDOWS", (3, 6))
    monkeypatch.setattr(label_queue, "_PHRASE_STEP", timedelta(weeks=2))
    texts = {1: "everywhere often once", 6: "everywhere often", 11: "everywhere often"}
    batch = [
        received(
            number,
            subject="",
            text=texts.get(number, "everywhere"),
            received_at=NOW + apart * min(number, 11),
        )
        for number in range(1, 13)
    ]
    PostgresMessages(engine).store_batch(ACCOUNT, batch, cursor(12), reset=False)
    with engine.connect() as connection:
        number_of = {row.id: int(row.message_key[1:].partition("@")[0]) for row in connection.execute(select(messages))}

    # when, then
    told = [number_of[number] for number in queue.search_numbers(words, limit)]
    by_row = sorted(number_of, key=lambda row: (min(number_of[row], 11), row), reverse=True)
    assert told == [number_of[row] for row in by_row if number_of[row] in found]


def test_a_phrase_is_found_in_mail_of_the_first_and_the_last_day_there_is(
    engine: Engine, queue: PostgresLabelQueue
) -> None:
    moments = (datetime.min.replace(tzinfo=UTC), NOW, datetime.max.replace(tzinfo=UTC))
    batch = [received(uid, received_at=moment) for uid, moment in enumerate(moments, start=1)]
    PostgresMessages(engine).store_batch(ACCOUNT, batch, cursor(3), reset=False)

    found = [each.message.received_at for each in queue.search('"lunch on friday"', 5)]

    assert found == sorted(moments, reverse=True)


def test_the_index_of_words_knows_the_weeks_a_search_names(engine: Engine) -> None:
    query = select(messages.c.id).where(label_queue.within_weeks(NOW, NOW + timedelta(weeks=2))).compile(engine)
    with engine.connect() as connection:
        connection.execute(text("drop index ix_messages_arrival"))  # which any question could be answered by
        connection.execute(text("set local enable_seqscan = off"))
        plan = "\n".join(connection.exec_driver_sql(f"explain {query}", query.params).scalars())
    assert "Bitmap Index Scan on ix_messages_words" in plan, plan
    assert "Index Cond" in plan
