"""Kill -9 at every line between claim and confirm: nothing is lost, nothing is told twice."""

from __future__ import annotations

import re
import wave
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from jeeves.store.schema import notifications
from tests.integration.outbox.world import LEASE, OWNER, drain, mortals, queue, twilio_settings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.integration.outbox.world import Mortals
    from tests.servers.twilio_stub import TwilioStub

pytestmark = pytest.mark.timeout(600)  # hundreds of processes live and die; a busy machine takes its time


def kill_at_each(points: Iterable[int], them: Mortals) -> int:
    """Have one mortal die at each of the ``points``; return how many did."""
    return sum(them.live(die_at=point)["killed"] for point in points)


def lines_of_one(them: Mortals) -> int:
    """Return how many lines it takes to deliver the one alert that is queued and find the outbox empty."""
    lived = them.live()["lines"]
    assert lived > 100
    return int(lived)


def points_of_one(them: Mortals, file: str, step: int) -> list[int]:
    """Return where one that delivers the one alert there is first comes to each line of ``file``, and each ``step``.

    What all channels share is killed line by line with text messages; ``file`` is what this channel does differently.
    """
    lived = them.live()
    own = lived["first"][file]
    assert len(own) > 10
    return sorted({*own, *range(1, int(lived["lines"]) + 1, step)})


def references(texts: Iterable[str]) -> Counter[str]:
    return Counter(found[1] for text in texts if (found := re.search(r"\[(k\d+)\]$", text)))


def statuses(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(select(notifications.c.status)).scalars())


@pytest.mark.parametrize("remainder", [0, 1, 2])
def test_killed_at_any_line_each_text_message_arrives_exactly_once(
    engine: Engine, database_url: str, stub: TwilioStub, remainder: int
) -> None:
    with mortals(database_url, "sms", twilio_settings(stub)) as them:
        queue(engine, "sms", 1)
        points = range(1 + remainder, lines_of_one(them) + 1, 3)
        queued = queue(engine, "sms", len(points) + 5, start=1)

        killed = kill_at_each(points, them)
        drain(engine, them, later=LEASE)

    assert killed >= len(points) - 5  # those beyond the last line live on
    assert references(stub.texts_received) == Counter(["k0", *queued])
    assert statuses(engine) == {"sent"}


@pytest.mark.parametrize("taken", [True, False], ids=["Twilio has it", "Twilio never got it"])
def test_killed_while_asking_what_became_of_it_each_arrives_exactly_once(
    engine: Engine, database_url: str, stub: TwilioStub, *, taken: bool
) -> None:
    points = range(1, 240, 6)
    queued = queue(engine, "sms", len(points) + 5)
    with engine.begin() as connection:
        tried = {"attempt": 1, "tried_at": datetime.now(UTC) - timedelta(hours=1)}
        connection.execute(update(notifications).values(status="unconfirmed", **tried))
    for reference in queued if taken else []:
        body = f"Ada suggests: lunch. Where? [{reference}]"
        stub.create("Messages", {"To": OWNER, "From": "+15550100", "Body": body})

    with mortals(database_url, "sms", twilio_settings(stub)) as them:
        killed = kill_at_each(points, them)
        drain(engine, them, later=LEASE)

    assert killed >= len(points) - 5
    assert references(stub.texts_received) == Counter(queued)
    assert statuses(engine) == {"sent"}


def test_killed_at_any_line_each_call_is_placed_exactly_once(
    engine: Engine, database_url: str, stub: TwilioStub
) -> None:
    with mortals(database_url, "call", twilio_settings(stub)) as them:
        queued = queue(engine, "call", 1)
        for number, point in enumerate(points_of_one(them, "call.py", 20), 1):
            queued += queue(engine, "call", 1, start=number)
            them.live(die_at=point)
            drain(engine, them, later=LEASE)

    placed = [re.search(r"Reference (k[ 0-9]+)\.$", said) for said, _ in stub.calls_received]
    assert Counter(found[1].replace(" ", "") for found in placed if found) == Counter(queued)
    assert statuses(engine) == {"sent"}


_ENGINE = '#!/bin/sh\n/bin/cat >/dev/null\nfor last; do :; done\n/bin/cp "{sound}" "$last"\n'
_PLAYER = '#!/bin/sh\nfor last; do :; done\necho "${{last##*/}}" >>"{heard}"\n'


def test_killed_at_any_line_no_alert_is_spoken_twice_and_none_lost_in_silence(
    engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = tmp_path / "heard"
    heard.touch()
    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(b"\0\1" * 800)
    for name, script in (("espeak-ng", _ENGINE), ("paplay", _PLAYER)):
        (tmp_path / name).write_text(script.format(sound=tmp_path / "sound.wav", heard=heard))
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with mortals(database_url, "speech") as them:
        queue(engine, "speech", 1)
        points = points_of_one(them, "speech.py", 10)
        queued = queue(engine, "speech", len(points) + 5, start=1)
        kill_at_each(points, them)
        drain(engine, them, later=LEASE)

    spoken = Counter(line.partition("-")[0] for line in heard.read_text().splitlines())
    with engine.connect() as connection:
        found = connection.execute(select(notifications.c.reference, notifications.c.status))
        ends = {row.reference: row.status for row in found}
    assert set(ends) == {"k0", *queued}
    assert max(spoken.values()) == 1
    assert {reference for reference, status in ends.items() if status == "delivered"} <= set(spoken)
    # What nobody can know is told as failed, for the next channel to take over.
    assert set(ends.values()) == {"delivered", "failed"}
