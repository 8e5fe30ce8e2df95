"""From the server's EXISTS to the alert: ``python -m benchmarks.push [MESSAGES]``.

Lives here: the daemon's threads beside a bare socket that only waits in IDLE and fetches the body, message by message
in turn; what each stage takes, and how much of that is processor time of our own threads: all of it that is not
waiting for the mail server or the database. Must not live here: the daemon's surroundings (``tests.integration.push``).

A local IMAP server of Gmail's kind, a real PostgreSQL and the real classifier; one process, so that one clock times it.
"""

from __future__ import annotations

import socket
import statistics
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Final, ParamSpec, Self, TypeVar
from unittest import mock

from benchmarks.side_by_side import Figure, Report, Target, publish
from jeeves.actions import ingest
from jeeves.daemon import Runner
from jeeves.mail.watch import Timing
from jeeves.store.database import connect, migrate
from tests.integration.push.life import PASSWORD, USER, Life, Recorder, proposal
from tests.postgres import start_server
from tests.servers.gmail_like import GmailLikeServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_MESSAGES: Final = 300
_BACKLOG: Final = 500  # messages in the folder before
_PAUSE: Final = 0.05  # seconds between two messages
_WARM_UP: Final = 10  # messages nobody measures
_FIRST: Final = 100_000  # number of a message, unlike any of the backlog
_PATIENCE: Final = 40.0  # seconds
_STAGES: Final = ("fetch", "parse", "store", "classify and decide", "hand over")


@dataclass(slots=True)
class _Clocks:
    """What each message took: milliseconds from EXISTS, and of processor time stage by stage."""

    pipeline: list[float] = field(default_factory=list)  # perf_counter when its parsing began
    handed: list[float] = field(default_factory=list)  # perf_counter when the channel was given its alert
    processor: dict[str, list[float]] = field(default_factory=lambda: {stage: [] for stage in _STAGES})
    _last: dict[int, float] = field(default_factory=dict)  # thread -> its processor time when its last stage ended

    def end(self, stage: str) -> None:
        """Count what this thread has used since the stage before as used by ``stage``."""
        now, thread = time.thread_time(), threading.get_ident()
        if thread in self._last:
            self.processor[stage].append((now - self._last[thread]) * 1000)
        self._last[thread] = now

    def begin(self) -> None:
        """Let what this thread has used so far count for nothing."""
        self._last[threading.get_ident()] = time.thread_time()

    def forget(self) -> None:
        """Start over, with the next message."""
        self.pipeline.clear()
        self.handed.clear()
        for samples in self.processor.values():
            samples.clear()


class _BareSocket:
    """A client that waits in IDLE and fetches what it is told of, and does nothing with it."""

    def __init__(self, port: int) -> None:
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines = self._connection.makefile("rb")

    def __enter__(self) -> Self:
        self._lines.readline()
        self._ask(f'a LOGIN {USER} "{PASSWORD}"')
        self._read_to(b"a OK")
        self._ask("a EXAMINE INBOX")
        self._read_to(b"a OK")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()
        self._connection.close()

    def wait(self) -> None:
        """Have the server say that it idles."""
        self._ask("a IDLE")
        self._read_to(b"+")

    def fetch_next(self) -> float:
        """Return when (perf_counter) the body of the next message was here."""
        number = self._read_to(b"EXISTS").split()[1].decode()
        self._ask("DONE")
        self._read_to(b"a OK")
        self._ask(f"a FETCH {number} BODY.PEEK[]")
        self._read_to(b"a OK")
        return time.perf_counter()

    def _ask(self, command: str) -> None:
        self._connection.sendall(command.encode() + b"\r\n")

    def _read_to(self, words: bytes) -> bytes:
        while words not in (line := self._lines.readline()):
            if not line:
                raise ConnectionError(words)
        return line


def main(messages: int = _MESSAGES) -> int:
    """Measure, print and publish."""
    clocks = _Clocks()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(start_server())
        ours, bare = (stack.enter_context(GmailLikeServer({USER: PASSWORD})) for _ in range(2))
        migrated = connect(url)
        migrate(migrated)
        migrated.dispose()
        for number in range(_BACKLOG):
            ours.deliver("INBOX", proposal(-number))
        _watch(stack, clocks)
        life = stack.enter_context(Life(folder, url, ours.port, timing=Timing(), timeout=30))
        bodies = _deliver(life, ours, bare, clocks, messages)
        told = {"ours": ours.told_at[-messages:], "bare": bare.told_at[-messages:]}
    return publish(_report(clocks, told, bodies))


def _watch(stack: ExitStack, clocks: _Clocks) -> None:
    """Have the stages tell when they end, in the thread they run in."""

    def timed(
        work: Callable[Arguments, Result], *, before: Callable[[], None] = lambda: None, after: str
    ) -> Callable[Arguments, Result]:
        @wraps(work)
        def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            before()
            result = work(*args, **kwargs)
            if after:
                clocks.end(after)
            return result

        return run

    def before_parsing() -> None:
        clocks.pipeline.append(time.perf_counter())
        clocks.end("fetch")

    def before_sending() -> None:
        clocks.handed.append(time.perf_counter())
        clocks.end("hand over")

    for owner, name, before, after in (
        (ingest, "parse", before_parsing, "parse"),
        (Runner, "collect", lambda: None, "store"),
        (Runner, "decide", lambda: None, "classify and decide"),
        (Runner, "deliver", clocks.begin, ""),
        (Recorder, "send", before_sending, ""),
    ):
        stack.enter_context(mock.patch.object(owner, name, timed(getattr(owner, name), before=before, after=after)))


def _deliver(life: Life, ours: GmailLikeServer, bare: GmailLikeServer, clocks: _Clocks, messages: int) -> list[float]:
    """Send the messages to either client in turn; return when the bare socket had each."""
    bodies: list[float] = []
    life.wait_for_alert(-_BACKLOG + 1, seconds=300)
    with _BareSocket(bare.port) as client:
        for number in range(1 - _WARM_UP, messages + 1):
            if number == 1:
                clocks.forget()
                bodies.clear()
            time.sleep(_PAUSE)
            letter = proposal(_FIRST + number)
            ours.deliver("INBOX", letter)
            life.wait_for_alert(_FIRST + number)
            client.wait()
            bare.deliver("INBOX", letter)
            bodies.append(client.fetch_next())
    return bodies


def _report(clocks: _Clocks, told: dict[str, list[float]], bodies: list[float]) -> Report:
    channel = _milliseconds(told["ours"], clocks.handed)
    own = [sum(stages) for stages in zip(*clocks.processor.values(), strict=True)]
    slowest = statistics.quantiles(channel, n=100)[98]
    return Report(
        name="push",
        title=f"From the server's EXISTS to the alert handed to the channel, {len(channel)} messages",
        figures=[
            Figure("bare socket: EXISTS to body", "ms", _milliseconds(told["bare"], bodies)),
            Figure("EXISTS to pipeline", "ms", _milliseconds(told["ours"], clocks.pipeline)),
            Figure("EXISTS to channel", "ms", channel),
            Figure("our own processor time", "ms", own),
            *(Figure(f"- {stage}", "ms", samples) for stage, samples in clocks.processor.items()),
        ],
        targets=[
            Target("median under 60 ms", statistics.median(channel), statistics.median(channel) < 60),  # noqa: PLR2004 - as promised
            Target("99 of 100 under 200 ms", slowest, slowest < 200),  # noqa: PLR2004 - as promised
            Target("our own code under 20 ms (median)", statistics.median(own), statistics.median(own) < 20),  # noqa: PLR2004 - as promised
        ],
    )


def _milliseconds(begun: list[float], ended: list[float]) -> list[float]:
    return [(end - begin) * 1000 for begin, end in zip(begun, ended, strict=True)]


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
