from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update

from jeeves.store.drift import answered_alerts, recent_messages, save_drift, scored_messages
from jeeves.store.labels import PostgresLabels
from jeeves.store.messages import PostgresMessages
from jeeves.store.report import DriftReport
from jeeves.store.schema import messages
from jeeves.store.status import read_status
from jeeves.types import CANARY_SENDER, Answer, LabelSource, Suppressed
from tests.integration.store.build import ACCOUNT, LATER, NOW, PREDICTION, SECOND, cursor, opened, received

if TYPE_CHECKING:
    from sqlalchemy import Engine

MINUTE = timedelta(minutes=1)


def decide(engine: Engine, count: int) -> list[int]:
    """Store messages that arrive a minute apart, each found to need a place; return their numbers."""
    store = PostgresMessages(engine)
    store.store_batch(ACCOUNT, [received(uid) for uid in range(1, count + 1)], cursor(count), reset=False)
    found = store.unclassified(count)
    for stored in found:
        store.record_decision(
            stored, PREDICTION, opened(stored), Suppressed(reason="x"), channel="sms", expires_at=LATER, now=NOW
        )
    return [stored.id for stored in found]


def test_recent_mail_comes_latest_first_and_long_texts_are_cut(engine: Engine) -> None:
    batch = [received(1), received(2, text="x" * 50_000), received(3)]
    PostgresMessages(engine).store_batch(ACCOUNT, batch, cursor(3), reset=False)

    latest, before = recent_messages(engine, 2)

    assert (latest.message_key, before.message_key) == ("<3@example.org>", "<2@example.org>")
    assert before.text == "x" * 20_000


def test_scored_mail_is_that_of_one_model_and_one_period(engine: Engine) -> None:
    decide(engine, 4)

    found = scored_messages(engine, "starter-1", since=NOW + 2 * MINUTE, until=NOW + 4 * MINUTE, limit=9)

    assert [each.message.message_key for each in found] == ["<3@example.org>", "<2@example.org>"]
    assert (found[0].probability, found[0].needs_place) == (PREDICTION.probability, True)
    assert scored_messages(engine, "another", since=NOW, until=LATER, limit=9) == []


def test_a_canary_is_no_mail_to_learn_a_mailbox_by(engine: Engine) -> None:
    (number, _) = decide(engine, 2)
    with engine.begin() as connection:
        connection.execute(update(messages).where(messages.c.id == number).values(sender_address=CANARY_SENDER))

    scored = scored_messages(engine, "starter-1", since=NOW, until=LATER, limit=9)

    assert [each.message.message_key for each in scored] == ["<2@example.org>"]
    assert [each.message_key for each in recent_messages(engine, 9)] == ["<2@example.org>"]


def test_alerts_are_judged_by_the_latest_answer_and_skips_do_not_count(engine: Engine) -> None:
    numbers, labels = decide(engine, 4), PostgresLabels(engine)
    for number, answer in zip(
        [numbers[0], numbers[0], numbers[1], numbers[2]],
        [Answer.NO, Answer.YES, Answer.NO, Answer.SKIP],
        strict=True,
    ):
        labels.add(number, answer, LabelSource.CLI, now=NOW)

    assert answered_alerts(engine, "starter-1", since=NOW) == (2, 1)
    assert answered_alerts(engine, "starter-1", since=LATER) == (0, 0)
    assert answered_alerts(engine, "another", since=NOW) == (0, 0)


def test_status_shows_the_measurement_made_last(engine: Engine) -> None:
    assert read_status(engine).drift is None
    first = DriftReport(measured_at=NOW, model_version="starter-1", figures={"messages": 3.0}, verdict="It moved.")

    save_drift(engine, replace(first, measured_at=NOW + SECOND, verdict=""))
    save_drift(engine, first)
    save_drift(engine, first)

    assert read_status(engine).drift == replace(first, measured_at=NOW + SECOND, verdict="")
