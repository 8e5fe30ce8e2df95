"""What importing an mbox takes, beside Python's own means: ``python -m benchmarks.import_mail [MESSAGES [ROUNDS]]``.

The anchor is what one writes in an afternoon: ``mailbox``, ``email`` with its default policy (compat32) and psycopg2's
``execute_values``, a thousand rows a transaction. It fills the same columns of the same table with the same indexes,
each time in a new database on the same server; it takes no quotes off and joins no threads. Ours is the whole command,
``jeeves import``, from its start to its exit.
"""

from __future__ import annotations

import mailbox
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2
from psycopg2.extras import execute_values
from sqlalchemy import make_url

from benchmarks.letters import Letters
from benchmarks.plain_rows import ACCOUNT, COLUMNS, plain_row
from benchmarks.side_by_side import Figure, Report, Target, alternate, publish
from jeeves.store.database import connect, migrate
from tests.postgres import execute, on, start_server

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROMISE = 4.0  # times the anchor's rate
_BATCH = 1_000


def main(messages: int = 100_000, rounds: int = 3) -> int:
    """Import the same mbox both ways, in turn."""
    with tempfile.TemporaryDirectory() as folder, start_server() as url:
        migrated = connect(url)
        migrate(migrated)
        migrated.dispose()
        mbox = Path(folder) / "old.mbox"
        size = _write(mbox, messages)
        contenders = {"anchor": partial(_by_anchor, url, mbox), "jeeves": partial(_by_jeeves, url, mbox, messages)}
        samples = alternate(contenders, rounds)
    times = [anchor / ours for anchor, ours in zip(samples["anchor"], samples["jeeves"], strict=True)]
    ratio = Figure("jeeves import, times the anchor's rate", "times", times)
    rates = {name: [messages / each for each in taken] for name, taken in samples.items()}
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return publish(
        Report(
            name="import_mail",
            title=f"Import of an mbox: {messages:,} messages, {size / 1e6:,.0f} MB",
            figures=[
                Figure("mailbox, email, execute_values", "messages/s", rates["anchor"]),
                Figure("jeeves import", "messages/s", rates["jeeves"]),
                ratio,
                Figure("jeeves import, largest process", "MB", [peak]),
            ],
            targets=[
                Target(f"at least {_PROMISE:.0f} times the anchor's rate", ratio.median, ratio.median >= _PROMISE)
            ],
        )
    )


def _write(mbox: Path, messages: int) -> int:
    with mbox.open("wb") as file:
        for arrived, rfc822 in Letters(messages):
            file.write(f"From ada@example.org {arrived:%a %b %d %H:%M:%S %Y}\n".encode())
            file.write(rfc822.replace(b"\r\n", b"\n") + b"\n")
    return mbox.stat().st_size


@contextmanager
def _new_database(url: str) -> Iterator[str]:
    name = f"import_{secrets.token_hex(6)}"
    execute(on(url, "postgres"), f'create database {name} template "{make_url(url).database}"')
    try:
        yield on(url, name)
    finally:
        execute(on(url, "postgres"), f"drop database {name} with (force)")


def _by_jeeves(url: str, mbox: Path, messages: int) -> float:
    with _new_database(url) as database:
        config = mbox.with_name("jeeves.toml")
        config.write_text(
            f'[mail]\nusername = "{ACCOUNT}"\n[database]\nurl = "{database}"\ndata_dir = "{mbox.parent}/data"\n'
        )
        started = time.perf_counter()
        subprocess.run(  # noqa: S603 - this very program
            [sys.executable, "-m", "jeeves", "--config", str(config), "import", str(mbox)],
            check=True,
            capture_output=True,
        )
        taken = time.perf_counter() - started
        _check(database, messages)
        return taken


def _by_anchor(url: str, mbox: Path) -> float:
    with _new_database(url) as database:
        connection = _connection(database)
        started = time.perf_counter()
        box = mailbox.mbox(mbox)
        rows: list[tuple[Any, ...]] = []
        for number, message in enumerate(box, start=1):
            rows.append(plain_row(message))
            if len(rows) == _BATCH or number == len(box):
                _insert(connection, rows)
        taken = time.perf_counter() - started
        connection.close()
        _check(database, number)
        return taken


def _connection(database: str) -> Any:  # noqa: ANN401 - psycopg2 brings no types
    return psycopg2.connect(make_url(database).set(drivername="postgresql").render_as_string(hide_password=False))


def _check(database: str, messages: int) -> None:
    """Refuse to publish the figure of an import that did not take place."""
    with _connection(database) as connection:
        cursor = connection.cursor()
        cursor.execute("select count(*) from messages where length(text) > 20 and sent_at is not null")
        (stored,) = cursor.fetchone() or (0,)
    connection.close()
    if stored != messages:
        raise SystemExit(f"{stored} of {messages} messages were stored")


def _insert(connection: Any, rows: list[tuple[Any, ...]]) -> None:  # noqa: ANN401 - as above
    statement = f"insert into messages ({', '.join(COLUMNS)}) values %s on conflict do nothing"  # noqa: S608 - our names
    with connection, connection.cursor() as cursor:
        execute_values(cursor, statement, rows, page_size=_BATCH)
    rows.clear()


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
