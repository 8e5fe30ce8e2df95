"""A real PostgreSQL for every test that wants one: a server a session, a migrated database a test.

Lives here: the fixtures ``database_url``, ``empty_database_url`` and ``engine``, and ``start_server`` for tests that
need a server of their own. With JEEVES_TEST_DATABASE_URL set (a role that may create databases) the same tests run
on that server instead.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url, text

from jeeves.store.database import connect, migrate
from jeeves.store.embedded import EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "60"}


@contextlib.contextmanager
def start_server(**settings: str) -> Iterator[str]:
    """Run a throw-away server; yields the URL of its database ``jeeves``. ``settings``: lines of postgresql.conf."""
    folder = Path(tempfile.mkdtemp(prefix="jv-"))
    folder.chmod(0o755)  # when the tests run as root, PostgreSQL runs as somebody else and has to get in
    server = EmbeddedPostgres(folder, settings=_FAST | settings)
    try:
        with server.running() as url:
            yield url
    finally:
        server.remove()
        shutil.rmtree(folder, ignore_errors=True)


def on(server_url: str, database: str) -> str:
    """Return the URL of another database on the same server."""
    return make_url(server_url).set(database=database).render_as_string(hide_password=False)


def execute(url: str, *statements: str) -> None:
    """Run statements outside any transaction, on a connection of their own."""
    engine = connect(url)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


@contextlib.contextmanager
def _database(server_url: str, creation: str = "template template0 encoding 'UTF8'") -> Iterator[str]:
    name = f"jeeves_test_{secrets.token_hex(6)}"
    execute(server_url, f"create database {name} {creation}")
    try:
        yield on(server_url, name)
    finally:
        execute(server_url, f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Return the URL of a database on a real server, with a role that may create others."""
    given = os.environ.get("JEEVES_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with start_server() as url:
        yield url


@pytest.fixture(scope="session")
def _template(postgres_url: str) -> Iterator[str]:
    with _database(postgres_url) as url:
        engine = connect(url)
        migrate(engine)
        engine.dispose()  # a template must have no visitors while it is cloned
        yield str(make_url(url).database)


@pytest.fixture
def database_url(postgres_url: str, _template: str) -> Iterator[str]:
    """Return the URL of a migrated, empty database of the test's own."""
    with _database(postgres_url, f"template {_template} strategy file_copy") as url:
        yield url


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """Return the URL of a database nothing has been done to."""
    with _database(postgres_url) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Return an engine on a migrated, empty database of the test's own."""
    opened = connect(database_url)
    yield opened
    opened.dispose()
