"""Real processes that use an embedded PostgreSQL, and eyes on the server's own (Linux: they read /proc)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import psycopg2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[3]
QUICK = {"fsync": "off"}
PATIENCE_SECONDS = 30
USER = """
import sys
from pathlib import Path
from jeeves.store.embedded import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1]), settings={"fsync": "off"}).running() as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@contextmanager
def user_process(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    argv = [sys.executable, "-c", USER, str(data_dir)]
    process = subprocess.Popen(
        argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        try:
            yield process
        finally:
            if process.stdin and not process.stdin.closed:
                process.stdin.close()
            process.wait(PATIENCE_SECONDS)


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def server_lock(data_dir: Path) -> Path:
    return (data_dir / "postgresql").resolve() / "server.lock"


def holders(lock: Path) -> list[int]:
    """Every live process that has the server's lock file open is a process of the server."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if any(handle.readlink() == lock for handle in (process / "fd").iterdir()):
                found.append(int(process.name))
        except (OSError, ValueError):
            continue
    return found


def kill_server(data_dir: Path) -> None:
    for pid in holders(server_lock(data_dir)):
        with suppress(ProcessLookupError):  # one that ended, since it was seen, by the death of another
            os.kill(pid, signal.SIGKILL)


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgresql/cluster/postmaster.pid").read_text().split()[0])


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    parts = urlsplit(url)
    host = parse_qs(parts.query)["host"][0]
    connection = psycopg2.connect(host=host, port=5432, user=parts.username, dbname=parts.path.removeprefix("/"))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def open_files(pid: int) -> set[str]:
    """Return what a process has open: paths, and names such as ``socket:[123]``."""
    return {str(handle.readlink()) for handle in Path(f"/proc/{pid}/fd").iterdir()}
