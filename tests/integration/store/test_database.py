from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from jeeves.errors import (
    AlreadyRunning,
    DatabaseRefused,
    DatabaseUnavailable,
    MigrationsNotRun,
    PermanentError,
    TransientError,
)
from jeeves.store.database import check_migrated, connect, daemon_lock, migrate
from jeeves.store.failures import translated
from jeeves.store.messages import PostgresMessages
from tests.integration.store.build import ACCOUNT
from tests.postgres import execute, start_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from jeeves.errors import JeevesError

PASSWORD = "correct-horse"
WRONG = "wrong-battery"


def first_use(url: str) -> None:
    engine = connect(url)
    try:
        check_migrated(engine)
    finally:
        engine.dispose()


def failure(url: str, kind: type[JeevesError]) -> str:
    with pytest.raises(kind) as caught:
        first_use(url)
    assert caught.value.message.endswith(".")
    assert caught.value.advice
    assert WRONG not in caught.value.message + caught.value.advice
    return caught.value.message


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def password_server() -> Iterator[str]:
    """Return the URL of a server, without user and database, that asks all but the role ``jeeves`` for a password."""
    with tempfile.TemporaryDirectory(prefix="jv-") as folder:
        rules = Path(folder) / "pg_hba.conf"
        rules.write_text("local all jeeves trust\nlocal all banned reject\nlocal all all scram-sha-256\n")
        Path(folder).chmod(0o755)  # PostgreSQL reads it as nobody when the tests run as root
        with start_server(hba_file=str(rules)) as url:
            execute(url, f"create role guest login password '{PASSWORD}'", "create role banned login")
            yield url


def as_user(url: str, user: str, password: str | None = None, database: str = "jeeves") -> str:
    address = make_url(url).set(username=user, password=password, database=database)
    return address.render_as_string(hide_password=False)


def test_the_right_password_gets_in(password_server: str) -> None:
    with pytest.raises(MigrationsNotRun):
        first_use(as_user(password_server, "guest", PASSWORD))


def test_a_wrong_password_is_the_owners_to_mend(password_server: str) -> None:
    assert "password" in failure(as_user(password_server, "guest", WRONG), DatabaseRefused)


def test_a_missing_password_is_the_owners_to_mend(password_server: str) -> None:
    assert "password" in failure(as_user(password_server, "guest"), DatabaseRefused)


def test_a_database_that_does_not_exist_is_the_owners_to_mend(password_server: str) -> None:
    said = failure(as_user(password_server, "guest", PASSWORD, database="nowhere"), DatabaseRefused)

    assert "does not exist" in said


def test_a_user_the_server_keeps_out_is_the_owners_to_mend(password_server: str) -> None:
    assert "from this computer" in failure(as_user(password_server, "banned"), DatabaseRefused)


def test_a_role_that_does_not_exist_is_the_owners_to_mend() -> None:
    with start_server() as url:
        assert "no such user" in failure(as_user(url, "stranger"), DatabaseRefused)


def test_a_server_without_encryption_where_it_was_demanded_is_the_owners_to_mend() -> None:
    # given: a server that answers an SSLRequest with N (protocol documentation, section 54.2.11)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def decline() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(8)
                peer.sendall(b"N")
                peer.recv(1)

        server = threading.Thread(target=decline)
        server.start()
        port = listener.getsockname()[1]

        assert "encrypted" in failure(f"postgresql://guest@127.0.0.1:{port}/x?sslmode=require", DatabaseRefused)
        server.join()


def test_a_role_without_rights_is_the_owners_to_mend(engine: Engine, database_url: str) -> None:
    execute(database_url, "create role jeeves_guest")
    try:
        with engine.connect() as connection:
            connection.execute(text("set role jeeves_guest"))
            with pytest.raises(DatabaseRefused, match="not allow"), translated():
                connection.execute(text("select * from messages"))
            connection.invalidate()
    finally:
        execute(database_url, "drop role jeeves_guest")


def test_nobody_listening_passes_by_itself() -> None:
    assert "reached" in failure(f"postgresql://jeeves@127.0.0.1:{free_port()}/x", DatabaseUnavailable)


def test_a_missing_socket_passes_by_itself(tmp_path: Path) -> None:
    assert "reached" in failure(f"postgresql://jeeves@/x?host={tmp_path}", DatabaseUnavailable)


def test_an_unknown_host_names_the_host_as_the_trouble() -> None:
    assert "host name" in failure("postgresql://jeeves@jeeves.invalid/x", DatabaseUnavailable)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://jeeves:wrong-battery@localhost/x",
        "wrong-battery",
        "postgresql://jeeves:wrong-battery@localhost:port/x",
        "postgresql://jeeves:wrong-battery@localhost/x?colour=blue",
        "postgresql://jeeves:wrong-battery@localhost/x?sslmode=perhaps",
    ],
)
def test_a_url_that_is_none_is_the_owners_to_mend_and_is_not_repeated(url: str) -> None:
    failure(url, DatabaseRefused)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_every_usual_way_to_write_the_scheme_is_taken(database_url: str, scheme: str) -> None:
    first_use(f"{scheme}://{database_url.partition('://')[2]}")


def test_options_in_the_url_are_kept(database_url: str) -> None:
    separator = "&" if "?" in database_url else "?"
    engine = connect(f"{database_url}{separator}options=-c%20work_mem%3D7MB")
    try:
        with engine.connect() as connection:
            shown = [connection.execute(text(f"show {name}")).scalar_one() for name in ("work_mem", "timezone")]
    finally:
        engine.dispose()

    assert shown == ["7MB", "UTC"]


def test_a_database_without_tables_names_the_remedy_on_first_use(empty_database_url: str) -> None:
    engine = connect(empty_database_url)
    try:
        with pytest.raises(MigrationsNotRun) as caught:
            PostgresMessages(engine).mailbox(ACCOUNT, "INBOX")
    finally:
        engine.dispose()

    assert "jeeves db upgrade" in caught.value.advice


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("53100", TransientError),  # disk full
        ("53300", TransientError),  # too many connections
        ("57P01", TransientError),  # the administrator stops the server
        ("57014", TransientError),  # statement time-out
        ("40P01", TransientError),  # deadlock
        ("25006", TransientError),  # read-only standby
        ("58030", TransientError),  # input/output error
        ("28000", PermanentError),  # invalid authorization
        ("42501", PermanentError),  # insufficient privilege
        ("22012", RuntimeError),  # division by zero: a bug
    ],
)
def test_what_the_server_says_is_sorted_by_what_has_to_happen_next(
    engine: Engine, state: str, kind: type[Exception]
) -> None:
    block = f"do $$ begin raise exception 'my secret' using errcode = '{state}'; end $$"

    with pytest.raises(kind) as caught, translated(), engine.connect() as connection:
        connection.execute(text(block))

    assert "secret" not in str(caught.value)


def test_a_full_disk_says_what_to_do(engine: Engine) -> None:
    block = "do $$ begin raise exception 'full' using errcode = 'disk_full'; end $$"

    with pytest.raises(DatabaseUnavailable, match="full") as caught, translated(), engine.connect() as connection:
        connection.execute(text(block))

    assert "space" in caught.value.advice


def test_a_lock_that_does_not_come_free_passes_by_itself(engine: Engine) -> None:
    with engine.begin() as holder:
        holder.execute(text("lock table messages"))

        with engine.connect() as connection:
            connection.execute(text("set local lock_timeout = '50ms'"))
            with pytest.raises(DatabaseUnavailable), translated():
                connection.execute(text("lock table messages"))


def test_one_daemon_at_a_time_serves_a_database(engine: Engine, database_url: str) -> None:
    second = connect(database_url)
    try:
        with daemon_lock(engine) as lock:
            assert lock.held()
            with pytest.raises(AlreadyRunning), daemon_lock(second):
                pass

        with daemon_lock(second) as lock:
            assert lock.held()
    finally:
        second.dispose()


def test_daemons_of_two_databases_do_not_meet(engine: Engine, empty_database_url: str) -> None:
    other = connect(empty_database_url)
    try:
        with daemon_lock(engine), daemon_lock(other) as lock:
            assert lock.held()
    finally:
        other.dispose()


def test_a_lock_whose_session_died_is_known_to_be_lost(engine: Engine, database_url: str) -> None:
    with daemon_lock(engine) as lock:
        execute(
            database_url,
            "select pg_terminate_backend(pid) from pg_locks join pg_database on pg_database.oid = database"
            " where locktype = 'advisory' and datname = current_database()",
        )

        assert not lock.held()
        assert not lock.held()

        with daemon_lock(engine) as successor:
            assert successor.held()
            assert not lock.held()


def test_the_lock_is_free_again_after_an_error_in_the_daemon(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), daemon_lock(engine):
        _ = 1 / 0

    with daemon_lock(engine) as lock:
        assert lock.held()


def test_a_server_that_goes_away_and_comes_back_is_used_again() -> None:
    with start_server() as url:
        engine = connect(url)
        migrate(engine)
        socket_file = Path(str(make_url(url).query["host"])) / ".s.PGSQL.5432"
        hidden = socket_file.with_name("hidden")

        # when: its socket is gone and every session with it
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            socket_file.rename(hidden)
            with contextlib.suppress(DBAPIError):
                connection.execute(text("select pg_terminate_backend(pg_backend_pid())"))

        # then
        with pytest.raises(DatabaseUnavailable):
            check_migrated(engine)
        hidden.rename(socket_file)
        check_migrated(engine)
        engine.dispose()
