"""How long the next message takes to appear: ``python -m benchmarks.labelling [QUEUED [KEYS]]``.

Lives here: a mailbox of QUEUED (10,000) messages in an embedded PostgreSQL, the real screen driven by KEYS (100) keys,
and the time from each key until the next message is laid out, drawing included. Pauses between keys are a second, as
of somebody who reads fast; the screen reads the next messages meanwhile, and looks the queue over.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jeeves import shipped
from jeeves.actions.label_queue import LabelQueue
from jeeves.actions.labelling import Labelling
from jeeves.app.clock import utc_now
from jeeves.cli.labelling.screen import LabelScreen
from jeeves.cli.labelling.swiftness import swift_keyboard
from jeeves.ml.artifact import load_active
from jeeves.ml.sampling import Strategy
from jeeves.store.archive import PostgresArchive
from jeeves.store.audits import PostgresAudits
from jeeves.store.database import connect, migrate
from jeeves.store.embedded import EmbeddedPostgres
from jeeves.store.label_queue import PostgresLabelQueue
from jeeves.store.labels import PostgresLabels
from jeeves.types import ArchivedMessage, Message, Person

if TYPE_CHECKING:
    from sqlalchemy import Engine

_NOW: Final = datetime(2026, 11, 1, tzinfo=UTC)
_PARAGRAPHS: Final = (
    "Thanks for the report. The figures of the third quarter look better than we feared, apart from the north.",
    "Shall we have lunch together on Thursday? It has been far too long, and I would love to hear about the move.",
    "Please find the minutes attached. Comments by Friday, or forever hold your peace.",
    "The parcel arrives between nine and noon. Somebody has to be at home to sign for it.",
    "Are you around next week? We could catch up over a coffee, you pick the spot.",
)
_BATCH: Final = 500


def _fill(engine: Engine, count: int) -> None:
    archive = PostgresArchive(engine)
    plain = Message(
        message_key="", thread_key="", sender=Person(name="Ada Holm", address="ada@example.org"), recipients=(),
        received_at=_NOW,
    )  # fmt: skip
    for start in range(0, count, _BATCH):
        batch = [
            ArchivedMessage(
                message=replace(
                    plain,
                    message_key=f"<{number}@example.org>",
                    thread_key=f"<{number}@example.org>",
                    subject=f"Letter {number}",
                    text="\n\n".join(
                        _PARAGRAPHS[(number + place) % len(_PARAGRAPHS)] for place in range(number % 9 + 1)
                    ),
                    quoted="What was said before.\n" * (number % 5),
                    received_at=_NOW - timedelta(minutes=number),
                )
            )
            for number in range(start, min(start + _BATCH, count))
        ]
        archive.add("me@example.com", batch, silent_before=_NOW, now=_NOW)


class _Watched(LabelScreen):
    """The screen, telling when what it shows is drawn."""

    drawn: asyncio.Event

    def _show(self) -> None:
        super()._show()
        self.call_after_refresh(self.drawn.set)


async def _measure(screen: _Watched, keys: int) -> list[float]:
    """Return the seconds from each key to the next message."""
    took = []
    screen.drawn = asyncio.Event()
    async with screen.run_test(size=(80, 24)):
        for number in range(keys):
            await asyncio.sleep(1.0)
            screen.drawn.clear()
            began = time.perf_counter()
            screen.simulate_key("ynsyn"[number % 5])
            await screen.drawn.wait()
            took.append(time.perf_counter() - began)
    return took


def main() -> None:
    """Measure, and print the figures."""
    queued, keys = (int(given) for given in [*sys.argv[1:], *("10000", "100")[len(sys.argv) - 1 :]])
    folder = Path(tempfile.mkdtemp(prefix="jv-"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder)
    with server.running() as url:
        engine = connect(url)
        migrate(engine)
        _fill(engine, queued)
        began = time.perf_counter()
        mail, labels, model = PostgresLabelQueue(engine), PostgresLabels(engine), load_active(shipped("models"))
        queue = LabelQueue(mail, labels.answered(), model, untaught=model, seed=1, now=_NOW)
        sitting = Labelling(mail, labels, PostgresAudits(engine), queue, model, strategy=Strategy.MIXED, clock=utc_now)
        sitting.current()
        opened = time.perf_counter() - began
        with swift_keyboard():
            took = asyncio.run(_measure(_Watched(sitting, zone=UTC, outlook=""), keys))
        engine.dispose()
    server.remove()
    ordered = sorted(took)
    print(f"{queued:,} messages queued, {keys} answers; queue and first message ready after {opened:.2f} s")  # noqa: T201 - a report for a person
    print(  # noqa: T201 - as above
        f"next message after: median {statistics.median(took) * 1000:.0f} ms,"
        f" 95th percentile {ordered[int(0.95 * len(ordered))] * 1000:.0f} ms, longest {ordered[-1] * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
