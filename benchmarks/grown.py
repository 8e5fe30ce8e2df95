"""A database as it looks after years of mail, made in minutes: for measuring what grows with it.

Lives here: carrying out ``grown.sql``, which writes the made-up mailbox. Must not live here: measuring (``growth``).

A mailbox gets a steady ``MESSAGES_A_DAY``, so a larger one is an older one: what is asked of the last day or month
has the same answer in each. A tenth is written by the owner, nearly half by twenty mailing lists, the rest by four
hundred people, some of whom write every day, and by strangers; a hundredth asks for a get-together. The texts are
short: what is measured is how many rows there are, not how long they are.
"""

from __future__ import annotations

import random
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Engine

ACCOUNT: Final = "owner@example.com"
MESSAGES_A_DAY: Final = 274  # 100,000 a year
UNDECIDED: Final = 20  # the latest messages, which nobody has decided on yet
UIDVALIDITY: Final = 7
MODEL: Final = "starter-3"  # made every prediction of late
_STATEMENTS: Final = Path(__file__).with_name("grown.sql")
_TEXTS: Final = 2_000
_WORDS: Final = """
    about after again all also and any anyone as at available be because been before both bring but by call can check
    coffee come company could day deadline dinner document done draft each early email evening every file find first
    follow for forward free friday from get give glad go good great have hear here hope idea if in is it just keep know
    last late later latest let like list look lunch make maybe meet meeting message minutes monday month more morning
    need new next nice no not note now number of office on one only open or order other our over part plan please
    point print project question quick reply report review right same say schedule see send seven shall should since
    soon still sunday sure talk team than thanks that the them then there these they thing think this those thursday
    time to today tomorrow too tuesday two until up update us use visit wait want was we wednesday week weekend well
    were what when where which while who will with word work would write year yes yet you your
"""


def fill(engine: Engine, size: int, now: datetime) -> None:
    """Write a mailbox of ``size`` messages, the latest of which arrived ``now``, into a migrated, empty database."""
    draw = random.Random(1)  # noqa: S311 - no secret
    vocabulary = _WORDS.split()
    texts = [" ".join(draw.choices(vocabulary, k=draw.randint(8, 60))) for _ in range(_TEXTS)]
    values = {
        "size": size,
        "now": now,
        "account": ACCOUNT,
        "a_day": MESSAGES_A_DAY,
        "uidvalidity": UIDVALIDITY,
        "texts": _TEXTS,
        "undecided": UNDECIDED,
        "model": MODEL,
    }
    with engine.begin() as connection:
        connection.execute(text("set local statement_timeout = 0"))
        connection.execute(text("set local synchronous_commit = off"))
        connection.execute(text("set local maintenance_work_mem = '256MB'"))
        connection.execute(text("create temporary table texts (number int primary key, body text) on commit drop"))
        connection.execute(
            text("insert into texts values (:number, :body)"),
            [{"number": number, "body": body} for number, body in enumerate(texts)],
        )
        first, *others = _STATEMENTS.read_text(encoding="utf-8").split(";\n")
        with _without_indexes(connection, "messages"):
            connection.execute(text(first), values)
        for statement in filter(str.strip, others):
            connection.execute(text(statement), values)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("set statement_timeout = 0"))
        connection.execute(text("vacuum analyze"))
        connection.execute(text("checkpoint"))
        connection.execute(text("reset statement_timeout"))


@contextmanager
def _without_indexes(connection: Connection, table: str) -> Iterator[None]:
    """Take a table's indexes away, but those of its constraints, and make them anew at the end: much the faster way."""
    found = connection.execute(
        text(
            "select indexname, indexdef from pg_indexes where tablename = :table"
            " and indexname not in (select conname from pg_constraint)"
        ),
        {"table": table},
    ).all()
    for row in found:
        connection.execute(text(f"drop index {row.indexname}"))
    yield
    for row in found:
        connection.execute(text(row.indexdef))
