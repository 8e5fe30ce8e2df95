"""Proof that the worker who took a row still lives: a lock that PostgreSQL drops with his connection.

Lives here: ``Holding``. Must not live here: leases, what a row means.

A lease alone trusts the clock: a machine whose clock jumps ahead would hand a row out while its holder is in the
middle of sending it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Advisory locks live per database in a pair of 32-bit numbers; the first is ours ("jeeo" in ASCII).
_SPACE = 0x6A65656F
_NUMBERS = 1 << 31


class Holding:
    """The rows that this process works on, each on a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        """Hold by connections of ``engine``."""
        self._engine = engine
        self._connections: dict[int, Connection] = {}

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Yield a connection to claim on: either ``keep`` is called with it, or nothing was locked on it.

        When the block fails, every lock taken on it goes.
        """
        connection = self._engine.connect()
        try:
            yield connection
        except BaseException:
            _let_go(connection)
            raise
        if connection not in self._connections.values():
            connection.close()

    def keep(self, number: int, connection: Connection) -> None:
        """Go on holding what is locked on ``connection``, for the sake of row ``number``."""
        self._connections[number] = connection

    def release(self, number: int) -> None:
        """Stop holding row ``number``, if this process does; never raises."""
        connection = self._connections.pop(number, None)
        if connection is not None:
            _let_go(connection)


def wait_for(connection: Connection, number: int) -> None:
    """Hold row ``number`` on ``connection``; a holder who has just written its end needs a moment to let go."""
    connection.execute(text("select pg_advisory_lock(:space, :name)"), _name(number))


def is_free(connection: Connection, number: int) -> bool:
    """Hold row ``number`` on ``connection`` and return True, unless somebody who is alive holds it."""
    statement = text("select pg_try_advisory_lock(:space, :name)")
    return bool(connection.execute(statement, _name(number)).scalar_one())


def _let_go(connection: Connection) -> None:
    try:
        connection.rollback()
        connection.execute(text("select pg_advisory_unlock_all()"))
        connection.commit()
    except SQLAlchemyError:  # the server is gone, and the locks with it
        connection.invalidate()
    finally:
        connection.close()


def _name(number: int) -> dict[str, int]:
    return {"space": _SPACE, "name": number % _NUMBERS}
