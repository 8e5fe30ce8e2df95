"""Tallies: what the status counts is exact before, between and after they are taken, whatever is forgotten."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text

from jeeves.errors import DatabaseUnavailable
from jeeves.store import tallies as module
from jeeves.store.forgetting import forget, forget_all, written_by
from jeeves.store.messages import PostgresMessages
from jeeves.store.schema import messages, predictions, tallies
from jeeves.store.status import read_status
from jeeves.store.tallies import take_tallies
from jeeves.types import Person, Suppressed
from tests.integration.store.build import ACCOUNT, LATER, NOW, PREDICTION, SECOND, cursor, opened, received

if TYPE_CHECKING:
    from sqlalchemy import Engine

SILENT = Suppressed(reason="too_old")


def store(engine: Engine, *uids: int, sender: str = "ben@example.org") -> None:
    batch = [received(uid, sender=Person(name="", address=sender)) for uid in uids]
    PostgresMessages(engine).store_batch(ACCOUNT, batch, cursor(max(uids)), reset=False)


def decide(engine: Engine, limit: int, version: str) -> None:
    messages_store = PostgresMessages(engine)
    for stored in messages_store.unclassified(limit):
        messages_store.record_decision(
            stored,
            replace(PREDICTION, model_version=version),
            opened(stored),
            SILENT,
            channel="sms",
            expires_at=LATER,
            now=NOW + stored.id * SECOND,
        )


def told(engine: Engine) -> tuple[int, int, dict[str, int]]:
    report = read_status(engine)
    return report.messages, report.decided, dict(report.models)


def counted(engine: Engine) -> tuple[int, int, dict[str, int]]:
    """Count everything there is, one by one."""
    by_model = select(predictions.c.model_version, func.count()).group_by(predictions.c.model_version)
    with engine.connect() as connection:
        stored, decided = connection.execute(select(func.count(), func.count(messages.c.decided_at))).one()
        return stored, decided, {row[0]: row[1] for row in connection.execute(by_model)}


def test_the_status_tells_what_there_is_before_between_and_after_tallies(engine: Engine) -> None:
    # given, when, then: after each step, of which some take tallies
    steps = (
        lambda: store(engine, 1, 2, 3),
        lambda: decide(engine, 2, "starter-1"),
        lambda: take_tallies(engine),
        lambda: decide(engine, 1, "starter-2"),
        lambda: store(engine, 4, 5, sender="eve@example.org"),
        lambda: take_tallies(engine),
        lambda: decide(engine, 2, "starter-1"),
        lambda: take_tallies(engine),
        lambda: take_tallies(engine),
        lambda: store(engine, 6),
        lambda: forget(engine, written_by("Eve@example.org"), now=NOW),
        lambda: take_tallies(engine),
        lambda: forget(engine, written_by("ben@example.org"), now=NOW),
    )
    for step in steps:
        step()
        assert told(engine) == counted(engine)
    assert told(engine) == (0, 0, {})


def test_the_model_used_last_comes_first_also_when_the_other_is_all_tallied(engine: Engine) -> None:
    store(engine, 1, 2, 3)
    decide(engine, 2, "starter-1")
    take_tallies(engine)
    decide(engine, 1, "starter-2")

    assert list(read_status(engine).models) == ["starter-2", "starter-1"]


def test_no_tally_reaches_a_message_that_is_undecided(engine: Engine) -> None:
    store(engine, 1, 2, 3)
    decide(engine, 1, "starter-1")

    assert take_tallies(engine) == 1


def test_what_a_transaction_under_way_is_writing_is_waited_for(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    # given: a message with a low number whose transaction has not ended
    store(engine, 1)
    decide(engine, 1, "starter-1")
    monkeypatch.setattr(module, "_PATIENCE", "100ms")
    with engine.connect() as slow:
        slow.execute(text("update messages set subject = subject"))

        # when, then: nobody takes tallies beside it
        with pytest.raises(DatabaseUnavailable):
            take_tallies(engine)
        slow.rollback()
    assert take_tallies(engine) == 1


def test_tallies_taken_while_mail_arrives_and_is_forgotten_stay_exact(engine: Engine) -> None:
    # given: one thread that stores, decides and forgets
    ended = threading.Event()

    def live() -> None:
        try:
            for round_ in range(8):
                first = round_ * 10 + 1
                store(engine, *range(first, first + 8))
                store(engine, first + 8, first + 9, sender="eve@example.org")
                decide(engine, 10, f"starter-{round_ % 2}")
                forget(engine, written_by("eve@example.org"), now=NOW)
        finally:
            ended.set()

    living = threading.Thread(target=live)

    # when: another takes tallies all the while
    living.start()
    while not ended.is_set():
        take_tallies(engine)
    living.join()
    take_tallies(engine)

    # then
    assert told(engine) == counted(engine) == (64, 64, {"starter-0": 32, "starter-1": 32})


def test_an_empty_database_stays_empty(engine: Engine) -> None:
    store(engine, 1)
    decide(engine, 1, "starter-1")
    take_tallies(engine)
    forget_all(engine)

    take_tallies(engine)

    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(tallies)).scalar_one() == 0
    assert told(engine) == (0, 0, {})
