"""What every session of ours with PostgreSQL is told, and the names of the locks it may hold.

Lives here: these constants. Must not live here: SQLAlchemy: ``jeeves status`` does without.
"""

from __future__ import annotations

from typing import Final

CONNECT_TIMEOUT: Final = 5  # seconds
APPLICATION: Final = "jeeves"

# Sent with the connection: a stuck statement, lock or forgotten transaction ends by itself, dates come back in
# UTC, and a server notices a peer that vanished without a word.
_SETTINGS: Final = {
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
    "tcp_keepalives_idle": "60",
}
OPTIONS: Final = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())

# Advisory locks live per database in a pair of numbers; the first is ours ("jeev" in ASCII).
LOCK_SPACE: Final = 0x6A656576
DAEMON: Final = 1
MIGRATION: Final = 2
THREADS: Final = 3
