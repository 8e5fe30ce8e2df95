"""The mail of the past out of a local Dovecot: ``python -m benchmarks.backfill [MESSAGES] [ROUNDS]``.

Lives here: ``jeeves backfill`` beside a bare socket that throws the mail away, mbsync, and a loop that fetches, parses
and commits one message at a time. Must not live here: what the mail looks like (``letters``).

Every contender is timed from connecting to its last message, mbsync from start to exit; what our program takes from
start to exit is a figure of its own. So is the least that storing takes: PostgreSQL by itself, putting the same rows
into the same table out of another.

Needs Debian's packages dovecot-imapd and isync (mbsync). The database is the one the owner would have, with its
transactions forced to the disk; mbsync forces nothing.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from email import message_from_bytes
from functools import partial
from pathlib import Path
from typing import Final

import psycopg2
from imapclient import IMAPClient
from sqlalchemy import text

from benchmarks.footprint import memory_with_children
from benchmarks.letters import Letters
from benchmarks.plain_rows import COLUMNS, plain_row
from benchmarks.side_by_side import Figure, Report, Target, alternate, publish
from jeeves.store.database import connect, migrate
from jeeves.store.embedded import EmbeddedPostgres
from jeeves.store.schema import messages
from tests.servers.certificates import make_certificate
from tests.servers.dovecot import BINARY, DovecotServer
from tests.servers.interface import PASSWORD, USERNAME

_MESSAGES: Final = 20_000
_ROUNDS: Final = 3
_ONE_AT_A_TIME: Final = 1_000  # messages the slow loop is measured on
_SEED: Final = 7
_LOOK_EVERY: Final = 0.2  # seconds between two looks at the memory
_SOCKET, _OURS, _TLS = "bare socket, thrown away", "jeeves backfill", "jeeves backfill over TLS"
_MBSYNC, _LOOP = "mbsync, fsync off", "one at a time (extrapolated)"
_STORING = "PostgreSQL alone: the same rows at once"
_MBSYNC_CONFIG = """
FSync no
IMAPAccount there
Host 127.0.0.1
Port {port}
User {user}
PassCmd "cat {folder}/password"
SSLType None
AuthMechs PLAIN

IMAPStore far
Account there

MaildirStore near
Path {folder}/mbsync/
Inbox {folder}/mbsync/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns INBOX
Create Near
Sync Pull New
SyncState *
"""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where everything of one run is."""

    folder: Path
    messages: int
    plain_port: int
    tls_port: int
    authority: Path
    database_url: str


def main(messages: int = _MESSAGES, rounds: int = _ROUNDS) -> int:
    """Measure, print and publish; without Dovecot or mbsync say what is to be installed, and return 1."""
    packages = {"dovecot-imapd": BINARY, "isync": shutil.which("mbsync")}
    missing = [name for name, found in packages.items() if found is None]
    if missing:
        sys.stderr.write(f"This benchmark needs: apt-get install {' '.join(missing)}\n")
        return 1
    with ExitStack() as stack:
        return publish(_report(_prepare(stack, messages), rounds))


def _prepare(stack: ExitStack, messages: int) -> _Place:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jv-")))
    folder.chmod(0o755)  # as root, PostgreSQL and Dovecot run as somebody else and have to get in
    certificate = make_certificate(folder, "127.0.0.1")
    dovecot = stack.enter_context(DovecotServer(certificate=certificate))
    dovecot.fill("INBOX", ((letter, arrived) for arrived, letter in Letters(messages)))
    server = EmbeddedPostgres(folder / "data")
    stack.callback(server.remove)
    url = stack.enter_context(server.running())
    engine = connect(url)
    migrate(engine)
    engine.dispose()
    place = _Place(folder, messages, dovecot.plain_port, dovecot.port, certificate.authority, url)
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    (folder / "mbsyncrc").write_text(
        _MBSYNC_CONFIG.format(port=dovecot.plain_port, user=USERNAME, folder=folder), encoding="utf-8"
    )
    _throw_away(place)  # Dovecot writes its index, the machine reads the files
    return place


def _report(place: _Place, rounds: int) -> Report:
    plain, secure, idle = _Jeeves(place, "none"), _Jeeves(place, "implicit"), _Jeeves(place, "none")
    samples = alternate(
        {
            _SOCKET: partial(_throw_away, place),
            _OURS: plain.backfill,
            "jeeves backfill with nothing to do": idle.run,
            _TLS: secure.backfill,
            _STORING: partial(_stored_again, place),
            _MBSYNC: partial(_mbsync, place),
            _LOOP: partial(_one_at_a_time, place),
        },
        rounds,
    )
    took = {name: Figure(name, "s", taken) for name, taken in samples.items()}
    ours = took[_OURS].median
    above = max(plain.memory + secure.memory) - min(idle.memory)
    return Report(
        name="backfill",
        title=f"Backfill of {place.messages:,} messages from a local Dovecot",
        figures=[
            *took.values(),
            Figure("rate of jeeves backfill", "messages/s", [place.messages / each for each in samples[_OURS]]),
            Figure("jeeves backfill, from start to exit", "s", plain.whole),
            Figure("its processor time a message", "ms", [each * 1000 / place.messages for each in plain.processor]),
            Figure("memory above idle", "MB", [above]),
        ],
        targets=[
            _at_most("times the bare socket's time", ours / took[_SOCKET].median, 6),
            _at_least("times mbsync's rate", took[_MBSYNC].median / ours, 3),
            _at_least("times the rate of one at a time", took[_LOOP].median / ours, 15),
            _at_most("times plain's time over TLS", took[_TLS].median / ours, 1.5),
            _at_most("MB above idle", above, 150),
        ],
    )


def _at_most(what: str, measured: float, limit: float) -> Target:
    return Target(f"at most {limit:g} {what}", measured, measured <= limit)


def _at_least(what: str, measured: float, limit: float) -> Target:
    return Target(f"at least {limit:g} {what}", measured, measured >= limit)


def _throw_away(place: _Place) -> float:
    """Ask for all of it in one line, and read it as fast as it comes."""
    quoted = PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
    asked = f'a LOGIN {USERNAME} "{quoted}"\r\nb EXAMINE INBOX\r\nc UID FETCH 1:* BODY.PEEK[]\r\n'
    started = time.perf_counter()
    with socket.create_connection(("127.0.0.1", place.plain_port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(asked.encode())
        end, room = b"", bytearray(1 << 20)
        while b"\r\nc OK " not in end:
            got = connection.recv_into(room)
            if not got:
                raise ConnectionError(end)
            end = (end + room[max(0, got - 200) : got])[-200:]
    return time.perf_counter() - started


class _Jeeves:
    """The program as the owner has it, against a server that speaks TLS or does not."""

    def __init__(self, place: _Place, tls: str) -> None:
        self._place = place
        self._config = place.folder / f"jeeves-{tls}.toml"
        self.memory: list[float] = []  # MB at most, run by run
        self.processor: list[float] = []  # seconds, run by run
        self.whole: list[float] = []  # seconds from start to exit, run by run
        port = place.tls_port if tls == "implicit" else place.plain_port
        mail = {"host": "127.0.0.1", "port": port, "tls": tls, "ca_file": str(place.authority), "username": USERNAME}
        lines = [f"{key} = {json.dumps(value)}" for key, value in mail.items()]
        address = json.dumps(place.database_url)
        self._config.write_text("\n".join(["[mail]", *lines, "[database]", f"url = {address}\n"]), encoding="utf-8")

    def backfill(self) -> float:
        """Return the seconds from connecting to the last message stored, on an empty database."""
        _empty(self._place)
        return self.run(stored=self._place.messages)

    def run(self, *, stored: int = 0) -> float:
        """Return the seconds from connecting to the end; ``stored`` messages have to be new."""
        before, started = _processor_time(), time.perf_counter()
        with subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", "jeeves", "--config", str(self._config), "backfill", "--budget", "9GB", "--json"],
            env=os.environ | {"JEEVES_IMAP_PASSWORD": PASSWORD},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            most = 0.0
            while process.poll() is None:
                most = max(most, memory_with_children(process.pid))
                time.sleep(_LOOK_EVERY)
            report = json.loads(process.stdout.read()) if process.stdout else {}
        self.whole.append(time.perf_counter() - started)
        if report["new"] != stored:
            raise RuntimeError(report)
        self.memory.append(most)
        self.processor.append(_processor_time() - before)
        seconds: float = report["seconds"]
        return seconds


def _empty(place: _Place) -> None:
    engine = connect(place.database_url)
    with engine.begin() as connection:
        connection.execute(text("truncate mailboxes, messages, mail_traffic, thread_links restart identity cascade"))
    engine.dispose()


def _stored_again(place: _Place) -> float:
    """Return the seconds PostgreSQL takes for the rows that are there, in one statement and one transaction."""
    engine = connect(place.database_url)
    columns = ", ".join(each.name for each in messages.columns)
    with engine.begin() as connection:
        connection.execute(text("create table kept as table messages"))
        connection.execute(text("truncate messages cascade"))
    started = time.perf_counter()
    with engine.begin() as connection:
        connection.execute(
            text(f"insert into messages ({columns}) overriding system value select {columns} from kept order by id")  # noqa: S608 - our names
        )
    taken = time.perf_counter() - started
    with engine.begin() as connection:
        connection.execute(text("drop table kept"))
    engine.dispose()
    return taken


def _processor_time() -> float:
    """Return the seconds of processor time of all children that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _mbsync(place: _Place) -> float:
    target = place.folder / "mbsync"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    started = time.perf_counter()
    command = ["mbsync", "-q", "-c", str(place.folder / "mbsyncrc"), "all"]
    subprocess.run(command, check=True)  # noqa: S603 - words of ours
    taken = time.perf_counter() - started
    if (here := sum(1 for each in (target / "INBOX").glob("[cn]*/*"))) != place.messages:
        raise RuntimeError(here)
    return taken


def _one_at_a_time(place: _Place) -> float:
    """Return the seconds all of it would take, from a random part, into the same table with the same indexes."""
    part = sorted(random.Random(_SEED).sample(range(1, place.messages + 1), min(_ONE_AT_A_TIME, place.messages)))  # noqa: S311 - a sample
    _empty(place)
    client = IMAPClient("127.0.0.1", place.plain_port, ssl=False)
    database = psycopg2.connect(place.database_url.replace("+psycopg2", ""))
    client.plain_login(USERNAME, PASSWORD)
    client.select_folder("INBOX", readonly=True)
    values = ", ".join(["%s"] * len(COLUMNS))
    statement = f"insert into messages ({', '.join(COLUMNS)}) values ({values})"  # noqa: S608 - our names
    with database.cursor() as cursor:
        started = time.perf_counter()
        for uid in part:
            message = message_from_bytes(client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"])
            cursor.execute(statement, plain_row(message))
            database.commit()
        each = (time.perf_counter() - started) / len(part)
    database.close()
    client.logout()
    return each * place.messages


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
