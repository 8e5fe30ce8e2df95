"""What the driver's errors mean for Jeeves: the one place that translates them.

Lives here: SQLSTATE and libpq messages to the hierarchy of ``errors``. Must not live here: connections, queries.
The sentences never repeat what the server said: it quotes rows, and rows are mail.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DataError, DBAPIError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from jeeves.errors import DatabaseRefused, DatabaseUnavailable, JeevesError, MigrationsNotRun

if TYPE_CHECKING:
    from collections.abc import Iterator

_URL_ADVICE = "Check [database] url in the configuration."

# libpq gives no SQLSTATE for a refused connection, only the server's words (English unless lc_messages differs).
_REFUSALS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"password authentication failed|no password supplied|authentication failed for user"),
        "PostgreSQL refused the user name or password.",
        _URL_ADVICE,
    ),
    (
        re.compile(r"role .{0,200} (does not exist|is not permitted to log in)"),
        "PostgreSQL knows no such user.",
        _URL_ADVICE,
    ),
    (
        re.compile(r"database .{0,200} does not exist"),
        "The database does not exist on the server.",
        "Create it with createdb, or check [database] url in the configuration.",
    ),
    (
        re.compile(r"no pg_hba\.conf entry|pg_hba\.conf rejects|permission denied for database"),
        "PostgreSQL does not let this user connect from this computer.",
        "Allow it in the server's pg_hba.conf, or check [database] url in the configuration.",
    ),
    (
        re.compile(r"does not support SSL|certificate verify failed|root certificate file|server certificate for"),
        "No encrypted connection to PostgreSQL could be agreed on.",
        "Check sslmode and sslrootcert in [database] url.",
    ),
    (
        re.compile(r"invalid (dsn|connection option|sslmode)"),
        "The database URL holds an option PostgreSQL does not know.",
        _URL_ADVICE,
    ),
)
_HOST_UNKNOWN = re.compile(r"could not translate host name")

# SQLSTATEs by their beginnings, https://www.postgresql.org/docs/18/errcodes-appendix.html
_ANSWERS: tuple[tuple[tuple[str, ...], type[JeevesError], str, str], ...] = (
    (
        ("53100",),
        DatabaseUnavailable,
        "The disk that holds the database is full.",
        "Free some space; Jeeves carries on by itself and has lost nothing.",
    ),
    (
        ("42501",),
        DatabaseRefused,
        "PostgreSQL does not allow this user to work in the database.",
        "Make the user its owner: alter database NAME owner to USER",
    ),
    (
        ("28", "3D"),  # authorization, no such database
        DatabaseRefused,
        "PostgreSQL refused the user or the database.",
        _URL_ADVICE,
    ),
    (
        ("42P01", "42703"),  # undefined table, undefined column
        MigrationsNotRun,
        "The database lacks tables Jeeves needs.",
        "Run: jeeves db upgrade",
    ),
    (
        (
            "08",  # connection exception
            "25006",  # read-only: a standby
            "25P03",  # idle in transaction for too long
            "40",  # deadlock, serialization failure
            "53",  # insufficient resources
            "55P03",  # lock not available in time
            "57",  # operator intervention: shutdown, starting up, statement time-out
            "58",  # input/output error
        ),
        DatabaseUnavailable,
        "PostgreSQL broke off or is too busy.",
        "It is tried again by itself; the server's log says more.",
    ),
)


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the driver raises within the block into what Jeeves understands.

    Raises DatabaseUnavailable, DatabaseRefused or MigrationsNotRun; anything else is a bug and becomes a
    RuntimeError that names the SQLSTATE and the constraint, and leaves out the row the server quotes.
    """
    try:
        yield
    except DBAPIError as error:
        meaning = translate(error)
        if meaning is None:
            raise RuntimeError(_name(error)) from None
        raise meaning from error
    except PoolTimeout as error:
        raise DatabaseUnavailable("Every connection to PostgreSQL is busy.") from error


def translate(error: DBAPIError) -> JeevesError | None:
    """Return what ``error`` means, or None when only a bug in Jeeves explains it."""
    code = getattr(error.orig, "pgcode", None)
    if code is None:
        return _translate_connection(error)
    for beginnings, kind, sentence, advice in _ANSWERS:
        if code.startswith(beginnings):
            return kind(sentence, advice=advice)
    return None


def _translate_connection(error: DBAPIError) -> JeevesError | None:
    words = str(error.orig)
    for pattern, sentence, advice in _REFUSALS:
        if pattern.search(words):
            return DatabaseRefused(sentence, advice=advice)
    if isinstance(error, ProgrammingError | DataError):
        return None
    if _HOST_UNKNOWN.search(words):
        return DatabaseUnavailable("The host name of the database cannot be found.", advice=_URL_ADVICE)
    return DatabaseUnavailable("PostgreSQL cannot be reached.", advice=f"Is the server running? {_URL_ADVICE}")


def _name(error: DBAPIError) -> str:
    code = getattr(error.orig, "pgcode", None)
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    return f"PostgreSQL refused a statement: SQLSTATE {code}, constraint {constraint}"
