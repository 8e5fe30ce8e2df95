"""How long from the server's EXISTS to the pipeline, and to the alert: ``python -m benchmarks.push``.

Lives here: the measurement. A local IMAP server, a real PostgreSQL and the real classifier; everything in one process,
so that one clock times it.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from jeeves.actions import ingest
from jeeves.mail.parse import parse
from jeeves.mail.watch import Timing
from jeeves.store.database import connect, migrate
from tests.integration.push.life import PASSWORD, USER, Life, proposal
from tests.postgres import start_server
from tests.servers.gmail_like import GmailLikeServer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jeeves.types import Message, RawMessage

_MESSAGES = 300
_BACKLOG = 500  # messages in the folder before


def measure(messages: int = _MESSAGES) -> tuple[list[float], list[float]]:
    """Return for each message the milliseconds from EXISTS to the pipeline, and from EXISTS to the channel."""
    handed: list[float] = []

    def note(raw: RawMessage) -> Message:
        handed.append(time.perf_counter())
        return parse(raw)

    with (
        mock.patch.object(ingest, "parse", note),
        tempfile.TemporaryDirectory() as folder,
        start_server() as url,
        GmailLikeServer({USER: PASSWORD}) as server,
    ):
        migrated = connect(url)
        migrate(migrated)
        migrated.dispose()
        for number in range(_BACKLOG):
            server.deliver("INBOX", proposal(-number))
        with Life(Path(folder), url, server.port, timing=Timing(), timeout=30) as life:
            life.wait_for_alert(-_BACKLOG + 1, seconds=300)
            handed.clear()
            for number in range(1, messages + 1):
                time.sleep(0.05)
                server.deliver("INBOX", proposal(number))
                life.wait_for_alert(number)
            alerted = [life.alerted(number)[0] for number in range(1, messages + 1)]
    told = server.told_at[-messages:]
    return _milliseconds(told, handed), _milliseconds(told, alerted)


def _milliseconds(begun: Sequence[float], ended: Sequence[float]) -> list[float]:
    return [(end - begin) * 1000 for begin, end in zip(begun, ended, strict=True)]


def _describe(what: str, figures: list[float]) -> str:
    p99 = statistics.quantiles(figures, n=100)[98]
    return f"{what:<28} median {statistics.median(figures):6.1f} ms   p99 {p99:6.1f} ms   n {len(figures)}"


if __name__ == "__main__":
    to_pipeline, to_alert = measure()
    sys.stdout.write(_describe("EXISTS to the pipeline", to_pipeline) + "\n")
    sys.stdout.write(_describe("EXISTS to the channel", to_alert) + "\n")
