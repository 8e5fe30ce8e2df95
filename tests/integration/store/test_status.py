from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from jeeves.store.database import daemon_lock, schema_revision
from jeeves.store.health import beat, clear_departed, clear_error, record_error
from jeeves.store.messages import PostgresMessages
from jeeves.store.outbox import PostgresOutbox
from jeeves.store.reading import current_engine
from jeeves.store.revision import newest_migration
from jeeves.store.status import read_status
from jeeves.types import CANARY_SENDER, NotificationStatus, Person, Suppressed
from tests.integration.store.build import ACCOUNT, ALERT, LATER, NOW, PREDICTION, SECOND, cursor, opened, received
from tests.postgres import execute

if TYPE_CHECKING:
    from sqlalchemy import Engine


def test_a_fresh_database_has_nothing_to_tell(engine: Engine) -> None:
    report = read_status(engine)

    assert (report.mailboxes, report.messages, report.decided, dict(report.models)) == ((), 0, 0, {})
    assert dict(report.alerts) == dict.fromkeys(NotificationStatus, 0)
    assert (report.heartbeat, report.troubles, report.last_error) == (None, (), None)
    assert report.database_bytes > 1_000_000
    assert not report.daemon_running


def test_status_counts_what_was_stored_decided_and_told(engine: Engine) -> None:
    # given: two folders, four messages, three decided on by two models, one alert sent and one waiting
    store, outbox = PostgresMessages(engine), PostgresOutbox(engine)
    store.store_batch(ACCOUNT, [received(uid) for uid in range(1, 5)], cursor(4), reset=False)
    store.store_batch(ACCOUNT, [], cursor(9, folder="Archive"), reset=False)
    first, second, third, _ = store.unclassified(4)
    newer = replace(PREDICTION, model_version="starter-2")
    for stored, prediction, decision in (
        (first, PREDICTION, ALERT),
        (second, newer, replace(ALERT, dedupe_key="other#1")),
        (third, newer, Suppressed(reason="too_old")),
    ):
        now = NOW + stored.id * SECOND
        store.record_decision(stored, prediction, opened(stored), decision, channel="sms", expires_at=LATER, now=now)
    claimed = outbox.claim(NOW + timedelta(minutes=1), timedelta(minutes=1))
    assert claimed is not None
    outbox.settle(claimed, NotificationStatus.SENT, now=NOW, outcome="sent")

    # when
    report = read_status(engine)

    # then
    assert report.mailboxes == (cursor(9, folder="Archive"), cursor(4))
    assert (report.messages, report.decided) == (4, 3)
    assert list(report.models.items()) == [("starter-2", 2), ("starter-1", 1)]
    assert report.alerts[NotificationStatus.SENT] == 1
    assert report.alerts[NotificationStatus.PENDING] == 1
    assert sum(report.alerts.values()) == 2


def test_status_knows_whether_a_daemon_runs(engine: Engine) -> None:
    with daemon_lock(engine):
        assert read_status(engine).daemon_running

    assert not read_status(engine).daemon_running


def test_the_heartbeat_is_the_latest(engine: Engine) -> None:
    beat(engine, NOW)
    beat(engine, LATER)

    assert read_status(engine).heartbeat == LATER


def test_trouble_is_counted_from_its_first_failure(engine: Engine) -> None:
    record_error(engine, "mail", "The mail server cannot be reached.", NOW, next_attempt_at=NOW + SECOND)
    record_error(
        engine, "mail", "The mail server is busy.", NOW + SECOND, advice="Wait.", next_attempt_at=NOW + 2 * SECOND
    )

    [trouble] = read_status(engine).troubles

    assert (trouble.component, trouble.message, trouble.advice) == ("mail", "The mail server is busy.", "Wait.")
    assert (trouble.since, trouble.last_at, trouble.failures) == (NOW, NOW + SECOND, 2)
    assert trouble.next_attempt_at == NOW + 2 * SECOND


def test_trouble_that_is_over_remains_only_as_the_last_error(engine: Engine) -> None:
    record_error(engine, "mail", "The mail server cannot be reached.", NOW, next_attempt_at=NOW + SECOND)
    clear_error(engine, "mail", LATER)

    report = read_status(engine)

    assert report.troubles == ()
    assert report.last_error is not None
    assert (report.last_error.cleared_at, report.last_error.next_attempt_at) == (LATER, None)


def test_clearing_again_does_not_move_the_moment_it_was_over(engine: Engine) -> None:
    record_error(engine, "mail", "The mail server cannot be reached.", NOW)
    clear_error(engine, "mail", NOW + SECOND)
    clear_error(engine, "mail", LATER)

    error = read_status(engine).last_error

    assert error is not None
    assert error.cleared_at == NOW + SECOND


def test_trouble_that_returns_is_counted_anew(engine: Engine) -> None:
    record_error(engine, "mail", "The mail server cannot be reached.", NOW)
    clear_error(engine, "mail", NOW + SECOND)
    record_error(engine, "mail", "The mail server cannot be reached.", LATER)

    [trouble] = read_status(engine).troubles

    assert (trouble.since, trouble.failures, trouble.cleared_at) == (LATER, 1, None)


def test_what_never_failed_can_be_cleared(engine: Engine) -> None:
    clear_error(engine, "mail", NOW)

    assert read_status(engine).last_error is None


def test_troubles_of_two_parts_stand_side_by_side_the_latest_first(engine: Engine) -> None:
    record_error(engine, "mail", "The mail server cannot be reached.", NOW)
    record_error(engine, "sms", "Twilio refuses the number.", LATER)
    beat(engine, LATER)

    report = read_status(engine)

    assert [trouble.component for trouble in report.troubles] == ["sms", "mail"]
    assert report.last_error == report.troubles[0]


def test_the_habit_of_the_mailbox_is_told_and_every_failure_is_counted(engine: Engine) -> None:
    store = PostgresMessages(engine)
    moments = [NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=9)]
    not_the_habit = [NOW - timedelta(days=90), datetime.now(UTC) + timedelta(days=2)]  # too old, and a lie
    batch = [received(uid, received_at=moment) for uid, moment in enumerate(moments + not_the_habit, 1)]
    store.store_batch(ACCOUNT, batch, cursor(5), reset=False)
    for _ in range(2):
        record_error(engine, "mail", "No answer.", NOW)
    clear_error(engine, "mail", NOW)
    record_error(engine, "mail", "No answer.", NOW)

    report = read_status(engine)

    assert report.arrivals is not None
    assert (report.arrivals.first, report.arrivals.last) == (moments[0], moments[2])
    assert (report.arrivals.count, report.arrivals.longest_gap) == (3, timedelta(hours=8))
    assert report.errors == {"mail": 3}
    assert report.original_bytes > 0


def test_the_quick_way_in_knows_the_newest_migration_and_no_other(engine: Engine, database_url: str) -> None:
    with engine.connect() as connection:
        assert newest_migration() == schema_revision(connection)
    with current_engine(database_url, Path()) as reading:
        assert reading is not None
    execute(database_url, "update alembic_version set version_num = '0001'")
    with current_engine(database_url, Path()) as reading:
        assert reading is None
    execute(database_url, "drop table alembic_version")
    with current_engine(database_url, Path()) as reading:
        assert reading is None


def test_each_of_several_mailboxes_has_a_habit_of_its_own(engine: Engine) -> None:
    store = PostgresMessages(engine)
    for uid, account in enumerate((ACCOUNT, "b@example.org"), 1):
        store.store_batch(account, [received(uid)], cursor(uid, account=account), reset=False)

    report = read_status(engine)

    assert {account: each.count for account, each in report.arrivals_in.items()} == {ACCOUNT: 1, "b@example.org": 1}
    assert report.arrivals is not None
    assert report.arrivals.count == 2


def test_a_canary_is_no_mail_that_ends_a_silence(engine: Engine) -> None:
    store = PostgresMessages(engine)
    canary = {"sender": Person(address=CANARY_SENDER), "received_at": LATER}
    for account in (ACCOUNT, "b@example.org"):
        batch = [received(1), received(2), received(3, **canary)]
        store.store_batch(account, batch, cursor(3, account=account), reset=False)

    report = read_status(engine)

    arrivals = [report.arrivals, *report.arrivals_in.values()]
    assert [each and (each.last, each.count) for each in arrivals] == [
        (NOW + timedelta(minutes=2), 4),
        *[(NOW + timedelta(minutes=2), 2)] * 2,
    ]


def test_a_mailbox_that_is_no_longer_configured_is_in_no_trouble(engine: Engine) -> None:
    components = ("mail", "mail home", "mail work", "labels work", "audit", "mailing", "sms")
    for component in components:
        record_error(engine, component, "No answer.", NOW)

    clear_departed(engine, ("mail", "labels", "audit"), ["home"], LATER)

    assert {trouble.component for trouble in read_status(engine).troubles} == {"mail home", "mailing", "sms"}

    for component in components:
        record_error(engine, component, "No answer.", NOW)
    clear_departed(engine, ("mail", "labels", "audit"), [""], LATER)

    assert {trouble.component for trouble in read_status(engine).troubles} == {"mail", "audit", "mailing", "sms"}
