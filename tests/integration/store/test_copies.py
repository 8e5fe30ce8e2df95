"""The same mail in two mailboxes of one owner: one thread, one alert."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest
from alembic import command
from sqlalchemy import select, text

from jeeves.mail.threads import thread_links
from jeeves.store.archive import PostgresArchive
from jeeves.store.copies import joined_pairs
from jeeves.store.database import alembic_config, connect, migrate
from jeeves.store.messages import PostgresMessages
from jeeves.store.outbox import PostgresOutbox
from jeeves.store.schema import messages, notifications
from jeeves.store.thread_states import PostgresThreads
from jeeves.store.waiting import PostgresWaiting
from jeeves.types import Alert, ArchivedMessage, DigestWording, Held, Message, NotificationStatus, Person, RawMessage
from tests.integration.store.build import ALERT, LATER, NOW, PREDICTION, SECOND, cursor, opened, received

if TYPE_CHECKING:
    from sqlalchemy import Engine

HOME, WORK = "me@gmail.com", "me@example.com"
_HOUR = timedelta(hours=1)
OLD_MAIL = """
insert into messages (account, message_key, thread_key, gmail_id, gmail_thread, sender_name, sender_address, recipients,
    subject, text, quoted, received_at, bulk, defects)
values ('me@gmail.com', '1', '16', 1, 16, '', '', '[]', '', '', '', now(), false, '{}')
"""


@pytest.fixture
def store(engine: Engine) -> PostgresMessages:
    return PostgresMessages(engine)


def mail(
    uid: int, name: str, *, gmail: int | None = None, answers: str = "", sender: str = "ben@example.org"
) -> tuple[RawMessage, Message]:
    """Return the mail of Message-ID ``name``; ``gmail``: the number of its thread on a server that numbers them."""
    links = thread_links(message_id=name, references=[answers] if answers else [], in_reply_to=(), subject="Lunch")
    raw, message = received(
        uid,
        message_key=name if gmail is None else f"{gmail}000{uid}",
        thread_key=(answers or name) if gmail is None else str(gmail),
        sender=Person(address=sender),
        links=links,
    )
    return replace(raw, gmail_thread=gmail, gmail_id=None if gmail is None else uid), message


def keep(store: PostgresMessages, account: str, *batch: tuple[RawMessage, Message]) -> None:
    last = max(raw.ref.uid for raw, _ in batch)
    store.store_batch(account, batch, cursor(last, account=account), reset=False)


def threads(engine: Engine) -> set[frozenset[tuple[str, str]]]:
    """Return the threads as sets of (account, Message-ID)."""
    found: dict[str, set[tuple[str, str]]] = {}
    with engine.connect() as connection:
        for row in connection.execute(select(messages)):
            found.setdefault(row.thread_key, set()).add((row.account, row.message_id))
    return {frozenset(group) for group in found.values()}


def decide(store: PostgresMessages, account: str, **changes: object) -> None:
    """Alert of the one undecided message of ``account``."""
    (stored,) = (each for each in store.unclassified(9) if each.account == account)
    thread = store.thread(stored.message.thread_key)
    after = replace(opened(stored), revision=thread.revision)
    alert = replace(ALERT, dedupe_key=after.dedupe_key, **changes)  # type: ignore[arg-type]  # fields of Alert
    assert store.record_decision(stored, PREDICTION, after, alert, channel="sms", expires_at=LATER, now=NOW)


def test_a_mail_in_two_gmail_mailboxes_is_of_one_thread_with_all_that_follows_in_either(
    store: PostgresMessages, engine: Engine
) -> None:
    keep(store, HOME, mail(1, "a", gmail=16))
    keep(store, WORK, mail(1, "a", gmail=99))
    keep(store, WORK, mail(2, "b", gmail=99))
    keep(store, HOME, mail(2, "c", gmail=16))

    assert threads(engine) == {frozenset({(HOME, "a"), (WORK, "a"), (WORK, "b"), (HOME, "c")})}


def test_a_mail_in_gmail_and_elsewhere_is_of_one_thread_with_the_answer_that_only_one_has(
    store: PostgresMessages, engine: Engine
) -> None:
    keep(store, HOME, mail(1, "a", gmail=16))
    keep(store, WORK, mail(1, "a"), mail(2, "b", answers="a"))

    assert threads(engine) == {frozenset({(HOME, "a"), (WORK, "a"), (WORK, "b")})}


def test_two_mailboxes_whose_servers_give_the_same_number_keep_their_threads_apart(
    store: PostgresMessages, engine: Engine
) -> None:
    keep(store, HOME, mail(1, "a", gmail=16))
    keep(store, WORK, mail(1, "b", gmail=16))
    keep(store, WORK, mail(2, "c", gmail=16))
    keep(store, HOME, mail(2, "d", gmail=16))

    assert threads(engine) == {frozenset({(HOME, "a"), (HOME, "d")}), frozenset({(WORK, "b"), (WORK, "c")})}


def test_a_stranger_who_repeats_a_message_id_does_not_get_into_the_thread(
    store: PostgresMessages, engine: Engine
) -> None:
    keep(store, HOME, mail(1, "a", gmail=16))
    keep(store, WORK, mail(1, "a", gmail=99, sender="mallory@example.net"))

    assert len(threads(engine)) == 2
    assert [each.is_copy for each in store.unclassified(9)] == [False, False]


def test_a_message_id_that_comes_again_after_weeks_is_a_mailers_mistake(store: PostgresMessages) -> None:
    raw, message = mail(1, "a")
    keep(store, HOME, (raw, replace(message, received_at=message.received_at - timedelta(days=20))))
    keep(store, WORK, mail(1, "a", gmail=99))

    assert [each.is_copy for each in store.unclassified(9)] == [False, False]


def test_within_one_mailbox_the_server_has_the_last_word_on_threads(store: PostgresMessages) -> None:
    keep(store, WORK, mail(1, "z", gmail=7))
    keep(store, HOME, mail(1, "a", gmail=16), mail(2, "a", gmail=17))

    assert {each.message.thread_key for each in store.unclassified(9)} == {"7", "16", "17"}


def test_of_two_that_wait_the_later_is_the_copy_and_of_one_decided_the_other(store: PostgresMessages) -> None:
    keep(store, WORK, mail(5, "a"))
    keep(store, HOME, mail(1, "a", gmail=16))
    assert {each.account: each.is_copy for each in store.unclassified(9)} == {HOME: False, WORK: True}

    decide(store, WORK)

    assert {each.account: each.is_copy for each in store.unclassified(9)} == {HOME: True}


def test_what_was_merely_filed_as_past_makes_no_copy_of_what_arrives(store: PostgresMessages, engine: Engine) -> None:
    _, message = mail(1, "a")
    archive = PostgresArchive(engine)
    archive.add(HOME, [ArchivedMessage(message=message)], silent_before=message.received_at + SECOND, now=NOW)
    keep(store, WORK, mail(1, "a"))

    assert [(each.account, each.is_copy) for each in store.unclassified(9)] == [(WORK, False)]


def test_two_copies_decided_on_make_one_alert(store: PostgresMessages, engine: Engine) -> None:
    keep(store, HOME, mail(1, "a", gmail=16))
    keep(store, WORK, mail(2, "a", gmail=99))

    decide(store, HOME)
    decide(store, WORK)

    with engine.connect() as connection:
        assert len(connection.execute(select(notifications)).all()) == 1
    assert [each.account for each in PostgresThreads(engine).open_threads()] == [HOME]


def test_alerts_of_two_mailboxes_told_before_they_met_become_those_of_one_thread(
    store: PostgresMessages, engine: Engine
) -> None:
    """A reply can show late that two threads are one: nothing that was said is said again."""
    keep(store, HOME, mail(1, "a", gmail=16))
    keep(store, WORK, mail(2, "b", gmail=99))
    decide(store, HOME)
    decide(store, WORK)

    keep(store, HOME, mail(3, "b", gmail=16))

    assert len(threads(engine)) == 1
    (open_thread,) = PostgresThreads(engine).open_threads()
    with engine.connect() as connection:
        keys = connection.execute(select(notifications.c.dedupe_key)).scalars().all()
    assert len(keys) == 2
    assert open_thread.state.dedupe_key in keys


def test_threads_that_are_one_by_pairs_join_the_one_that_stays() -> None:
    assert joined_pairs([("a", "b"), ("c", "a"), ("b", "b"), ("c", "b")]) == {"a": "b", "c": "b"}
    assert joined_pairs([("a", "b"), ("b", "c")]) == {"a": "c", "b": "c"}


def test_an_alert_knows_the_mailbox_it_is_about_and_goes_on_by_the_order_of_that_one(
    store: PostgresMessages, engine: Engine
) -> None:
    outbox = PostgresOutbox(engine)
    keep(store, HOME, mail(1, "a"))
    keep(store, WORK, mail(1, "b"))
    decide(store, HOME)
    decide(store, WORK)

    claimed = [each for each in (outbox.claim(NOW, _HOUR), outbox.claim(NOW, _HOUR)) if each is not None]
    assert sorted(each.account for each in claimed) == [WORK, HOME]
    for each in claimed:
        outbox.settle(each, NotificationStatus.SENT, now=NOW, outcome="sent", check_at=NOW, escalate_at=NOW)
    checked = outbox.claim_check(NOW, _HOUR)
    assert checked is not None
    assert checked.account in (HOME, WORK)

    moved = outbox.escalate(
        NOW,
        MappingProxyType({"sms": "call"}),
        longest=_HOUR,
        accounts={WORK: {"sms": "email"}, "someone@example.org": {}},
    )

    assert moved == 2
    assert {(each.account, each.channel) for each in (outbox.claim(NOW, _HOUR), outbox.claim(NOW, _HOUR)) if each} == {
        (HOME, "call"),
        (WORK, "email"),
    }


def test_alerts_of_two_mailboxes_are_never_told_as_one(store: PostgresMessages, engine: Engine) -> None:
    for account in (HOME, WORK):
        for number in (1, 2):
            keep(store, account, mail(number, f"{account} {number}"))
            decide(store, account, held=Held.QUIET, due_at=NOW)
    wording = DigestWording(most=9, reference=lambda number: f"d{number}", compose=lambda told, _sign: f"{len(told)}")

    released = PostgresWaiting(engine).release(NOW, wording)

    assert released.gathered == 4
    outbox = PostgresOutbox(engine)
    told = [each for each in (outbox.claim(NOW, _HOUR), outbox.claim(NOW, _HOUR)) if each is not None]
    assert sorted((each.account, each.body) for each in told) == [(WORK, "2"), (HOME, "2")]
    assert outbox.claim(NOW, _HOUR) is None


def test_mail_stored_before_the_migration_stays_and_its_threads_go_on_up_and_down(empty_database_url: str) -> None:
    engine = connect(empty_database_url)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0013")
        connection.execute(text(OLD_MAIL))
    migrate(engine)
    store = PostgresMessages(engine)

    keep(store, HOME, mail(2, "b", gmail=16))
    keep(store, WORK, mail(2, "b", gmail=99))

    assert threads(engine) == {frozenset({(HOME, None), (HOME, "b"), (WORK, "b")})}
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0013")
        assert connection.execute(text("select count(*), count(distinct thread_key) from messages")).one() == (3, 1)
    engine.dispose()


def test_an_alert_is_no_alert_of_another_get_together(store: PostgresMessages) -> None:
    keep(store, HOME, mail(1, "a", gmail=16))
    keep(store, WORK, mail(1, "b", gmail=16))

    keys = {Alert(dedupe_key=opened(each).dedupe_key, reference="b2", body="x") for each in store.unclassified(9)}

    assert len(keys) == 2
