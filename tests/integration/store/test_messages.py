from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text

from jeeves.errors import DatabaseUnavailable
from jeeves.store.messages import PostgresMessages
from jeeves.store.schema import (
    message_locations,
    messages,
    notifications,
    predictions,
    raw_messages,
    threads,
)
from jeeves.types import (
    Alert,
    FetchPlan,
    Invite,
    MessageRef,
    Person,
    PlaceState,
    StoredMessage,
    Suppressed,
    ThreadState,
)
from tests.integration.store.build import ACCOUNT, ALERT, LATER, NOW, PREDICTION, cursor, opened, received
from tests.postgres import execute

if TYPE_CHECKING:
    from sqlalchemy import Engine, Table

    from jeeves.types import MailboxState, Message, RawMessage


@pytest.fixture
def store(engine: Engine) -> PostgresMessages:
    return PostgresMessages(engine)


def count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        found: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return found


def keep(
    store: PostgresMessages, *batch: tuple[RawMessage, Message], state: MailboxState | None = None
) -> list[StoredMessage]:
    reached = state or cursor(max(raw.ref.uid for raw, _ in batch))
    store.store_batch(ACCOUNT, batch, reached, reset=False)
    return store.unclassified(100)


def decide(store: PostgresMessages, stored: StoredMessage, decision: Alert | Suppressed = ALERT) -> bool:
    return store.record_decision(
        stored, PREDICTION, opened(stored), decision, channel="console", expires_at=LATER, now=NOW
    )


def test_a_folder_is_unknown_before_its_first_sync(store: PostgresMessages) -> None:
    assert store.mailbox(ACCOUNT, "INBOX") is None


def test_a_stored_message_comes_back_exactly(store: PostgresMessages) -> None:
    raw, message = received(
        1,
        recipients=(Person(name="Zoë", address="zoe@example.org"), Person(name="", address="")),
        quoted="> earlier",
        sent_at=datetime(2026, 3, 1, 23, 59, 59, 123456, tzinfo=UTC),
        invite=Invite(
            method="REQUEST",
            summary="Supper 🍲",
            start=datetime(2026, 3, 6, 19, tzinfo=UTC),
            end=datetime(2026, 3, 6, 21, tzinfo=UTC),
            location="",
            conference="https://meet.example.org/x",
        ),
        bulk=True,
        defects=("date.range", "charset.unknown"),
    )

    stored = keep(store, (raw, message))

    assert [found.message for found in stored] == [message]


def test_dates_at_the_ends_of_the_calendar_come_back(store: PostgresMessages) -> None:
    raw, message = received(
        1,
        sent_at=datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        received_at=datetime(1, 1, 1, tzinfo=UTC),
    )

    assert keep(store, (raw, message))[0].message == message


def test_the_bytes_and_gmails_numbers_are_kept(store: PostgresMessages, engine: Engine) -> None:
    raw, message = received(1)
    every_byte = replace(raw, gmail_id=2**64 - 1, gmail_thread=2**63, rfc822=bytes(range(256)))

    keep(store, (every_byte, message))

    query = select(raw_messages.c.rfc822, messages.c.gmail_id, messages.c.gmail_thread).join_from(
        raw_messages, messages
    )
    with engine.connect() as connection:
        row = connection.execute(query).one()
    assert bytes(row.rfc822) == bytes(range(256))
    assert (row.gmail_id, row.gmail_thread) == (2**64 - 1, 2**63)


def test_storing_moves_the_cursor(store: PostgresMessages) -> None:
    keep(store, received(1), state=cursor(1))
    keep(store, received(2), state=cursor(9, last_synced_at=LATER))

    assert store.mailbox(ACCOUNT, "INBOX") == cursor(9, last_synced_at=LATER)


def test_the_slower_of_two_readers_does_not_move_the_cursor_back(store: PostgresMessages) -> None:
    keep(store, received(9), state=cursor(9))
    keep(store, received(5), state=cursor(5))

    assert store.mailbox(ACCOUNT, "INBOX") == cursor(9)


@pytest.mark.parametrize(("changes", "reset"), [({}, True), ({"uidvalidity": 8}, False)])
def test_starting_over_moves_the_cursor_back(store: PostgresMessages, changes: dict[str, int], *, reset: bool) -> None:
    keep(store, received(9), state=cursor(9))

    store.store_batch(ACCOUNT, [], cursor(5, **changes), reset=reset)

    assert store.mailbox(ACCOUNT, "INBOX") == cursor(5, **changes)


def test_stored_uids_are_those_of_the_folder_its_numbering_and_the_range(store: PostgresMessages) -> None:
    keep(store, received(1), received(2), received(5))
    elsewhere = [(replace(raw, ref=replace(raw.ref, mailbox="Work")), message) for raw, message in [received(3)]]
    store.store_batch(ACCOUNT, elsewhere, cursor(3, folder="Work"), reset=False)
    plan = FetchPlan(folder="INBOX", uidvalidity=7, first_uid=2, last_uid=9, reset=False)

    assert sorted(store.stored_uids(ACCOUNT, plan)) == [2, 5]
    assert store.stored_uids(ACCOUNT, replace(plan, uidvalidity=8)) == []
    assert store.stored_uids("somebody else", plan) == []


def test_a_quiet_folder_only_moves_the_cursor(store: PostgresMessages) -> None:
    assert store.store_batch(ACCOUNT, [], cursor(0), reset=False) == 0

    assert store.mailbox(ACCOUNT, "INBOX") == cursor(0)


def test_storing_the_same_batch_again_adds_nothing(store: PostgresMessages, engine: Engine) -> None:
    batch = [received(1), received(2)]

    first = store.store_batch(ACCOUNT, batch, cursor(2), reset=False)
    second = store.store_batch(ACCOUNT, batch, cursor(2), reset=False)

    assert (first, second) == (2, 0)
    assert [count(engine, table) for table in (messages, raw_messages, message_locations)] == [2, 2, 2]


def test_one_message_in_two_folders_and_twice_in_one_is_stored_once(store: PostgresMessages, engine: Engine) -> None:
    raw, message = received(1)
    copy = replace(raw, ref=replace(raw.ref, uid=2))
    elsewhere = replace(raw, ref=MessageRef(mailbox="Archive", uidvalidity=3, uid=1))

    new = store.store_batch(ACCOUNT, [(raw, message), (copy, message)], cursor(2), reset=False)
    new += store.store_batch(ACCOUNT, [(elsewhere, message)], cursor(1, folder="Archive", uidvalidity=3), reset=False)

    assert new == 1
    assert count(engine, messages) == 1
    assert count(engine, message_locations) == 3


def test_the_same_message_in_two_accounts_is_stored_for_each(store: PostgresMessages, engine: Engine) -> None:
    other = "ben@example.org"

    store.store_batch(ACCOUNT, [received(1)], cursor(1), reset=False)
    store.store_batch(other, [received(1)], cursor(1, account=other), reset=False)

    assert count(engine, messages) == 2


def test_a_new_uidvalidity_voids_the_folders_places_and_keeps_the_messages(
    store: PostgresMessages, engine: Engine
) -> None:
    keep(store, received(1), received(2))
    raw, message = received(1)
    renumbered = replace(raw, ref=replace(raw.ref, uidvalidity=8, uid=40))

    new = store.store_batch(ACCOUNT, [(renumbered, message)], cursor(40, uidvalidity=8), reset=True)

    assert new == 0
    assert count(engine, messages) == 2
    found = {stored.message.message_key: stored.message.ref for stored in store.unclassified(10)}
    assert found == {"<1@example.org>": renumbered.ref, "<2@example.org>": None}


def test_a_failure_in_the_middle_of_a_batch_leaves_cursor_and_messages_unchanged(
    store: PostgresMessages, engine: Engine
) -> None:
    keep(store, received(1), state=cursor(1))
    # Large enough for a statement of its own, so that messages of this batch are already in when the bad one comes.
    large, message = received(2)
    large = replace(large, rfc822=b"x" * (8 * 1024 * 1024))
    bad, other = received(3)
    bad = replace(bad, ref=replace(bad.ref, uid=2**32))

    with pytest.raises(RuntimeError, match="ck_message_locations_uid_range"):
        store.store_batch(ACCOUNT, [(large, message), (bad, other)], cursor(3), reset=True)

    assert store.mailbox(ACCOUNT, "INBOX") == cursor(1)
    assert [count(engine, table) for table in (messages, raw_messages, message_locations)] == [1, 1, 1]


def test_an_error_nobody_foresaw_does_not_repeat_mail(store: PostgresMessages) -> None:
    raw, message = received(1, text="my secret", subject="my secret")
    impossible = replace(raw, gmail_id=-1)

    with pytest.raises(RuntimeError) as caught:
        store.store_batch(ACCOUNT, [(impossible, message)], cursor(1), reset=False)

    assert "ck_messages_gmail_id_range" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__


WAITING = "pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"

HOSTILE = (
    "'; drop table messages; --",
    '"); delete from mailboxes where ("1"="1',
    "%s %(text)s :text {0} $1 \\ \\' \\x00 %",
    "\x1b]0;owned\x07\x1b[2J",
    "\u202egnp.exe \ufeff\u0000\ud800\udfff \udc80",
    "\U0010ffff\uffff\ufdd0",
    "",
    "x" * 1_000_000,
    "ж" * 1_000_000,
)


@pytest.mark.parametrize("nasty", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_stored_in_every_field_and_comes_back(store: PostgresMessages, nasty: str) -> None:
    # given: NUL and lone surrogates are no Unicode text to PostgreSQL; pairs of surrogates are one letter
    expected = nasty.replace("\0", "\ufffd").replace("\ud800\udfff", "\U000103ff").replace("\udc80", "\ufffd")
    raw, message = received(
        1,
        sender=Person(name=nasty, address=nasty),
        recipients=(Person(name=nasty, address=nasty),),
        subject=nasty,
        text=nasty,
        quoted=nasty,
        invite=Invite(method=nasty, summary=nasty, location=nasty, conference=nasty),
        defects=(nasty,),
    )

    # when
    [stored] = keep(store, (raw, message))

    # then
    assert stored.message == replace(
        message,
        sender=Person(name=expected, address=expected),
        recipients=(Person(name=expected, address=expected),),
        subject=expected,
        text=expected,
        quoted=expected,
        invite=Invite(method=expected, summary=expected, location=expected, conference=expected),
        defects=(expected,),
    )


@pytest.mark.parametrize("nasty", [text for text in HOSTILE if text], ids=range(len(HOSTILE) - 1))
def test_hostile_keys_identify_the_message_and_its_thread(store: PostgresMessages, engine: Engine, nasty: str) -> None:
    batch = received(1, message_key=nasty, thread_key=nasty)
    [stored] = keep(store, batch)

    again = store.store_batch(ACCOUNT, [batch], cursor(1), reset=False)
    decided = store.record_decision(
        stored,
        replace(PREDICTION, sentence=nasty, model_version="v1"),
        ThreadState(thread_key=nasty, place_state=PlaceState.OPEN, proposal=1),
        Alert(dedupe_key=nasty, reference=nasty, body=nasty),
        channel="console",
        expires_at=LATER,
        now=NOW,
    )

    assert (again, decided) == (0, True)
    assert store.thread(nasty).place_state is PlaceState.OPEN
    assert store.thread(stored.message.thread_key).place_state is PlaceState.OPEN
    assert count(engine, notifications) == 1


def test_long_keys_that_differ_at_their_end_stay_apart(store: PostgresMessages) -> None:
    long = "x" * 5000

    stored = keep(store, received(1, message_key=long + "a"), received(2, message_key=long + "b"))

    assert len(stored) == 2


def test_a_folder_name_from_a_hostile_server_is_found_again(store: PostgresMessages) -> None:
    folder = "In\x00box\udc80'"

    store.store_batch(ACCOUNT, [received(1)], cursor(1, folder=folder), reset=False)

    state = store.mailbox(ACCOUNT, folder)
    assert state is not None
    assert state.last_uid == 1


def test_undecided_messages_come_oldest_arrival_first_and_no_more_than_asked_for(store: PostgresMessages) -> None:
    keep(store, received(3), received(1), received(2))

    assert [stored.message.message_key for stored in store.unclassified(2)] == ["<1@example.org>", "<2@example.org>"]


def test_a_thread_nobody_decided_on_is_fresh(store: PostgresMessages) -> None:
    assert store.thread("<unknown>") == ThreadState(thread_key="<unknown>")


def test_a_decision_stores_prediction_thread_and_alert_together(store: PostgresMessages, engine: Engine) -> None:
    [stored] = keep(store, received(1))

    assert decide(store, stored)

    assert store.unclassified(10) == []
    assert store.thread(stored.message.thread_key) == replace(opened(stored), revision=1)
    with engine.connect() as connection:
        prediction = connection.execute(select(predictions)).one()
        alert = connection.execute(select(notifications)).one()
    assert (prediction.probability, prediction.needs_place, prediction.decision) == (0.93, True, "alert")
    assert prediction.reasons == [["lunch on", 1.5], ["at", -0.25]]
    assert (alert.body, alert.channel, alert.status) == (ALERT.body, "console", "pending")
    assert (alert.created_at, alert.expires_at) == (NOW, LATER)


def test_a_suppressed_message_queues_nothing_and_keeps_why(store: PostgresMessages, engine: Engine) -> None:
    [stored] = keep(store, received(1))

    assert decide(store, stored, Suppressed(reason="too_old"))

    assert count(engine, notifications) == 0
    with engine.connect() as connection:
        row = connection.execute(select(predictions)).one()
    assert (row.decision, row.why) == ("suppressed", "too_old")


def test_a_message_is_decided_once(store: PostgresMessages, engine: Engine) -> None:
    [stored] = keep(store, received(1))
    decide(store, stored, Suppressed(reason="too_old"))

    assert not decide(store, stored)

    assert count(engine, notifications) == 0


def test_two_threads_deciding_at_once_queue_one_alert(store: PostgresMessages, engine: Engine) -> None:
    stored = keep(store, *(received(uid) for uid in range(1, 11)))
    ready = threading.Barrier(2)
    answers: list[bool] = []

    def run() -> None:
        ready.wait()
        answers.extend(decide(store, each, replace(ALERT, dedupe_key=f"{each.id}#1")) for each in stored)

    workers = [threading.Thread(target=run) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(answers) == [False] * 10 + [True] * 10
    assert count(engine, notifications) == 10
    assert count(engine, predictions) == 10


def test_a_second_message_of_the_same_proposal_queues_no_second_alert(store: PostgresMessages, engine: Engine) -> None:
    first, second = keep(store, received(1), received(2))

    assert decide(store, first)
    assert decide(store, second)

    assert count(engine, notifications) == 1


def test_a_proposal_told_on_one_channel_is_not_told_again_on_another(store: PostgresMessages, engine: Engine) -> None:
    first, second = keep(store, received(1), received(2))
    decide(store, first)

    store.record_decision(second, PREDICTION, opened(second), ALERT, channel="sms", expires_at=LATER, now=NOW)

    assert count(engine, notifications) == 1


def test_a_decision_that_fails_half_way_leaves_the_message_undecided(store: PostgresMessages, engine: Engine) -> None:
    [stored] = keep(store, received(1))
    never_counted = replace(opened(stored), proposal=-1)

    with pytest.raises(RuntimeError, match="ck_threads_proposal_counted"):
        store.record_decision(stored, PREDICTION, never_counted, ALERT, channel="console", expires_at=LATER, now=NOW)

    assert store.unclassified(10) == [stored]
    assert [count(engine, table) for table in (predictions, threads, notifications)] == [0, 0, 0]


def test_a_server_that_drops_the_connection_half_way_loses_nothing(
    store: PostgresMessages, engine: Engine, database_url: str
) -> None:
    # given: a batch that waits for a lock in the middle of its transaction
    keep(store, received(1), state=cursor(1))
    failures: list[Exception] = []

    def run() -> None:
        try:
            store.store_batch(ACCOUNT, [received(2)], cursor(2), reset=False)
        except DatabaseUnavailable as error:
            failures.append(error)

    with engine.connect() as other:
        other.execute(text("lock table message_locations"))
        worker = threading.Thread(target=run)
        worker.start()
        deadline = datetime.now(UTC) + timedelta(seconds=20)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watcher:
            while watcher.execute(text(f"select {WAITING}")).first() is None:
                assert datetime.now(UTC) < deadline

        # when: its backend is killed
        execute(database_url, f"select pg_terminate_backend(pid), {WAITING}")
        worker.join()

    # then: it says so, nothing is half done, and the next try succeeds on a new connection
    assert len(failures) == 1
    assert store.mailbox(ACCOUNT, "INBOX") == cursor(1)
    assert store.store_batch(ACCOUNT, [received(2)], cursor(2), reset=False) == 1


def test_idle_connections_that_died_are_replaced_unnoticed(store: PostgresMessages, database_url: str) -> None:
    keep(store, received(1))

    execute(
        database_url,
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()",
    )

    assert len(store.unclassified(10)) == 1
