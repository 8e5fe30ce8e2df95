"""Many messages into PostgreSQL at once: COPY into a table of the session's own, from there into ``messages``.

Lives here: ``copy_messages`` and COPY's text format. Must not live here: what a row holds (``rows``), transactions.

COPY spares the server the parsing of a statement as long as the mail in it, and the client its writing. It knows no
ON CONFLICT, hence the table between (PostgreSQL documentation, "COPY", and section 55.2.6 for the protocol).
"""

from __future__ import annotations

import io
import json
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Final

import psycopg2
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError

from jeeves.store.schema import messages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Row

WORTH_A_COPY: Final = 50  # rows; a statement with fewer is faster than three

_CREATE: Final = text(
    "create temp table if not exists arriving_messages on commit delete rows as select * from messages with no data"
)
_EMPTY: Final = text("delete from arriving_messages")  # mostly of nothing, where TRUNCATE makes a new file
_JSON: Final = frozenset(column.name for column in messages.c if isinstance(column.type, JSONB))
_NULL: Final = r"\N"
_READ_AT_ONCE: Final = 64 * 1024  # characters


def copy_messages(connection: Connection, prepared: Sequence[Mapping[str, object]]) -> Sequence[Row[tuple[int, str]]]:
    """Insert the rows (``rows.message_row``, all of the same columns) whose key is new, in the order given.

    Returns ``id`` and ``message_key`` of these, within the transaction of ``connection``. Raises DBAPIError.
    """
    names = ", ".join(prepared[0])  # names of our own columns, whatever the mail says
    connection.execute(_CREATE)
    connection.execute(_EMPTY)  # an earlier portion of the same transaction
    _copy(connection, f"copy arriving_messages ({names}) from stdin", prepared)
    # In the order of the copy without being told to: one session reads a table it has just filled from its beginning.
    statement = (
        f"insert into messages ({names}) select {names} from arriving_messages"  # noqa: S608 - as above
        " on conflict (account, message_key) do nothing returning id, message_key"
    )
    return connection.execute(text(statement)).all()


def _copy(connection: Connection, statement: str, prepared: Sequence[Mapping[str, object]]) -> None:
    lines = io.StringIO("".join([copy_line(row) for row in prepared]))
    try:
        with closing(connection.connection.cursor()) as cursor:
            cursor.copy_expert(statement, lines, _READ_AT_ONCE)
    except psycopg2.Error as error:
        raise DBAPIError.instance(statement, None, error, psycopg2.Error, hide_parameters=True) from error


def copy_line(row: Mapping[str, object]) -> str:
    """Return a row in COPY's text format (PostgreSQL documentation, "COPY", File Formats), its columns in order."""
    return "\t".join([_field(name, value) for name, value in row.items()]) + "\n"


def _field(name: str, value: object) -> str:
    if value is None:
        return _NULL
    if isinstance(value, str):
        return _escaped(value)
    if name in _JSON:
        return _escaped(json.dumps(value))
    if isinstance(value, list):
        return _escaped(_array(value))
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _array(values: list[str]) -> str:
    """Return an array of texts as PostgreSQL writes it (documentation, section 8.15.6)."""
    quoted = (value.replace("\\", r"\\").replace('"', r"\"") for value in values)
    return "{" + ",".join([f'"{value}"' for value in quoted]) + "}"


def _escaped(value: str) -> str:
    value = value.replace("\\", r"\\") if "\\" in value else value
    return value.replace("\n", r"\n").replace("\t", r"\t").replace("\r", r"\r")
