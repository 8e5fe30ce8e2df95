from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from jeeves.store.decisions import read_decisions
from jeeves.store.drift import recent_messages
from jeeves.store.history import HISTORY, MOST_COUNTED, PAST
from jeeves.store.labels import PostgresLabels
from jeeves.store.messages import PostgresMessages
from jeeves.store.schema import messages
from jeeves.types import Answer, History, LabelSource, Person
from tests.integration.store.build import ACCOUNT, NOW, cursor, received

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from jeeves.types import Message, RawMessage

BEN = "ben@example.org"
DAY = timedelta(days=1)
LONG_AGO = received(900, received_at=NOW - PAST - 40 * DAY, sender=Person(address="old@example.org"))


def by(address: str, uid: int, *, days_ago: float, **changes: Any) -> tuple[RawMessage, Message]:  # noqa: ANN401 - fields
    return received(uid, sender=Person(address=address), received_at=NOW - days_ago * DAY, **changes)


def by_owner(uid: int, *, days_ago: float, to: str = BEN, **changes: Any) -> tuple[RawMessage, Message]:  # noqa: ANN401 - fields
    recipients = (Person(name="Eve", address="eve@example.org"), Person(name="Ben Yes", address=to))
    return by(ACCOUNT, uid, days_ago=days_ago, recipients=recipients, **changes)


def stored(engine: Engine, *batch: tuple[RawMessage, Message]) -> dict[str, int]:
    """Store a mailbox and return the number of each message by its key."""
    store = PostgresMessages(engine)
    store.store_batch(ACCOUNT, list(batch), cursor(999), reset=False)
    return {each.message.message_key: each.id for each in store.unclassified(1_000)}


def history(engine: Engine, *batch: tuple[RawMessage, Message]) -> History:
    """Store a mailbox and return the history of its first message."""
    numbers = stored(engine, *batch)
    return history_of(engine, numbers[batch[0][1].message_key])


def history_of(engine: Engine, number: int) -> History:
    found = read_decisions(engine, number)
    assert found is not None
    return found.message.history


def test_earlier_messages_of_the_sender_are_counted_up_to_a_few(engine: Engine) -> None:
    crowd = [by(BEN, uid, days_ago=1 + uid / 100) for uid in range(2, MOST_COUNTED + 10)]

    assert history(engine, by(BEN, 1, days_ago=0), LONG_AGO, *crowd).earlier == MOST_COUNTED


def test_what_came_later_or_from_others_does_not_count(engine: Engine) -> None:
    later, other = by(BEN, 2, days_ago=-1), by("carl@example.org", 3, days_ago=2)

    assert history(engine, by(BEN, 1, days_ago=0), LONG_AGO, later, other) == History(earlier=0)


def test_a_mailbox_without_a_past_knows_no_newcomers(engine: Engine) -> None:
    assert history(engine, by(BEN, 1, days_ago=0), by("old@example.org", 2, days_ago=20)).earlier is None


@pytest.mark.parametrize("address", [ACCOUNT, ""])
def test_the_owner_and_nobody_have_no_history(engine: Engine, address: str) -> None:
    earlier = by(address, 2, days_ago=1), by_owner(3, days_ago=2, to=address)

    assert history(engine, by(address, 1, days_ago=0), LONG_AGO, *earlier) == History()


def test_having_written_to_the_sender_is_known(engine: Engine) -> None:
    assert history(engine, by(BEN, 1, days_ago=0), by_owner(2, days_ago=3)).written


def test_having_written_to_a_sender_of_that_name_or_later_is_not(engine: Engine) -> None:
    later, other = by_owner(2, days_ago=-1), by_owner(3, days_ago=3, to="ben@example.com")

    assert not history(engine, by(BEN, 1, days_ago=0), later, other).written


def test_a_reply_to_the_owner_is_known_by_its_thread(engine: Engine) -> None:
    first = by_owner(2, days_ago=3, to="eve@example.org", thread_key="t")
    numbers = stored(engine, first, by(BEN, 1, days_ago=0, thread_key="t"), by(BEN, 3, days_ago=0, thread_key="u"))

    found = {key: history_of(engine, number).answers_owner for key, number in numbers.items()}

    assert found == {"<2@example.org>": False, "<1@example.org>": True, "<3@example.org>": False}


def answered(engine: Engine, *answers: Answer, thread: str = "", late: bool = False) -> bool | None:
    """Store a message, and before it one for each answer; return whether its sender asks."""
    old = [by(BEN, uid, days_ago=uid, thread_key=thread or f"t{uid}") for uid in range(2, len(answers) + 2)]
    numbers = stored(engine, by(BEN, 1, days_ago=0, thread_key="now"), *old)
    for uid, answer in enumerate(answers, start=2):
        when = NOW + DAY if late else NOW - DAY
        assert PostgresLabels(engine).add(numbers[f"<{uid}@example.org>"], answer, LabelSource.CLI, now=when)
    return history_of(engine, numbers["<1@example.org>"]).asks


def test_a_sender_who_asked_once_is_one_who_asks(engine: Engine) -> None:
    assert answered(engine, Answer.NO, Answer.NO, Answer.YES, Answer.NO) is True


def test_a_sender_of_three_noes_never_asks(engine: Engine) -> None:
    assert answered(engine, Answer.NO, Answer.NO, Answer.NO) is False


def test_two_answers_are_too_few(engine: Engine) -> None:
    assert answered(engine, Answer.NO, Answer.SKIP, Answer.NO) is None


def test_answers_given_after_the_message_came_tell_nothing(engine: Engine) -> None:
    assert answered(engine, Answer.YES, late=True) is None


def test_answers_of_the_same_conversation_tell_nothing(engine: Engine) -> None:
    assert answered(engine, Answer.YES, thread="now") is None


def test_the_answer_that_counts_is_the_owners_latest(engine: Engine) -> None:
    numbers = stored(engine, by(BEN, 1, days_ago=0), by(BEN, 2, days_ago=9))
    labels, old = PostgresLabels(engine), numbers["<2@example.org>"]
    for answer, source in (
        (Answer.NO, LabelSource.CLI),
        (Answer.YES, LabelSource.SMS),
        (Answer.NO, LabelSource.IMPORT),
    ):
        labels.add(old, answer, source, now=NOW - DAY)

    assert history_of(engine, numbers["<1@example.org>"]).asks is True


def test_serving_learning_and_explaining_see_the_same_history(engine: Engine) -> None:
    batch = [by(BEN, 1, days_ago=0), LONG_AGO, by(BEN, 2, days_ago=1), by_owner(3, days_ago=2)]
    number = stored(engine, *batch)["<1@example.org>"]
    PostgresLabels(engine).add(number, Answer.YES, LabelSource.CLI, now=NOW)

    [learned] = [mail.message.history for mail in PostgresLabels(engine).answered()]
    served = {each.id: each.message.history for each in PostgresMessages(engine).unclassified(9)}
    recent = {each.message_key: each.history for each in recent_messages(engine, 9)}

    assert learned == History(earlier=1, written=True)
    assert served[number] == recent["<1@example.org>"] == history_of(engine, number) == learned


def test_an_address_too_long_for_an_index_is_stored_and_has_a_history(engine: Engine) -> None:
    endless = "a" * 10_000 + "@example.org"

    assert history(engine, by(endless, 1, days_ago=0), LONG_AGO, by(endless, 2, days_ago=1)).earlier == 1


def test_every_part_has_an_index(engine: Engine) -> None:
    """Told by the plan: with so few messages time says nothing, and reading them all would be quickest."""
    stored(engine, *(by(f"{uid}@example.org", uid, days_ago=uid / 10) for uid in range(1, 400)))
    query = select(messages.c.id, *HISTORY).where(messages.c.id == 1)
    asked = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
    with engine.connect() as connection:
        connection.execute(text("analyze"))
        connection.execute(text("set local enable_seqscan = off"))
        plan = "\n".join(connection.execute(text(f"explain {asked.replace(':', chr(92) + ':')}")).scalars())

    assert "Seq Scan" not in plan
    for index in ("sender", "received", "written", "thread_key"):
        assert f"ix_messages_{index}" in plan
