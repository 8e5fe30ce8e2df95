"""PostgreSQL's own pg_dump and pg_restore: a whole database into one file, and back.

Lives here: which of the installed programs fits, their command lines, what their failures mean. Must not live here:
what else belongs to a backup (``bundle``), where it is kept.

Their complaints are never shown: a row the server refused is mail. The password goes by the environment, where other
users of the machine cannot read it (PostgreSQL documentation, section 32.15).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import URL, MetaData, Table, inspect, select, text

from jeeves.errors import DatabaseUnavailable, UserError
from jeeves.store import embedded_place
from jeeves.store.database import is_known_revision, schema_revision, translated
from jeeves.store.schema import METADATA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Engine

_DEBIAN: Final = Path("/usr/lib/postgresql")  # .../VERSION/bin, beside the wrapper on the PATH
_VERSION: Final = re.compile(r"\(PostgreSQL\) ([0-9]{1,3})")
_FULL: Final = b"No space left on device"
_BY_ITSELF: Final = frozenset({"alembic_version", "health", "models"})  # filled before any mail is read


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """One installation of the client programs."""

    folder: Path
    major: int  # version, such as 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Dumped:
    """What a dump holds, read in the very snapshot it was made of."""

    schema: str  # name of the migration the schema stands at
    major: int  # version of the programs that made it: older ones cannot read it


def find_programs() -> list[Programs]:
    """Return the pg_dump and pg_restore of this machine: on the PATH, Debian's, those that come with Jeeves."""
    on_path = shutil.which("pg_dump")
    folders = [Path(on_path).parent] if on_path else []
    folders += sorted(_DEBIAN.glob("*/bin"))
    wheel = embedded_place.wheel_programs()
    folders += [wheel] if wheel else []
    found = [(folder, _major(folder)) for folder in dict.fromkeys(folders)]
    return [Programs(folder=folder, major=major) for folder, major in found if major is not None]


def fitting(programs: Sequence[Programs], server: int) -> Programs:
    """Return the programs nearest to the server's version that are not older: pg_dump refuses to work with newer ones.

    ``server``: its major version. Raises UserError when there are none.
    """
    able = [each for each in programs if each.major >= server]
    if able:
        return min(able, key=lambda each: each.major)
    found = f"the newest found is of version {max(each.major for each in programs)}" if programs else "none was found"
    raise UserError(
        f"A pg_dump of version {server} or newer is needed for this PostgreSQL server; {found}.",
        advice=f"Install it, on Debian: apt install postgresql-client-{server}",
    )


def dump(engine: Engine, target: Path) -> Dumped:
    """Write the database to ``target``, as it was at one moment, while others go on writing.

    Raises UserError when pg_dump is missing or too old, or the disk is full; DatabaseUnavailable, DatabaseRefused.
    """
    with translated(), engine.connect() as connection:
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        connection.execute(text("set local idle_in_transaction_session_timeout = 0"))
        programs = fitting(find_programs(), _server_major(connection))
        schema = schema_revision(connection)
        if schema is None:
            raise UserError("There is nothing to back up: the database has no Jeeves tables.")
        snapshot = connection.execute(text("select pg_export_snapshot()")).scalar_one()
        how = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        _run(programs.folder / "pg_dump", [*how, f"--file={target}"], engine.url)
    return Dumped(schema=schema, major=programs.major)


def check_loadable(engine: Engine, dumped: Dumped) -> None:
    """See that ``load`` can do it. Raises UserError: newer schema, tables with something in them, no fit program."""
    with translated(), engine.connect() as connection:
        if not is_known_revision(connection, dumped.schema):
            raise UserError(
                "The backup was made by a newer Jeeves than this one.", advice="Install that version, then restore."
            )
        if _holds_something(connection):
            raise UserError(
                "The database is not empty; nothing is restored over it.",
                advice="Restore into a new database.data_dir or a new database, or empty this one: jeeves forget --all",
            )
        fitting(find_programs(), max(dumped.major, _server_major(connection)))


def load(engine: Engine, source: Path, dumped: Dumped) -> None:
    """Fill the database from ``source``, whole or not at all; tables there are have to be empty.

    Raises UserError as ``check_loadable`` does, and when the dump cannot be read; DatabaseUnavailable.
    """
    check_loadable(engine, dumped)
    with translated(), engine.begin() as connection:
        programs = fitting(find_programs(), max(dumped.major, _server_major(connection)))
        METADATA.drop_all(connection)
        Table("alembic_version", MetaData()).drop(connection, checkfirst=True)
    how = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run(programs.folder / "pg_restore", [*how, str(source)], engine.url)


def _holds_something(connection: Connection) -> bool:
    ours = {table.name: table for table in METADATA.sorted_tables}
    there = set(inspect(connection).get_table_names())
    if there - ours.keys() - _BY_ITSELF:
        return True
    return any(
        connection.execute(select(1).select_from(ours[name]).limit(1)).one_or_none() is not None
        for name in there - _BY_ITSELF
    )


def _server_major(connection: Connection) -> int:
    return int(connection.execute(text("show server_version_num")).scalar_one()) // 10_000


def _major(folder: Path) -> int | None:
    """Return the version of the programs in ``folder``; None when they do not run."""
    if not (folder / "pg_restore").exists():
        return None
    try:
        told = subprocess.run(  # noqa: S603 - a program of PostgreSQL's
            [folder / "pg_dump", "--version"], capture_output=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(told.stdout.decode("utf-8", "replace"))
    return int(found[1]) if found else None


def _run(program: Path, arguments: Sequence[str], url: URL) -> None:
    address = URL.create(
        "postgresql",
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
        query={name: value for name, value in url.query.items() if name != "password"},
    ).render_as_string()
    password = url.password or url.query.get("password")
    environment = dict(os.environ) | ({"PGPASSWORD": str(password)} if password else {})
    try:
        done = subprocess.run(  # noqa: S603 - a program of PostgreSQL's
            [program, *arguments, f"--dbname={address}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
            env=environment | {"LC_ALL": "C"},
        )
    except OSError as error:
        raise UserError(f"{program.name} does not run: {error.strerror}.") from error
    if done.returncode == 0:
        return
    if _FULL in done.stderr:
        raise UserError(f"{program.name} stopped: the disk is full.", advice="Free some space and run it again.")
    raise DatabaseUnavailable(
        f"{program.name} failed (exit {done.returncode}).",
        advice="The server's log says more; nothing is half done.",
    )
