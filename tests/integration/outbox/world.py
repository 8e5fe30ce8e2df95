"""An outbox full of alerts, a provider, and mortals that deliver them.

Lives here: what the tests of lost power share. Must not live here: expectations.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from jeeves.store.messages import PostgresMessages
from jeeves.store.schema import messages, notifications
from tests.integration.store.build import ACCOUNT, cursor, received

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from tests.servers.twilio_stub import TwilioStub

ROOT = Path(__file__).parents[3]
OWNER = "+15550101"
LEASE = 150.0  # seconds: more than the lease of a delivery
RUNNING = ("pending", "sending", "unconfirmed")
_PATIENCE = 120.0


class Mortals:
    """The program ``mortal`` with one database, one channel."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def order(self, *, die_at: int = 0, kill_after: float | None = None, offsets: tuple[float, ...] = (0.0,)) -> None:
        """Have one born; ``offsets`` are seconds that its clock is wrong by, one chosen at each look."""
        assert self._process.stdin is not None
        written = json.dumps({"die_at": die_at, "kill_after": kill_after, "offsets": offsets})
        self._process.stdin.write(written + "\n")
        self._process.stdin.flush()

    def await_end(self) -> dict[str, Any]:
        """Return how the one ordered last ended."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the program itself is gone"
        ended: dict[str, Any] = json.loads(line)
        assert ended["status"] != 1, "a bug ended it"
        return ended

    def live(self, **order: Any) -> dict[str, Any]:  # noqa: ANN401 - as of ``order``
        self.order(**order)
        return self.await_end()


@contextmanager
def mortals(database_url: str, channel: str, settings: dict[str, object] | None = None) -> Iterator[Mortals]:
    world = json.dumps({"database_url": database_url, "channel": channel, "settings": settings or {}})
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.outbox.mortal", world],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Mortals(process)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(_PATIENCE)


def twilio_settings(stub: TwilioStub) -> dict[str, object]:
    """Return a section of the configuration; its secrets stand in the environment already."""
    return {
        "account_sid": "env:TEST_TWILIO_SID",
        "auth_token": "env:TEST_TWILIO_TOKEN",
        "api_base": stub.url,
        "from": "+15550100",
        "to": OWNER,
    }


def queue(engine: Engine, channel: str, count: int, *, start: int = 0) -> list[str]:
    """Put so many alerts into the outbox, good for a month; return their references, numbered from ``start``."""
    now = datetime.now(UTC)
    PostgresMessages(engine).store_batch(ACCOUNT, [received(1)], cursor(1), reset=False)
    references = [f"k{number}" for number in range(start, start + count)]
    with engine.begin() as connection:
        message_id = connection.execute(select(messages.c.id)).scalar_one()
        alerts = [
            {
                "message_id": message_id,
                "dedupe_key": reference,
                "channel": channel,
                "body": f"Ada suggests: lunch. Where? [{reference}]",
                "reference": reference,
                "status": "pending",
                "attempt": 0,
                "created_at": now,
                "next_attempt_at": now,
                "expires_at": now + timedelta(days=30),
                "provider_id": "",
            }
            for reference in references
        ]
        connection.execute(insert(notifications), alerts)
    return references


def running(engine: Engine) -> int:
    """Return how many alerts have not come to an end."""
    with engine.connect() as connection:
        query = select(func.count()).where(notifications.c.status.in_(RUNNING))
        found: int = connection.execute(query).scalar_one()
    return found


def drain(engine: Engine, survivors: Mortals, *, later: float) -> None:
    """Deliver what is left, ``later`` seconds from now and after, by one that is not killed."""
    for generation in range(1, 20):
        if not running(engine):
            return
        survivors.live(offsets=(later + generation * 2 * LEASE,))
    assert running(engine) == 0
