"""The way into PostgreSQL: connections, migrations, and the lock that keeps a second daemon out.

Lives here: engine settings, Alembic driven from code, advisory locks. Must not live here: queries on tables, what
driver errors mean (``failures``), the life of the embedded server (``embedded``).
"""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg2.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError

from jeeves import shipped
from jeeves.config.fields import is_loopback
from jeeves.errors import AlreadyRunning, DatabaseRefused, MigrationsNotRun
from jeeves.store import sessions
from jeeves.store.failures import translated
from jeeves.store.revision import is_up_to_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from sqlalchemy import URL

__all__ = [
    "DaemonLock",
    "check_migrated",
    "connect",
    "daemon_lock",
    "is_known_revision",
    "migrate",
    "schema_revision",
    "translated",
    "wait_for_threads",
]

_DRIVER = "postgresql+psycopg2"
_SCHEMES = frozenset({"postgresql", "postgres", _DRIVER})
_DEBIAN_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
_LAST_ONE_ENDS_WITHIN = "3s"
_HOLDERS = (
    "select coalesce(array_agg(pid), '{}') from pg_locks"
    " where locktype = 'advisory' and granted and classid = :space and objid = :name and objsubid = 2"
    " and database = (select oid from pg_database where datname = current_database())"
)


def connect(url: str) -> Engine:
    """Return an engine for ``url`` (``postgresql://...``); nothing is sent before its first use.

    A server on another machine must prove who it is, unless the URL's ``sslmode`` says otherwise. Raises
    DatabaseRefused when the URL is none, without repeating it: it may hold a password.
    """
    address = _address(url)
    wanted = address.query.get("options", "")
    return create_engine(
        address,
        pool_pre_ping=True,
        pool_size=3,
        max_overflow=5,
        pool_timeout=15,
        hide_parameters=True,  # they are mail
        connect_args={
            "connect_timeout": sessions.CONNECT_TIMEOUT,
            "application_name": sessions.APPLICATION,
            "client_encoding": "utf8",
            "options": f"{sessions.OPTIONS} {wanted}".rstrip(),
        },
    )


def _address(url: str) -> URL:
    """Bare ``postgresql://`` means psycopg 3 to SQLAlchemy 2.1; name the driver that is installed."""
    advice = "Write [database] url as postgresql://user:password@host/database, or leave it empty."
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        # The original quotes the whole URL, password and all.
        raise DatabaseRefused("The database URL cannot be understood.", advice=advice) from None
    if address.drivername not in _SCHEMES:
        raise DatabaseRefused("The database URL does not name a PostgreSQL server.", advice=advice)
    return _encrypted(address.set(drivername=_DRIVER))


def _encrypted(address: URL) -> URL:
    """Demand a certificate of a server elsewhere: libpq by itself falls back to plain text without a word.

    Source: PostgreSQL documentation, 32.19.1 and ``sslrootcert`` in 32.1.2. An ``sslmode`` in the URL stands: it is the
    owner's word.
    """
    named = address.query.get("host") or address.host or ""
    hosts = (named,) if isinstance(named, str) else named
    if "sslmode" in address.query or all(map(_is_here, hosts)):
        return address
    return address.update_query_dict({"sslrootcert": _authorities(), **address.query, "sslmode": "verify-full"})


def _authorities() -> str:
    """Return the file of those this machine trusts; the driver's own OpenSSL would look where it was built."""
    places = (ssl.get_default_verify_paths().cafile, _DEBIAN_AUTHORITIES)
    return next((place for place in places if place and Path(place).is_file()), "system")


def _is_here(host: str) -> bool:
    """Tell whether ``host``, perhaps with its port, is a socket's folder or this machine."""
    alone = host.partition(":")[0] if host.count(":") == 1 else host
    return not alone or alone.startswith(("/", "@")) or is_loopback(alone)


def alembic_config(connection: Connection) -> Config:
    """Return the settings Alembic needs to work on ``connection`` with the migrations that come with Jeeves."""
    from alembic.config import Config  # noqa: PLC0415 - whoever only reads must not pay for it

    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine, *, before: Callable[[], None] | None = None) -> None:
    """Bring the schema up to this program, in one transaction; the second of two that try at once waits.

    ``before`` is called under the same lock when tables of an older Jeeves are about to change; what it raises leaves
    them as they are. Raises DatabaseUnavailable, DatabaseRefused (also for a database that is not in UTF-8), and
    MigrationsNotRun when a newer Jeeves has been here.
    """
    if _is_up_to_date(engine):
        return
    from alembic import command  # noqa: PLC0415 - as above

    with translated(), engine.begin() as connection:
        connection.execute(text("set local lock_timeout = '60s'"))
        connection.execute(text("set local statement_timeout = 0"))
        connection.execute(text("select pg_advisory_xact_lock(:space, :name)"), _lock_name(sessions.MIGRATION))
        _refuse_other_encodings(connection)
        current = _refuse_newer(connection)
        if before is not None and current is not None and current != _scripts(connection).get_current_head():
            connection.execute(text("set local idle_in_transaction_session_timeout = 0"))
            before()
        command.upgrade(alembic_config(connection), "head")


def check_migrated(engine: Engine) -> None:
    """Raise MigrationsNotRun unless the schema is exactly the one this program was written for."""
    if _is_up_to_date(engine):
        return
    with translated(), engine.connect() as connection:
        current = _refuse_newer(connection)
        head = _scripts(connection).get_current_head()
    if current is None:
        raise MigrationsNotRun("The database has no Jeeves tables yet.", advice="Run: jeeves db upgrade")
    if current != head:
        raise MigrationsNotRun("The database was made by an older Jeeves.", advice="Run: jeeves db upgrade")


def _is_up_to_date(engine: Engine) -> bool:
    with translated(), engine.connect() as connection:
        return is_up_to_date(connection)


def _refuse_newer(connection: Connection) -> str | None:
    current = schema_revision(connection)
    if current is not None and not is_known_revision(connection, current):
        raise MigrationsNotRun(
            "The database was made by a newer Jeeves than this one.",
            advice="Install the newer Jeeves again, or name another database.",
        )
    return current


def schema_revision(connection: Connection) -> str | None:
    """Return the name of the migration the schema stands at; None when there are no tables of Jeeves."""
    from alembic.migration import MigrationContext  # noqa: PLC0415 - as above

    return MigrationContext.configure(connection).get_current_revision()


def is_known_revision(connection: Connection, revision: str) -> bool:
    """Tell whether this program comes with the migration of that name: if not, a newer one wrote it."""
    return revision in {script.revision for script in _scripts(connection).walk_revisions()}


def _scripts(connection: Connection) -> ScriptDirectory:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    return ScriptDirectory.from_config(alembic_config(connection))


def _refuse_other_encodings(connection: Connection) -> None:
    if connection.execute(text("show server_encoding")).scalar_one() != "UTF8":
        raise DatabaseRefused(
            "The database does not store text as UTF-8, which mail needs.",
            advice="Create one that does: createdb --encoding=UTF8 --template=template0 NAME",
        )


class DaemonLock:
    """Proof that this process is the one daemon of its database, as long as ``held`` says so."""

    def __init__(self, connection: Connection) -> None:
        """Keep ``connection``, whose session holds the lock."""
        self._connection = connection

    def held(self) -> bool:
        """Return False once the session is gone, and with it the lock. Not to be called by two threads at once."""
        try:
            own = self._connection.execute(text("select pg_backend_pid()")).scalar_one()
            # Being able to ask does not yet mean being the session that took the lock.
            return own in _holders(self._connection, sessions.DAEMON)
        except SQLAlchemyError:
            return False


@contextmanager
def daemon_lock(engine: Engine) -> Iterator[DaemonLock]:
    """Be the one daemon on this database until the block ends.

    Raises AlreadyRunning when another process is; DatabaseUnavailable or DatabaseRefused.
    """
    with translated():
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        with translated():
            # Off the pool: nobody else may be handed the session that holds the lock.
            connection.detach()
            _take(connection)
        yield DaemonLock(connection)
    finally:
        connection.close()


def _take(connection: Connection) -> None:
    # The server may need a moment to notice that the last one, killed perhaps, is gone.
    connection.execute(text(f"set lock_timeout = '{_LAST_ONE_ENDS_WITHIN}'"))
    try:
        connection.execute(text("select pg_advisory_lock(:space, :name)"), _lock_name(sessions.DAEMON))
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        raise AlreadyRunning(
            "Another Jeeves already serves this database.",
            advice="Stop it first, or see it with: jeeves status",
        ) from error


def wait_for_threads(connection: Connection) -> None:
    """Be the only transaction that joins threads, until ``connection``'s ends."""
    connection.execute(text("select pg_advisory_xact_lock(:space, :name)"), _lock_name(sessions.THREADS))


def _holders(connection: Connection, name: int) -> list[int]:
    pids: list[int] = connection.execute(text(_HOLDERS), _lock_name(name)).scalar_one()
    return pids


def _lock_name(name: int) -> dict[str, int]:
    return {"space": sessions.LOCK_SPACE, "name": name}
