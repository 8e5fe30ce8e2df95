from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic import command
from sqlalchemy import select

from jeeves.errors import UserError
from jeeves.store.database import alembic_config, connect, migrate
from jeeves.store.dump import Dumped, check_loadable, dump, load
from jeeves.store.messages import PostgresMessages
from jeeves.store.schema import messages
from tests.integration.store.build import ACCOUNT, cursor, received

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine


def test_a_dump_fills_an_empty_database_with_or_without_tables_and_no_other(
    engine: Engine, empty_database_url: str, tmp_path: Path
) -> None:
    PostgresMessages(engine).store_batch(ACCOUNT, [received(1)], cursor(1), reset=False)
    dumped = dump(engine, tmp_path / "dump")
    other = connect(empty_database_url)
    try:
        migrate(other)  # what any command does to a new database
        load(other, tmp_path / "dump", dumped)

        with other.connect() as connection:
            assert connection.execute(select(messages.c.message_key)).scalars().all() == ["<1@example.org>"]
        with pytest.raises(UserError, match="not empty"):
            load(other, tmp_path / "dump", dumped)
    finally:
        other.dispose()


def test_a_dump_of_a_newer_schema_is_refused_before_anything_is_touched(engine: Engine) -> None:
    with pytest.raises(UserError, match="newer Jeeves"):
        check_loadable(engine, Dumped(schema="9999", major=15))


def test_before_tables_change_their_keeper_is_called_once_and_can_refuse(engine: Engine) -> None:
    calls: list[str] = []

    def refuse() -> None:
        raise UserError("No room.")

    migrate(engine, before=lambda: calls.append("nothing to do"))
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "-1")
    with pytest.raises(UserError, match="No room"):
        migrate(engine, before=refuse)
    migrate(engine, before=lambda: calls.append("older"))
    migrate(engine, before=lambda: calls.append("again"))

    assert calls == ["older"]
