"""A batch large enough to be copied is stored exactly as its messages one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from jeeves.store import rows
from jeeves.store.archive import PostgresArchive
from jeeves.store.bulk import WORTH_A_COPY, copy_messages
from jeeves.store.failures import translated
from jeeves.store.schema import messages
from jeeves.types import ArchivedMessage, Invite, Person
from tests.integration.store.build import NOW, received

if TYPE_CHECKING:
    from sqlalchemy import Engine

# What COPY's text format, array literals and JSON could each take for their own.
HOSTILE = (
    *("\\N", "\\.", "\\", "\\\\n", "a\tb\nc\rd\r\ne", "\n\\.\n", "NULL", '{"}', '","', "'; --", '{"a": [1', ""),
    *("\0", "\x01\x0b\x7f\x85\u2028", "\ud800", "é 李 \U0001f600", "%s %(a)s :a", "\\x41\\101", "x" * 9_000),
)


def hostile_batch(count: int) -> list[ArchivedMessage]:
    batch = []
    for number in range(count):
        text = HOSTILE[number % len(HOSTILE)]
        _, message = received(
            number + 1,
            ref=None,
            sender=Person(name=text, address=f"{number}{text}"[:200]),
            recipients=(Person(name=text, address=text),) * (number % 3),
            subject=text,
            text=f"{text}{number}",
            quoted=text,
            sent_at=None if number % 2 else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=number),
            sent_offset=None if number % 3 else -number,
            invite=Invite(summary=text, start=NOW, location=text) if number % 4 == 0 else None,
            bulk=number % 5 == 0,
            defects=(text, "date.range") if number % 2 else (),
        )
        batch.append(ArchivedMessage(message=message, gmail_id=2**64 - 1 - number, labels=(text, '"', "a,b")))
    return batch


def stored(engine: Engine, account: str) -> list[dict[str, Any]]:
    columns = [column for column in messages.c if column.name not in {"id", "account"}]
    query = select(*columns).where(messages.c.account == account).order_by(messages.c.message_key)
    with engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's documented name


def test_a_copied_batch_is_stored_as_its_messages_one_by_one(engine: Engine) -> None:
    archive = PostgresArchive(engine)
    batch = hostile_batch(3 * len(HOSTILE))
    assert len(batch) >= WORTH_A_COPY

    filed = archive.add("all@example.org", batch, silent_before=NOW, now=NOW)
    for each in batch:
        archive.add("single@example.org", [each], silent_before=NOW, now=NOW)

    assert filed.new == len(set(filed.ids)) == len(batch)
    assert stored(engine, "all@example.org") == stored(engine, "single@example.org")


def test_of_a_copied_batch_only_what_is_new_goes_in_and_every_number_is_told(engine: Engine) -> None:
    archive = PostgresArchive(engine)
    batch = hostile_batch(WORTH_A_COPY + 10)
    first = archive.add("all@example.org", batch[:-10], silent_before=NOW, now=NOW)

    changed = [replace(each, message=replace(each.message, subject="changed")) for each in batch]
    second = archive.add("all@example.org", [*changed, changed[0]], silent_before=NOW, now=NOW)

    assert (first.new, second.new) == (WORTH_A_COPY, 10)
    assert second.ids[: len(first.ids)] == first.ids
    assert second.ids[-1] == first.ids[0]
    assert [row["subject"] for row in stored(engine, "all@example.org")].count("changed") == 10


def test_several_copies_in_one_transaction_do_not_mix_and_a_rollback_leaves_nothing(engine: Engine) -> None:
    prepared = [rows.message_row("all@example.org", each, each.message) for each in hostile_batch(9)]
    with engine.connect() as connection:
        portions = [copy_messages(connection, prepared[at : at + 3]) for at in (0, 3, 3, 6)]
        connection.rollback()
        assert [len(portion) for portion in portions] == [3, 3, 0, 3]
        assert len(copy_messages(connection, prepared)) == 9
        connection.rollback()
        assert connection.execute(select(func.count()).select_from(messages)).scalar_one() == 0


def test_what_the_server_says_against_a_copied_row_is_not_repeated(engine: Engine) -> None:
    (each,) = hostile_batch(1)
    row = rows.message_row("all@example.org", each, each.message) | {"subject": "secret", "sent_at": "secret"}

    with (
        pytest.raises(RuntimeError, match="refused a statement") as found,
        translated(),
        engine.connect() as connection,
    ):
        copy_messages(connection, [row])

    assert "SQLSTATE 22007" in str(found.value)
    assert "secret" not in str(found.value)
