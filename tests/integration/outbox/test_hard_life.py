"""Two daemons at once, killed two hundred times, clocks that jump, a database that is shot: exactly once, all of it."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from jeeves.store.database import connect, migrate
from jeeves.store.embedded import EmbeddedPostgres
from jeeves.store.schema import delivery_attempts, notifications
from tests.integration.embedded.processes import kill_server
from tests.integration.outbox.test_kill_points import references
from tests.integration.outbox.world import drain, mortals, queue, twilio_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.outbox.world import Mortals
    from tests.servers.twilio_stub import TwilioStub

_DEATHS = 200
_MOST_ROUNDS = 1_000  # in each both daemons are killed, unless they end before: by themselves, or with the database
_RESTARTS = (20, 50, 80)  # rounds
_ALERTS = 400
_HOURS = 3600.0
_JUMPS = (0.0, 0.0, 0.0, 3 * _HOURS, -3 * _HOURS)  # at each look at the clock
_LONGEST_LIFE = 0.25  # seconds; on a fast machine twice as long as one alert takes


@pytest.fixture
def shot_at() -> Iterator[tuple[EmbeddedPostgres, Path, str]]:
    """Yield a PostgreSQL of the test's own, its folder and its URL."""
    folder = Path(tempfile.mkdtemp(prefix="jv-"))
    folder.chmod(0o755)  # when the tests run as root, PostgreSQL runs as somebody else and has to get in
    server = EmbeddedPostgres(folder, settings={"fsync": "off"})
    try:
        with server.running() as url:
            yield server, folder, url
    finally:
        server.remove()
        shutil.rmtree(folder, ignore_errors=True)


def seconds_of_one(them: Mortals) -> float:
    """Return how long a life is that delivers the one alert there is."""
    began = time.monotonic()
    them.live()
    return time.monotonic() - began


@pytest.mark.timeout(900)  # hundreds of processes live and die; a busy machine takes its time
def test_every_alert_arrives_exactly_once_however_hard_life_is(
    shot_at: tuple[EmbeddedPostgres, Path, str], stub: TwilioStub
) -> None:
    server, folder, url = shot_at
    chance = random.Random(20261121)  # noqa: S311 - no secret
    engine = connect(url)
    migrate(engine)
    settings = twilio_settings(stub)
    deaths, rounds = 0, 0
    with mortals(url, "sms", settings) as first, mortals(url, "sms", settings) as second:
        queued = queue(engine, "sms", 1)
        longest = min(2 * seconds_of_one(first), _LONGEST_LIFE)
        queued += queue(engine, "sms", _ALERTS, start=1)
        while deaths < _DEATHS and rounds < _MOST_ROUNDS:
            rounds += 1
            for each in (first, second):
                each.order(kill_after=chance.uniform(0.0, longest), offsets=_JUMPS)
            if rounds in _RESTARTS:
                kill_server(folder)
            deaths += sum(each.await_end()["killed"] for each in (first, second))
            if rounds in _RESTARTS:
                server.ensure_running()
        drain(engine, first, later=6 * _HOURS)

    with engine.connect() as connection:
        statuses = Counter(connection.execute(select(notifications.c.status)).scalars())
        outcomes = Counter(connection.execute(select(delivery_attempts.c.outcome)).scalars())
    engine.dispose()
    assert deaths >= _DEATHS
    assert outcomes["lease_expired"] > 0  # some were killed with an alert in hand
    assert references(stub.texts_received) == Counter(queued)
    assert statuses == {"sent": len(queued)}
