"""What can happen to PostgreSQL: killed, locked, no space left.

Lives here: faults. Must not live here: expectations beyond that a fault bit.
"""

from __future__ import annotations

from contextlib import suppress
from secrets import token_hex
from typing import TYPE_CHECKING

import psycopg2
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from tests.acceptance.faults.fault import Fault
from tests.acceptance.faults.life import RECOVERY
from tests.acceptance.faults.storage import embedded, owners_own, small_disk
from tests.acceptance.installation import REPORT, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.faults.life import Life
    from tests.acceptance.faults.storage import Storage

_LONG = REPORT + "".join(f" {token_hex(8)}" for _ in range(20_000))  # needs room of its own, however it is packed
_REFUSE = """
create function refuse() returns trigger language plpgsql as $$ begin
  raise exception using errcode = '53100';
end $$;
create trigger full_disk before insert on messages for each statement execute function refuse()
"""
_IS_FULL = "The disk that holds the database is full."


def _killed(life: Life, storage: Storage) -> None:
    storage.crash()
    life.propose()
    life.report()
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(make_url(storage.url).set(drivername="postgresql").render_as_string())
    life.wait_for_log("database.failed")
    storage.restart()


def _killed_and_revived(life: Life, storage: Storage) -> None:
    for failures in (1, 2):
        storage.crash()
        life.propose()
        life.wait_for_log("database.failed", failures)
        life.wait_for_log("database.back", failures)


def _locked(life: Life, _storage: Storage) -> None:
    with life.engine.begin() as connection:
        connection.execute(text("set local idle_in_transaction_session_timeout = 0"))
        connection.execute(text("lock table messages, notifications in access exclusive mode"))
        life.propose()
        life.wait_for_log("database.failed")


def _full(life: Life, storage: Storage) -> None:
    if storage.is_small:
        _really_full(life, storage)
    else:
        _as_if_full(life)


def _as_if_full(life: Life) -> None:
    """Have PostgreSQL say what it says when the disk is full, where nobody may mount a small one."""
    with life.engine.begin() as connection:
        connection.execute(text(_REFUSE))
    life.propose()
    wait_until(lambda: any(_IS_FULL in line for line in life.daemon.errors), seconds=RECOVERY)
    with life.engine.begin() as connection:
        connection.execute(text("drop function refuse cascade"))


def _really_full(life: Life, storage: Storage) -> None:
    filler = storage.folder / "filler"
    _fill(filler)
    life.propose()
    life.report(_LONG)
    wait_until(lambda: any(_IS_FULL in line for line in life.daemon.errors), seconds=RECOVERY)
    _fill_write_ahead_log(life)
    life.wait_for_log("database.not_revived")
    filler.unlink()


def _fill(path: Path) -> None:
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while file.write(bytes(2**12)):
            pass


def _fill_write_ahead_log(life: Life) -> None:
    """Have PostgreSQL begin one file of its write-ahead log after the other until there is no room for the next."""
    connection = life.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    with suppress(OperationalError), connection:
        for _ in range(100):
            connection.execute(text("select pg_logical_emit_message(false, '', ''); select pg_switch_wal()"))


FAULTS = (
    Fault(name="PostgreSQL killed and restarted", happen=_killed, storage=owners_own),
    Fault(name="embedded PostgreSQL killed twice", happen=_killed_and_revived, storage=embedded),
    Fault(name="database locked", happen=_locked),
    Fault(name="disk full", happen=_full, storage=small_disk),
)
