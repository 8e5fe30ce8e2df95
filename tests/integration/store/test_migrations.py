from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from jeeves.errors import DatabaseRefused, MigrationsNotRun
from jeeves.store.database import alembic_config, check_migrated, connect, migrate
from jeeves.store.schema import METADATA
from tests.postgres import execute, on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

# Alembic compares neither checks nor the conditions of partial indexes; the catalogue tells all.
CATALOGUE = """
select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
where connamespace = 'public'::regnamespace and conrelid <> 'alembic_version'::regclass
union all
select tablename, indexname, indexdef from pg_indexes where schemaname = 'public' and tablename <> 'alembic_version'
union all
select table_name, column_name, concat_ws(' ', data_type, udt_name, is_nullable, column_default, is_identity,
    identity_generation, numeric_precision)
from information_schema.columns where table_schema = 'public' and table_name <> 'alembic_version'
order by 1, 2, 3
"""


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Engine]:
    engine = connect(empty_database_url)
    yield engine
    engine.dispose()


def catalogue(engine: Engine) -> list[tuple[str, str, str]]:
    with engine.connect() as connection:
        return [(row[0], row[1], row[2]) for row in connection.execute(text(CATALOGUE))]


def downgrade(engine: Engine) -> None:
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")


def test_alembic_finds_nothing_left_to_migrate(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_migrations_add_up_to_the_schema_with_every_check_and_partial_index(engine: Engine, empty: Engine) -> None:
    with empty.begin() as connection:
        METADATA.create_all(connection)
        connection.execute(text("create table alembic_version (version_num text)"))

    assert catalogue(engine) == catalogue(empty)


def test_up_down_up_leads_to_the_same_schema(empty: Engine) -> None:
    migrate(empty)
    first = catalogue(empty)

    downgrade(empty)
    assert catalogue(empty) == []

    migrate(empty)
    assert catalogue(empty) == first
    check_migrated(empty)


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    before = catalogue(engine)

    migrate(engine)

    assert catalogue(engine) == before


def test_two_processes_migrating_at_once_both_succeed(empty_database_url: str) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        engine = connect(empty_database_url)
        try:
            migrate(engine)
        except BaseException as error:  # noqa: BLE001 - carried to the test's own thread
            failures.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []


def test_a_database_without_tables_names_the_remedy(empty: Engine) -> None:
    with pytest.raises(MigrationsNotRun) as caught:
        check_migrated(empty)

    assert "jeeves db upgrade" in caught.value.advice


def test_a_database_downgraded_to_nothing_names_the_remedy(engine: Engine) -> None:
    downgrade(engine)

    with pytest.raises(MigrationsNotRun) as caught:
        check_migrated(engine)

    assert "jeeves db upgrade" in caught.value.advice


def test_a_database_of_a_newer_jeeves_is_left_alone(engine: Engine, database_url: str) -> None:
    execute(database_url, "update alembic_version set version_num = '9999'")
    before = catalogue(engine)

    for refuse in (check_migrated, migrate):
        with pytest.raises(MigrationsNotRun, match="newer"):
            refuse(engine)

    assert catalogue(engine) == before


def test_a_database_that_cannot_hold_every_letter_is_refused(postgres_url: str) -> None:
    execute(postgres_url, "drop database if exists jeeves_latin")
    execute(
        postgres_url,
        "create database jeeves_latin encoding 'LATIN1' locale_provider libc locale 'C' template template0",
    )
    engine = connect(on(postgres_url, "jeeves_latin"))
    try:
        with pytest.raises(DatabaseRefused, match="UTF-8"):
            migrate(engine)
    finally:
        engine.dispose()
        execute(postgres_url, "drop database jeeves_latin with (force)")
