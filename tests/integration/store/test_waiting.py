"""Alerts that waited: released, gathered or withdrawn, each exactly once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, select, update

from jeeves.assist.digest import WORDING
from jeeves.store.database import connect
from jeeves.store.labels import PostgresLabels
from jeeves.store.messages import PostgresMessages
from jeeves.store.mutes import PostgresMutes
from jeeves.store.outbox import PostgresOutbox
from jeeves.store.schema import notifications, threads
from jeeves.store.status import read_status
from jeeves.store.waiting import PostgresWaiting
from jeeves.types import Alert, Answer, Held, LabelSource, NotificationStatus, Person, Released
from tests.integration.store.build import ACCOUNT, LATER, NOW, PREDICTION, SECOND, cursor, opened, received

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from jeeves.types import Notification, When

DUE = NOW + timedelta(hours=8)
LEASE = timedelta(minutes=2)
NAMES = ("Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hal", "Ida", "Jan")


def hold(engine: Engine, count: int, *, expires_at: object = LATER) -> None:
    """Decide on alerts of ``count`` people that wait until DUE."""
    store = PostgresMessages(engine)
    batch = [
        received(number, sender=Person(name=NAMES[number], address=f"{number}@example.org")) for number in range(count)
    ]
    batch = [
        (replace(raw, ref=replace(raw.ref, uid=number), gmail_thread=number), replace(message, thread_key=f"t{number}"))
        for number, (raw, message) in enumerate(batch, start=1)
    ]
    store.store_batch(ACCOUNT, batch, cursor(count), reset=False)
    for number, stored in enumerate(store.unclassified(count)):
        alert = Alert(
            dedupe_key=f"{stored.message.thread_key}#1",
            reference=f"{'bcdfghjkmn'[number]}2",
            body=f"{NAMES[number]} suggests: lunch. Where? [{'bcdfghjkmn'[number]}2]",
            due_at=DUE,
            held=Held.QUIET,
        )
        assert store.record_decision(
            stored,
            PREDICTION,
            opened(stored),
            alert,
            channel="sms",
            expires_at=expires_at,  # type: ignore[arg-type] # default only
            now=NOW + number * SECOND,
        )


def release(engine: Engine, now: object = DUE) -> Released:
    return PostgresWaiting(engine).release(now, WORDING)  # type: ignore[arg-type] # default only


def claimed(engine: Engine, now: object = DUE) -> list[Notification]:
    """Take everything that goes out."""
    outbox, found = PostgresOutbox(engine), []
    while (each := outbox.claim(now, LEASE)) is not None:  # type: ignore[arg-type] # default only
        found.append(each)
    return found


def begins(when: When) -> datetime:
    assert when.at is not None
    return when.at


def statuses(engine: Engine, kind: str = "alert") -> list[str]:
    query = select(notifications.c.status).where(notifications.c.kind == kind).order_by(notifications.c.id)
    with engine.connect() as connection:
        return list(connection.execute(query).scalars())


def settle(engine: Engine, thread: str, state: str = "settled") -> None:
    with engine.begin() as connection:
        connection.execute(update(threads).where(threads.c.thread_key == thread).values(place_state=state))


def test_nothing_goes_out_before_its_time(engine: Engine) -> None:
    hold(engine, 2)

    assert release(engine, DUE - SECOND) == Released()
    assert claimed(engine, DUE - SECOND) == []


def test_the_status_tells_what_waits_and_until_when(engine: Engine) -> None:
    assert (read_status(engine).held, read_status(engine).held_until) == (0, None)

    hold(engine, 2)
    report = read_status(engine)
    assert (report.held, report.held_until) == (2, DUE)

    release(engine)
    assert read_status(engine).held == 0


def test_one_that_waited_goes_out_as_it_is(engine: Engine) -> None:
    hold(engine, 1)

    assert release(engine) == Released(told=1)

    (alert,) = claimed(engine)
    assert (alert.body, alert.reference) == ("Ada suggests: lunch. Where? [b2]", "b2")


def test_several_that_waited_are_told_as_one(engine: Engine) -> None:
    hold(engine, 3)

    assert release(engine) == Released(gathered=3)

    (digest,) = claimed(engine)
    assert digest.body.startswith("3 get-togethers need a place: b2 Ada: lunch; c2 Ben: lunch; d2 Cleo: lunch [a")
    assert (digest.channel, digest.expires_at) == ("sms", LATER)
    assert statuses(engine) == ["gathered"] * 3
    assert release(engine) == Released()


def test_more_than_one_digest_can_tell_are_told_in_several(engine: Engine) -> None:
    hold(engine, 10)

    assert release(engine) == Released(gathered=10)

    told = " ".join(each.body for each in claimed(engine))
    assert all(name in told for name in NAMES)
    assert Counter(statuses(engine, "digest")) == {"sending": 2}


def test_what_was_settled_while_it_waited_is_withdrawn(engine: Engine) -> None:
    hold(engine, 3)
    settle(engine, "t1")

    assert release(engine) == Released(gathered=2, withdrawn=1)

    (digest,) = claimed(engine)
    assert "Ada" not in digest.body
    assert statuses(engine) == ["withdrawn", "gathered", "gathered"]


def test_what_was_settled_and_opened_anew_while_it_waited_is_told_by_the_newer_alert_only(engine: Engine) -> None:
    hold(engine, 1)
    with engine.begin() as connection:
        connection.execute(update(threads).values(proposal=2))

    assert release(engine) == Released(withdrawn=1)


def test_a_second_word_on_the_same_get_together_is_told(engine: Engine) -> None:
    hold(engine, 1)
    with engine.begin() as connection:
        connection.execute(update(notifications).values(dedupe_key="t1#1/reminder"))

    assert release(engine) == Released(told=1)


def test_what_was_muted_while_it_waited_is_withdrawn(engine: Engine) -> None:
    hold(engine, 2)
    PostgresMutes(engine).mute_sender("0@example.org", LabelSource.CLI, until=None, now=NOW)

    assert release(engine) == Released(told=1)
    assert statuses(engine) == ["withdrawn", "pending"]


def test_what_is_worthless_by_then_expires(engine: Engine) -> None:
    hold(engine, 1, expires_at=DUE)

    assert release(engine) == Released()
    assert claimed(engine) == []
    assert statuses(engine) == ["expired"]


def test_a_digest_that_has_not_gone_out_is_told_anew_without_what_was_settled(engine: Engine) -> None:
    hold(engine, 3)
    release(engine)
    settle(engine, "t2")
    PostgresMutes(engine).mute_sender("2@example.org", LabelSource.CLI, until=None, now=DUE)

    release(engine)

    (digest,) = claimed(engine)
    assert digest.body.startswith("1 get-together needs a place: b2 Ada: lunch [a")
    assert statuses(engine) == ["gathered", "withdrawn", "withdrawn"]


def test_a_digest_with_nothing_left_to_tell_is_withdrawn(engine: Engine) -> None:
    hold(engine, 2)
    release(engine)
    settle(engine, "t1")
    settle(engine, "t2", "none")

    release(engine)

    assert claimed(engine) == []
    assert statuses(engine, "digest") == ["withdrawn"]


def test_a_digest_that_may_have_gone_out_keeps_its_words(engine: Engine) -> None:
    hold(engine, 2)
    release(engine)
    (digest,) = claimed(engine)
    settle(engine, "t1")

    release(engine)
    assert statuses(engine) == ["gathered"] * 2

    PostgresOutbox(engine).settle(digest, NotificationStatus.PENDING, now=DUE, outcome="not_found")
    release(engine)
    assert statuses(engine) == ["withdrawn", "gathered"]


def test_a_digest_that_is_refused_goes_to_the_next_channel_and_is_looked_at_there_too(engine: Engine) -> None:
    hold(engine, 2)
    release(engine)
    (digest,) = claimed(engine)
    PostgresOutbox(engine).settle(
        digest, NotificationStatus.FAILED, now=DUE, outcome="rejected", next_channel="console"
    )
    settle(engine, "t1")

    release(engine)

    (second,) = claimed(engine)
    assert second.channel == "console"
    assert second.body.startswith("1 get-together needs a place: c2 Ben: lunch [a")


def test_two_that_release_at_once_gather_once(engine: Engine) -> None:
    hold(engine, 6)
    ready, results = threading.Barrier(3), list[Released]()

    def run() -> None:
        ready.wait()
        results.append(release(engine))

    workers = [threading.Thread(target=run) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(each.gathered for each in results) == 6
    assert statuses(engine, "digest") == ["pending"]


def test_what_could_not_go_out_before_quiet_hours_waits_for_their_end_and_does_not_age(engine: Engine) -> None:
    hold(engine, 1)
    release(engine)
    outbox, night, morning = PostgresOutbox(engine), DUE + LEASE, DUE + timedelta(hours=9)
    (alert,) = claimed(engine)
    outbox.settle(alert, NotificationStatus.PENDING, now=DUE, outcome="unavailable", next_attempt_at=night)

    assert PostgresWaiting(engine).hold(night, morning, begins) == 1
    assert PostgresWaiting(engine).hold(night, morning, begins) == 0
    assert claimed(engine, morning - SECOND) == []

    assert release(engine, morning) == Released(told=1)
    (again,) = claimed(engine, morning)
    assert again.expires_at == LATER + (morning - night)


@pytest.mark.parametrize("digest", [False, True], ids=["alert", "digest"])
def test_waiting_makes_nothing_worth_telling_once_it_has_begun(engine: Engine, *, digest: bool) -> None:
    hold(engine, 2 if digest else 1)
    release(engine)
    night, morning = DUE + LEASE, DUE + timedelta(hours=9)
    breakfast = morning - timedelta(minutes=30)
    with engine.begin() as connection:
        first = update(threads).where(threads.c.thread_key == "t1")
        connection.execute(first.values(when_day=breakfast.date(), when_at=breakfast))

    PostgresWaiting(engine).hold(night, morning, begins)

    query = select(notifications.c.expires_at).where(notifications.c.reference == "b2")
    with engine.connect() as connection:
        assert connection.execute(query).scalar_one() == breakfast
    release(engine, morning)
    told = [each.body for each in claimed(engine, morning)]
    assert [body[:45] for body in told] == (["1 get-together needs a place: c2 Ben: lunch ["] if digest else [])


def test_what_a_digest_tells_does_not_age_while_the_digest_has_to_wait(engine: Engine) -> None:
    hold(engine, 2)
    release(engine)
    morning = LATER + timedelta(hours=3)
    PostgresWaiting(engine).hold(DUE, morning, begins)

    release(engine, morning)

    (digest,) = claimed(engine, morning)
    assert digest.body.startswith("2 get-togethers need a place: ")


def test_what_the_owner_called_wrong_while_it_waited_is_withdrawn(engine: Engine) -> None:
    hold(engine, 1)
    PostgresLabels(engine).add(1, Answer.NO, LabelSource.GMAIL, now=NOW)

    assert release(engine) == Released(withdrawn=1)


def test_a_digest_that_had_to_wait_too_is_told_as_it_is(engine: Engine) -> None:
    hold(engine, 2)
    release(engine)
    PostgresWaiting(engine).hold(DUE, DUE + LEASE, begins)
    settle(engine, "t1")

    assert release(engine, DUE + LEASE) == Released(told=1)

    (digest,) = claimed(engine, DUE + LEASE)
    assert digest.body.startswith("1 get-together needs a place: c2 Ben: lunch [a")


def test_alerts_for_different_channels_are_not_told_as_one(engine: Engine) -> None:
    hold(engine, 4)
    with engine.begin() as connection:
        connection.execute(update(notifications).where(notifications.c.id <= 2).values(channel="call"))

    assert release(engine) == Released(gathered=4)
    assert sorted((each.channel, each.body[:1]) for each in claimed(engine)) == [("call", "2"), ("sms", "2")]


def _release_and_die(url: str, at: str, statement: int) -> None:
    """Release in a process that ends as a power cut would: at its n-th statement, or around the commit."""
    engine, seen = connect(url), 0

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == statement:
            die()

    if at == "commit":
        event.listen(engine, "commit", die)
    else:
        event.listen(engine, "after_cursor_execute", count)
    PostgresWaiting(engine).release(DUE, WORDING)
    die()


@pytest.mark.parametrize(
    ("at", "statement"), [*(("statement", number) for number in range(1, 7)), ("commit", 0), ("end", 0)]
)
def test_killed_at_any_point_each_alert_is_told_once(
    engine: Engine, database_url: str, at: str, statement: int
) -> None:
    hold(engine, 3)
    settle(engine, "t3")
    process = multiprocessing.get_context("spawn").Process(target=_release_and_die, args=(database_url, at, statement))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL

    release(engine)

    (digest,) = claimed(engine)
    assert digest.body.startswith("2 get-togethers need a place: b2 Ada: lunch; c2 Ben: lunch [a")
    assert statuses(engine) == ["gathered", "gathered", "withdrawn"]
