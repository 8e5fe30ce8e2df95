"""Threads in the database: joined as mail comes in, merged without telling the owner twice."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from jeeves.mail.threads import thread_links
from jeeves.store.messages import PostgresMessages
from jeeves.store.schema import messages, notifications, predictions, threads
from jeeves.types import Alert, Message, Person, PlaceState, RawMessage, StoredMessage, Suppressed, ThreadState
from tests.integration.store.build import ACCOUNT, LATER, NOW, PREDICTION, cursor, received
from tests.unit.store import rfc5256
from tests.unit.store.rfc5256 import Letter

if TYPE_CHECKING:
    from sqlalchemy import Engine

BEN, CAROL, ANNA = (Person(address=f"{name}@example.org") for name in ("ben", "carol", "anna"))
DAY = timedelta(days=1)


@pytest.fixture
def store(engine: Engine) -> PostgresMessages:
    return PostgresMessages(engine)


def mail(
    uid: int,
    *,
    references: tuple[str, ...] = (),
    subject: str = "",
    sender: Person = BEN,
    age: timedelta = timedelta(0),
    bulk: bool = False,
) -> tuple[RawMessage, Message]:
    """Return a message whose Message-ID is "m" and its UID."""
    links = thread_links(message_id=f"m{uid}", references=references, in_reply_to=(), subject=subject)
    return received(
        uid,
        message_key=f"m{uid}",
        thread_key=[*references, f"m{uid}"][0],
        sender=sender,
        recipients=(ANNA,),
        subject=subject,
        received_at=NOW - age,
        bulk=bulk,
        links=links,
    )


def keep(store: PostgresMessages, *batch: tuple[RawMessage, Message]) -> None:
    store.store_batch(ACCOUNT, batch, cursor(max(raw.ref.uid for raw, _ in batch)), reset=False)


def grouped(engine: Engine) -> set[frozenset[str]]:
    """Return the threads as sets of message keys."""
    found: dict[str, set[str]] = {}
    with engine.connect() as connection:
        for row in connection.execute(select(messages.c.thread_key, messages.c.message_key)):
            found.setdefault(row.thread_key, set()).add(row.message_key)
    return {frozenset(group) for group in found.values()}


def together(*names: str) -> frozenset[str]:
    return frozenset(names)


def the(store: PostgresMessages, name: str) -> StoredMessage:
    return next(each for each in store.unclassified(1000) if each.message.message_key == name)


def alert_about(store: PostgresMessages, stored: StoredMessage) -> bool:
    """Decide as the daemon does on a message that asks where to meet."""
    thread = store.thread(stored.message.thread_key)
    if thread.place_state is not PlaceState.OPEN:
        thread = replace(thread, place_state=PlaceState.OPEN, proposal=thread.proposal + 1)
    decision = Alert(dedupe_key=thread.dedupe_key, reference=f"r{stored.id}", body="Where?")
    return store.record_decision(stored, PREDICTION, thread, decision, channel="console", expires_at=LATER, now=NOW)


def alerts(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(notifications.c.dedupe_key).order_by(notifications.c.id)).scalars())


def test_an_answer_joins_what_it_answers(store: PostgresMessages, engine: Engine) -> None:
    keep(store, mail(1))
    keep(store, mail(2, references=("m1",)), mail(3))

    assert grouped(engine) == {together("m1", "m2"), together("m3")}


def test_a_parent_that_comes_after_its_children_finds_them(store: PostgresMessages, engine: Engine) -> None:
    keep(store, mail(3, references=("m2",)), mail(4, references=("m2", "m3")))
    keep(store, mail(2, references=("m1",)))
    keep(store, mail(1))

    assert grouped(engine) == {together("m1", "m2", "m3", "m4")}


def test_answers_to_a_message_that_never_came_are_one_thread(store: PostgresMessages, engine: Engine) -> None:
    keep(store, mail(2, references=("lost",)))
    keep(store, mail(3, references=("lost",)))

    assert grouped(engine) == {together("m2", "m3")}


def test_a_message_stored_again_stays_where_it_is(store: PostgresMessages, engine: Engine) -> None:
    keep(store, mail(1), mail(2, references=("m1",)))
    keep(store, mail(1), mail(2, references=("m1",)))

    assert grouped(engine) == {together("m1", "m2")}


def test_ids_too_long_for_an_index_still_connect(store: PostgresMessages, engine: Engine) -> None:
    long = "x" * 480 + "@example.org"
    keep(store, mail(1, references=(long,)))
    keep(store, mail(2, references=(long,)))

    assert grouped(engine) == {together("m1", "m2")}


def test_gmails_threads_are_left_alone(store: PostgresMessages, engine: Engine) -> None:
    batch = [
        (replace(raw, gmail_id=raw.ref.uid, gmail_thread=raw.ref.uid), replace(message, thread_key=str(raw.ref.uid)))
        for raw, message in (mail(1, subject="Lunch"), mail(2, references=("m1",), subject="Re: Lunch"))
    ]
    keep(store, *batch)

    assert grouped(engine) == {together("m1"), together("m2")}


@st.composite
def conversations(draw: st.DrawFn) -> list[Letter]:
    references: list[tuple[str, ...]] = []
    for number in range(draw(st.integers(1, 8))):
        parent = draw(st.none() | st.integers(0, number - 1)) if number else None
        references.append(() if parent is None else (*references[parent], f"m{parent + 1}"))
    return draw(st.permutations([Letter(f"m{number}", chain) for number, chain in enumerate(references, start=1)]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(letters=conversations(), size=st.integers(1, 4))
def test_the_database_ends_with_the_threads_of_the_rfc(
    store: PostgresMessages, engine: Engine, letters: list[Letter], size: int
) -> None:
    with engine.begin() as connection:
        connection.execute(text("truncate messages, thread_links, threads, mailboxes cascade"))
    batch = [mail(int(letter.name[1:]), references=letter.references) for letter in letters]

    while batch:
        keep(store, *batch[:size])
        del batch[:size]

    assert grouped(engine) == rfc5256.threads(letters)


def test_an_answer_without_references_joins_by_its_subject(store: PostgresMessages, engine: Engine) -> None:
    keep(store, mail(1, subject="Lunch", age=3 * DAY))
    keep(store, mail(2, subject="Re: Lunch"))

    assert grouped(engine) == {together("m1", "m2")}


def test_an_answer_that_comes_first_is_joined_by_its_question(store: PostgresMessages, engine: Engine) -> None:
    keep(store, mail(2, subject="Re: Lunch"))
    keep(store, mail(1, subject="Lunch", age=3 * DAY))

    assert grouped(engine) == {together("m1", "m2")}


def test_newest_first_a_reply_stays_with_the_nearest_question(store: PostgresMessages, engine: Engine) -> None:
    for each in (
        mail(3, subject="Re: Lunch"),
        mail(2, subject="Lunch", age=2 * DAY),
        mail(1, subject="Lunch", age=9 * DAY),
    ):
        keep(store, each)

    assert grouped(engine) == {together("m2", "m3"), together("m1")}


@pytest.mark.parametrize(
    ("why", "other"),
    [
        ("the lunch of two years ago", mail(2, subject="Re: Lunch", age=-730 * DAY)),
        ("somebody else's lunch", mail(2, subject="Re: Lunch", sender=CAROL)),
        ("a new question", mail(2, subject="Lunch")),
        ("another subject", mail(2, subject="Re: Dinner")),
        ("a machine", mail(2, subject="Re: Lunch", bulk=True)),
        ("an answer to something named", mail(2, subject="Re: Lunch", references=("elsewhere",))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_same_subject_alone_makes_no_thread(
    store: PostgresMessages, engine: Engine, why: str, other: tuple[RawMessage, Message]
) -> None:
    keep(store, mail(1, subject="Lunch", age=DAY))
    keep(store, other)

    assert grouped(engine) == {together("m1"), together("m2")}, why


def test_a_subject_is_nothing_without_words(store: PostgresMessages, engine: Engine) -> None:
    keep(store, mail(1, subject="", age=DAY), mail(2, subject="Re:"))

    assert grouped(engine) == {together("m1"), together("m2")}


def test_dates_at_the_ends_of_the_calendar_do_no_harm(store: PostgresMessages, engine: Engine) -> None:
    keep(store, mail(1, subject="Re: Lunch", age=NOW - NOW.min.replace(tzinfo=NOW.tzinfo)))
    keep(store, mail(2, subject="Re: Lunch", age=NOW - NOW.max.replace(tzinfo=NOW.tzinfo)))

    assert grouped(engine) == {together("m1"), together("m2")}


def test_threads_merged_while_both_are_open_raise_no_second_alert(store: PostgresMessages, engine: Engine) -> None:
    # given two threads, each with its alert
    keep(store, mail(1), mail(3, references=("m2",)))
    for name in ("m1", "m3"):
        assert alert_about(store, the(store, name))
    assert len(alerts(engine)) == 2

    # when the link between them arrives and asks once more
    keep(store, mail(2, references=("m1",)))
    assert alert_about(store, the(store, "m2"))

    assert len(alerts(engine)) == 2
    with engine.connect() as connection:
        assert len(connection.execute(select(threads)).all()) == 1
        reasons = set(connection.execute(select(predictions.c.why)).scalars())
    assert reasons == set(alerts(engine))


@pytest.mark.parametrize("alerted", ["m1", "m3"])
def test_a_thread_that_joins_an_alerted_one_raises_no_alert(
    store: PostgresMessages, engine: Engine, alerted: str
) -> None:
    keep(store, mail(1), mail(3, references=("m2",)), mail(4, references=("m2",)))
    alert_about(store, the(store, alerted))

    keep(store, mail(2, references=("m1",)))
    for stored in store.unclassified(10):
        assert alert_about(store, stored)

    assert len(alerts(engine)) == 1


def test_after_a_merge_of_settled_threads_a_new_get_together_is_told(store: PostgresMessages, engine: Engine) -> None:
    keep(store, mail(1), mail(3, references=("m2",)))
    for name in ("m1", "m3"):
        stored = the(store, name)
        settled = ThreadState(thread_key=stored.message.thread_key, place_state=PlaceState.SETTLED, proposal=1)
        decision = Alert(dedupe_key=settled.dedupe_key, reference=name, body="Where?")
        store.record_decision(stored, PREDICTION, settled, decision, channel="console", expires_at=LATER, now=NOW)

    keep(store, mail(2, references=("m1",)))
    alert_about(store, the(store, "m2"))

    assert len(alerts(engine)) == 3


def test_a_decision_made_before_a_merge_is_made_again(store: PostgresMessages, engine: Engine) -> None:
    # given a message handed out for a decision, whose thread is merged into a larger one meanwhile
    keep(store, mail(1), mail(5, references=("m1",)), mail(3, references=("m2",)))
    handed_out = the(store, "m3")
    keep(store, mail(2, references=("m1",)))

    assert not alert_about(store, handed_out)

    assert alerts(engine) == []
    assert alert_about(store, the(store, "m3"))


def test_a_state_read_before_a_merge_does_not_undo_it(store: PostgresMessages) -> None:
    # given the state of a thread as it was before another, in its second round, became part of it
    keep(store, mail(1), mail(4, references=("m1",)), mail(5, references=("m1",)), mail(3, references=("m2",)))
    stored = the(store, "m1")
    stale = store.thread(stored.message.thread_key)
    other = the(store, "m3")
    second = ThreadState(thread_key=other.message.thread_key, place_state=PlaceState.OPEN, proposal=2)
    quiet = Suppressed(reason="too_old")
    store.record_decision(other, PREDICTION, second, quiet, channel="console", expires_at=LATER, now=NOW)
    keep(store, mail(2, references=("m1",)))

    first = replace(stale, place_state=PlaceState.OPEN, proposal=1)
    kept = store.record_decision(stored, PREDICTION, first, quiet, channel="console", expires_at=LATER, now=NOW)

    assert not kept
    assert store.thread(stale.thread_key).proposal == 2
    assert the(store, "m1") == stored


def test_folders_stored_at_once_end_in_one_thread(store: PostgresMessages, engine: Engine) -> None:
    # given a conversation of which every other message lies in another folder
    chain = [mail(uid, references=tuple(f"m{above}" for above in range(1, uid))) for uid in range(1, 31)]
    failures: list[BaseException] = []

    def read(folder: str, part: list[tuple[RawMessage, Message]]) -> None:
        try:
            for raw, message in reversed(part):
                store.store_batch(ACCOUNT, [(raw, message)], cursor(raw.ref.uid, folder=folder), reset=False)
        except BaseException as error:  # noqa: BLE001 - carried to the test's own thread
            failures.append(error)

    readers = [threading.Thread(target=read, args=(f"folder {start}", chain[start::2])) for start in range(2)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

    assert failures == []
    assert len(grouped(engine)) == 1


def test_labels_follow_what_gmail_says_last(store: PostgresMessages, engine: Engine) -> None:
    raw, message = mail(1)
    gmail = replace(raw, gmail_id=9, gmail_thread=9)
    for labels in (("\\Inbox", "Büro"), ("Büro", "later")):
        keep(store, (replace(gmail, labels=labels), message))

    with engine.connect() as connection:
        assert connection.execute(select(messages.c.labels)).scalar_one() == ["Büro", "later"]
