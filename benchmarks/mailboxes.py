"""What another mailbox costs: memory, connections, threads, processor time: ``python -m benchmarks.mailboxes``.

Lives here: the measurement. Real daemons on one real PostgreSQL with its default settings, one IMAP server a mailbox:
first a daemon and a database each, then all mailboxes as accounts of one daemon. Memory is the proportional
set size (PSS of proc(5)): what processes share is divided among them, so that sums are true. Needs Linux; run as
root, it sees PostgreSQL's memory too.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import NullPool, create_engine, text

from benchmarks.side_by_side import Figure, Report, publish
from jeeves.store.database import connect, migrate
from tests.postgres import execute, on, start_server
from tests.servers.gmail_like import GmailLikeServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Engine

_EXAMPLES: Final = Path(__file__).parents[1] / "examples" / "mailbox" / "inbox"
_DEFAULTS: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "max_connections": "100"}
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PASSWORD: Final = secrets.token_hex(8)
_DEADLINE: Final = 1_800.0  # seconds until a daemon that gets nowhere ends the measurement
_SETTLED: Final = 5.0  # seconds after the first pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to measure."""

    messages: int  # for each mailbox
    idle: float  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Everything that runs for some mailboxes."""

    servers: Sequence[GmailLikeServer]
    engines: Sequence[Engine]  # one a database
    daemons: Sequence[int]  # process numbers
    postmaster: int

    @property
    def postgres(self) -> list[int]:
        """The processes of PostgreSQL, by number."""
        return [self.postmaster, *_children(self.postmaster)]


def measure(count: int, plan: Plan, *, together: bool) -> list[Figure]:
    """Return what ``count`` mailboxes take: a daemon and a database each, or ``together`` in one daemon."""
    with _one_daemon(count) if together else _daemons(count) as fleet:
        _wait(lambda: all("IDLE" in " ".join(server.commands) for server in fleet.servers))
        time.sleep(_SETTLED)
        resting = [_memory(pid) for pid in fleet.daemons]
        before = _processor_time(fleet)
        time.sleep(plan.idle)
        idle = (_processor_time(fleet) - before) / plan.idle * 1_000
        before, started = _processor_time(fleet), time.perf_counter()
        _deliver(fleet.servers, plan.messages)
        _wait(lambda: _decided(fleet.engines) >= count * plan.messages)
        elapsed, used = time.perf_counter() - started, _processor_time(fleet) - before
        working = [_memory(pid) for pid in fleet.daemons]
        connections = _connections(fleet)
        name = f"{count} in 1 daemon" if together else f"{count} by {count}"
        return [
            Figure(f"{name}: a daemon at rest", "MB", resting),
            Figure(f"{name}: a daemon after the mail", "MB", working),
            Figure(f"{name}: daemons in all", "MB", [sum(working)]),
            Figure(f"{name}: PostgreSQL in all", "MB", [sum(map(_memory, fleet.postgres))]),
            Figure(f"{name}: threads in all", "threads", [float(sum(map(_threads, fleet.daemons)))]),
            Figure(f"{name}: database connections", "sessions", [float(connections)]),
            Figure(
                f"{name}: IMAP connections", "sessions", [float(sum(server.open_sessions for server in fleet.servers))]
            ),
            Figure(f"{name}: processor at rest", "ms/s", [idle]),
            Figure(f"{name}: processor, 1,000 mails", "s", [used / (count * plan.messages) * 1_000]),
            Figure(f"{name}: until all are decided", "s", [elapsed]),
        ]


@contextmanager
def _daemons(count: int) -> Iterator[Fleet]:
    """Run ``count`` daemons, each with a database on the same PostgreSQL."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jv-")))
        server_url = stack.enter_context(start_server(**_DEFAULTS))
        servers = [stack.enter_context(_mail_server(number)) for number in range(count)]
        engines, daemons = [], []
        for number, server in enumerate(servers):
            url = _new_database(server_url, f"mailbox_{number}")
            engines.append(create_engine(url, poolclass=NullPool))  # holds no session of its own between questions
            daemons.append(stack.enter_context(_daemon(folder / str(number), url, f"[mail]\n{_mail(number, server)}")))
        yield Fleet(servers=servers, engines=engines, daemons=daemons, postmaster=_postmaster(engines[0]))


@contextmanager
def _one_daemon(count: int) -> Iterator[Fleet]:
    """Run one daemon with ``count`` accounts."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jv-")))
        server_url = stack.enter_context(start_server(**_DEFAULTS))
        servers = [stack.enter_context(_mail_server(number)) for number in range(count)]
        url = _new_database(server_url, "mailboxes")
        engine = create_engine(url, poolclass=NullPool)
        accounts = [f'name = "number-{number}"\n{_mail(number, server)}' for number, server in enumerate(servers)]
        daemon = stack.enter_context(_daemon(folder / "all", url, "\n[[account]]\n".join(["", *accounts])))
        yield Fleet(servers=servers, engines=[engine], daemons=[daemon], postmaster=_postmaster(engine))


def _mail_server(number: int) -> GmailLikeServer:
    return GmailLikeServer({_user(number): _PASSWORD})


def _user(number: int) -> str:
    return f"me-{number}@example.com"


def _mail(number: int, server: GmailLikeServer) -> str:
    settings = {"host": "127.0.0.1", "port": server.port, "tls": "none", "username": _user(number), "sent": False}
    return "\n".join(f"{key} = {json.dumps(value)}" for key, value in settings.items())


def _new_database(server_url: str, name: str) -> str:
    execute(server_url, f"create database {name}")
    url = on(server_url, name)
    engine = connect(url)
    migrate(engine)
    engine.dispose()
    return url


@contextmanager
def _daemon(folder: Path, url: str, mail: str) -> Iterator[int]:
    """Run ``jeeves run`` and yield its process's number."""
    folder.mkdir()
    config = folder / "jeeves.toml"
    config.write_text(f'{mail}\n[database]\nurl = "{url}"\ndata_dir = "{folder}"\n', encoding="utf-8")
    config.chmod(0o600)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", "jeeves", "--config", str(config), "run"],
            stdout=log,
            stderr=log,
            env=os.environ | {"JEEVES_IMAP_PASSWORD": _PASSWORD},
        )
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def _deliver(servers: Sequence[GmailLikeServer], messages: int) -> None:
    """Put mail of a day ago into every mailbox: it is stored and classified, and never alerted."""
    received = datetime.now(UTC) - timedelta(days=1)
    letters = [path.read_bytes() for path in sorted(_EXAMPLES.glob("*.eml"))]
    for number in range(messages):
        for place, server in enumerate(servers):
            letter = _another(letters[number % len(letters)], f"{number}-{place}")
            server.deliver("INBOX", letter, received_at=received)


def _another(letter: bytes, number: str) -> bytes:
    """Return the letter as one of its own, in a thread of its own."""
    message = BytesParser(policy=policy.compat32).parsebytes(letter)
    for header in ("Message-ID", "In-Reply-To", "References"):
        del message[header]
    message["Message-ID"] = f"<{number}@mailboxes.example.com>"
    return message.as_bytes()


def _decided(engines: Sequence[Engine]) -> int:
    total = 0
    for engine in engines:
        with engine.connect() as connection:
            total += connection.execute(text("select count(*) from messages where decided_at is not null")).scalar_one()
    return total


def _connections(fleet: Fleet) -> int:
    """Return how many sessions the daemons hold."""
    with fleet.engines[0].connect() as connection:
        found: int = connection.execute(
            text("select count(*) from pg_stat_activity where application_name = 'jeeves'")
        ).scalar_one()
    return found


def _postmaster(engine: Engine) -> int:
    with engine.connect() as connection:
        return _parent(connection.execute(text("select pg_backend_pid()")).scalar_one())


def _parent(pid: int) -> int:
    return int(_stat(pid)[1])


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on (proc_pid_stat(5), the third on)."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def _runs(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").exists()


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if _parent(int(entry.name)) == parent:
                found.append(int(entry.name))
        except OSError:  # it has ended meanwhile
            continue
    return found


def _processor_time(fleet: Fleet) -> float:
    """Return the seconds all of them used so far, children that have ended included."""
    own = sum(sum(map(int, _stat(pid)[11:13])) for pid in [*fleet.daemons, *fleet.postgres] if _runs(pid))
    ended = sum(sum(map(int, _stat(pid)[13:15])) for pid in [*fleet.daemons, fleet.postmaster])
    return (own + ended) / _TICKS


def _memory(pid: int) -> float:
    """Return the proportional set size in MB; nothing of a process that has just ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return 0.0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 / 1e6


def _threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _DEADLINE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("a daemon gets nowhere")
        time.sleep(0.2)


def main() -> int:
    """Measure, print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mailboxes", type=int, nargs="+", default=[1, 2, 4, 8], metavar="N")
    parser.add_argument("--messages", type=int, default=1_000, help="for each mailbox (default: %(default)s)")
    parser.add_argument("--idle", type=float, default=60.0, help="seconds at rest (default: %(default)s)")
    options = parser.parse_args()
    plan = Plan(messages=options.messages, idle=options.idle)
    figures = [
        figure
        for together in (False, True)
        for count in options.mailboxes
        for figure in measure(count, plan, together=together)
    ]
    return publish(Report(name="mailboxes", title="What mailboxes cost", figures=figures))


if __name__ == "__main__":
    sys.exit(main())
