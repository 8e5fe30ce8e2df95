"""The owner's texts, acted upon once each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select, update

from jeeves.actions.replies import take_replies
from jeeves.assist.digest import WORDING
from jeeves.store.alert_history import PostgresAlertHistory
from jeeves.store.database import connect
from jeeves.store.labels import PostgresLabels
from jeeves.store.messages import PostgresMessages
from jeeves.store.outbox import PostgresOutbox
from jeeves.store.replies import PostgresReplies
from jeeves.store.schema import labels, notifications, replies, threads
from jeeves.store.status import read_status
from jeeves.store.waiting import PostgresWaiting
from jeeves.types import Alert, Answer, Held, Inbound, LabelSource, NotificationStatus, Person
from tests.integration.store.build import ACCOUNT, LATER, NOW, PREDICTION, SECOND, cursor, opened, received

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Engine, Row

    from jeeves.types import StoredMessage

LEASE = timedelta(minutes=2)
TOLD = NOW + timedelta(minutes=1)


class Texts:
    """Texts kept in a list, oldest first."""

    def __init__(self, *said: str, from_owner: bool = True) -> None:
        self.inbound = [
            Inbound(sid=f"SM{number:032x}", text=text, from_owner=from_owner, received_at=TOLD + number * SECOND)
            for number, text in enumerate(said)
        ]

    def received_since(self, moment: datetime) -> list[Inbound]:
        return [each for each in self.inbound if each.received_at >= moment]


def alerted(engine: Engine, count: int = 1, *, held: bool = False) -> list[StoredMessage]:
    """Store messages of as many people, and send an alert for each (b2, c2, ...), or one digest of all."""
    store, outbox = PostgresMessages(engine), PostgresOutbox(engine)
    batch = [received(number, sender=Person(name=f"P{number}", address="p@example.org")) for number in range(count)]
    batch = [
        (replace(raw, ref=replace(raw.ref, uid=number), gmail_thread=number), message)
        for number, (raw, message) in enumerate(batch, start=1)
    ]
    store.store_batch(ACCOUNT, batch, cursor(count), reset=False)
    waiting = store.unclassified(count)
    for stored in waiting:
        reference = f"{'xbcdfgh'[stored.id]}2"
        alert = Alert(
            dedupe_key=f"{stored.message.thread_key}#1",
            reference=reference,
            body=f"P{stored.id} suggests: lunch. Where? [{reference}]",
            due_at=TOLD if held else None,
            held=Held.QUIET if held else Held.NO,
        )
        store.record_decision(stored, PREDICTION, opened(stored), alert, channel="sms", expires_at=LATER, now=NOW)
    PostgresWaiting(engine).release(TOLD, WORDING)
    while (each := outbox.claim(TOLD, LEASE)) is not None:
        outbox.settle(each, NotificationStatus.SENT, now=TOLD, outcome="sent", provider_id="SM1")
    return waiting


def take(engine: Engine, texts: Texts, *, now: datetime = TOLD + LEASE) -> int:
    return take_replies(texts, PostgresReplies(engine), now=now)


def answers(engine: Engine) -> list[tuple[int, Answer, str]]:
    query = select(labels.c.message_id, labels.c.value, labels.c.source).order_by(labels.c.id)
    with engine.connect() as connection:
        return [(row.message_id, Answer(row.value), row.source) for row in connection.execute(query)]


def texted_back(engine: Engine) -> list[str]:
    query = select(notifications.c.body).where(notifications.c.kind == "answer").order_by(notifications.c.id)
    with engine.connect() as connection:
        return list(connection.execute(query).scalars())


def counted(engine: Engine) -> dict[str, int]:
    return {outcome.value: count for outcome, count in read_status(engine).replies.items()}


def test_right_and_wrong_become_labels_of_the_text_message(engine: Engine) -> None:
    alerted(engine, 2)

    assert take(engine, Texts("1 b2", "2 C2")) == 2

    assert answers(engine) == [(1, Answer.YES, "sms"), (2, Answer.NO, "sms")]
    assert texted_back(engine) == []
    assert counted(engine) == {"applied": 2, "unclear": 0, "stranger": 0}


def test_the_answer_before_decides_which_alert_the_next_is_about(engine: Engine) -> None:
    alerted(engine, 2)

    take(engine, Texts("1 c2", "2"))

    assert answers(engine) == [(2, Answer.YES, "sms"), (1, Answer.NO, "sms")]


def test_an_alert_that_was_told_within_a_digest_can_be_answered(engine: Engine) -> None:
    alerted(engine, 3, held=True)

    take(engine, Texts("1 d2", "2"))

    assert answers(engine) == [(3, Answer.YES, "sms")]
    assert texted_back(engine)[0].startswith("Which one? b2 P1: lunch; c2 P2: lunch. Answer")


@pytest.mark.parametrize("held", [False, True], ids=["alert", "digest"])
def test_whoever_answers_is_told_by_no_further_channel(engine: Engine, *, held: bool) -> None:
    alerted(engine, 2, held=held)
    with engine.begin() as connection:
        connection.execute(update(notifications).values(escalate_at=TOLD + LEASE))
    outbox = PostgresOutbox(engine)
    (called, due) = (1, 2) if not held else (0, 1)

    take(engine, Texts("1 b2"), now=TOLD + SECOND)

    assert outbox.escalate(TOLD + LEASE, {"sms": "call"}, longest=LEASE) == due - 1
    found = select(notifications.c.reference).where(notifications.c.channel == "call")
    with engine.connect() as connection:
        assert list(connection.execute(found).scalars()) == ["c2"][:called]


def test_an_answer_calls_off_the_call_that_waits_for_the_morning(engine: Engine) -> None:
    alerted(engine)
    with engine.begin() as connection:
        connection.execute(update(notifications).values(escalate_at=TOLD))
    assert PostgresOutbox(engine).escalate(TOLD, {"sms": "call"}, longest=LEASE) == 1

    take(engine, Texts("1"))

    assert [(row.channel, row.status) for row in _all(engine)] == [("sms", "sent"), ("call", "withdrawn")]


def _all(engine: Engine) -> Sequence[Row[Any]]:
    with engine.connect() as connection:
        return connection.execute(select(notifications).order_by(notifications.c.id)).all()


def test_muting_by_text_message_silences_the_thread(engine: Engine) -> None:
    (stored,) = alerted(engine)

    take(engine, Texts("3"))

    assert PostgresAlertHistory(engine).is_muted(stored.message, LATER)
    assert answers(engine) == [(1, Answer.SKIP, "sms")]


def test_muting_takes_no_earlier_answer_back(engine: Engine) -> None:
    alerted(engine)
    PostgresLabels(engine).add(1, Answer.YES, LabelSource.CLI, now=TOLD)

    take(engine, Texts("3 b2"))

    assert [mail.answer for mail in PostgresLabels(engine).answered()] == [Answer.YES]


def test_a_place_by_text_message_settles_the_thread(engine: Engine) -> None:
    (stored,) = alerted(engine)

    take(engine, Texts("4 The Crown"))

    assert PostgresMessages(engine).thread(stored.message.thread_key).place_state == "settled"
    assert answers(engine) == [(1, Answer.YES, "sms")]
    with engine.connect() as connection:
        assert connection.execute(select(replies.c.place)).scalar_one() == "The Crown"


def test_the_same_text_seen_again_does_nothing(engine: Engine) -> None:
    alerted(engine)
    texts = Texts("1", "hello?")

    assert [take(engine, texts) for _ in range(3)] == [2, 0, 0]

    assert len(answers(engine)) == 1
    assert len(texted_back(engine)) == 1


def test_what_a_stranger_texts_is_ignored_and_counted(engine: Engine) -> None:
    alerted(engine)
    texts = Texts("1", "2", from_owner=False)

    assert [take(engine, texts) for _ in range(2)] == [0, 0]

    assert (answers(engine), texted_back(engine)) == ([], [])
    assert counted(engine) == {"applied": 0, "unclear": 0, "stranger": 2}


def test_what_is_not_understood_is_answered_but_not_for_ever(engine: Engine) -> None:
    alerted(engine)

    take(engine, Texts(*["I am driving and will answer later."] * 20))

    assert len(texted_back(engine)) == 3
    assert counted(engine)["unclear"] == 20


def test_an_answer_is_a_text_message_like_any_other_and_no_alert(engine: Engine) -> None:
    alerted(engine)
    before = dict(read_status(engine).alerts)
    take(engine, Texts("what?"))

    answer = PostgresOutbox(engine).claim(TOLD + LEASE, LEASE)

    assert answer is not None
    assert (answer.channel, answer.body[:15]) == ("sms", "Not understood.")
    assert dict(read_status(engine).alerts) == before
    assert PostgresReplies(engine).last_told_at() == TOLD


def test_an_answer_that_is_refused_goes_to_no_other_channel(engine: Engine) -> None:
    alerted(engine)
    take(engine, Texts("what?"))
    outbox = PostgresOutbox(engine)
    answer = outbox.claim(TOLD + LEASE, LEASE)
    assert answer is not None

    outbox.settle(answer, NotificationStatus.FAILED, now=TOLD + LEASE, outcome="rejected", next_channel="call")

    assert outbox.claim(TOLD + LEASE, LEASE) is None


def test_nobody_looks_while_nothing_was_told_by_text_message(engine: Engine) -> None:
    store = PostgresReplies(engine)
    assert store.last_told_at() is None
    assert store.told(NOW) == []
    assert take(engine, Texts("1")) == 0

    alerted(engine)
    assert store.last_told_at() == TOLD


def test_two_that_read_the_same_text_act_upon_it_once(engine: Engine) -> None:
    alerted(engine)
    ready = threading.Barrier(3)

    def run() -> None:
        ready.wait()
        take(engine, Texts("1", "4 b2 The Crown", "what?"))

    workers = [threading.Thread(target=run) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert answers(engine) == [(1, Answer.YES, "sms")] * 2
    assert len(texted_back(engine)) == 1


def test_an_answer_with_odd_letters_is_kept(engine: Engine) -> None:
    alerted(engine)

    assert take(engine, Texts("4 b2 Caf\udce9 \0 x", "\udc80\0")) == 2


def _take_and_die(url: str, said: Sequence[str], statement: int) -> None:
    """Take the texts in a process that ends as a power cut would at its n-th statement that writes, or its commit."""
    engine, seen = connect(url), 0

    def count(*details: object) -> None:
        nonlocal seen
        seen += str(details[2] if len(details) > 2 else "INSERT").startswith(("INSERT", "UPDATE"))
        if seen == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "after_cursor_execute", count)
    event.listen(engine, "commit", count)
    take(engine, Texts(*said))
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("statement", range(1, 13))
def test_killed_at_any_point_each_text_is_acted_upon_once(engine: Engine, database_url: str, statement: int) -> None:
    alerted(engine, 2)
    said = ("1 b2", "4 c2 The Crown", "what?")
    process = multiprocessing.get_context("spawn").Process(target=_take_and_die, args=(database_url, said, statement))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL

    take(engine, Texts(*said))

    assert answers(engine) == [(1, Answer.YES, "sms"), (2, Answer.YES, "sms")]
    assert len(texted_back(engine)) == 1
    with engine.connect() as connection:
        states = connection.execute(select(threads.c.place_state).order_by(threads.c.place_state)).scalars()
        assert list(states) == ["open", "settled"]
