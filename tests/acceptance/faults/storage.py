"""The PostgreSQL a faulty life stores in, and what can be done to it.

Lives here: kinds of servers, each a context manager. Must not live here: what Jeeves makes of it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jeeves.store.database import connect, migrate
from jeeves.store.embedded import EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Iterator

_FAST = {"fsync": "off", "full_page_writes": "off"}  # a killed process loses nothing by it, only a power cut would
_DISK = "220m"  # an empty cluster, its log ahead and the copy of the program that root needs take 150 MB


@dataclass(frozen=True, kw_only=True)
class Storage:
    """A running server and the ``[database]`` that names it."""

    section: dict[str, Any]
    url: str
    folder: Path
    is_small: bool = False  # whether ``folder`` is a file system of its own that is soon full
    _server: EmbeddedPostgres | None = None  # None: it belongs to others, who want it well

    def crash(self) -> None:
        """End every process of the server by kill -9."""
        postmaster = int((self.folder / "postgresql" / "cluster" / "postmaster.pid").read_text().partition("\n")[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for number in (postmaster, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)

    def restart(self) -> None:
        """Start the server again."""
        assert self._server is not None
        self._server.ensure_running()


@contextmanager
def shared(folder: Path, url: str) -> Iterator[Storage]:
    """Store in a database that others run: ``url``, migrated."""
    yield Storage(section={"url": url, "data_dir": str(folder / "data")}, url=url, folder=folder)


@contextmanager
def owners_own(_folder: Path, _url: str) -> Iterator[Storage]:
    """Store in a server that Jeeves knows by its URL only, and cannot start."""
    with _room() as folder, _running(folder) as (server, url):
        engine = connect(url)
        migrate(engine)
        engine.dispose()
        yield Storage(section={"url": url, "data_dir": str(folder / "data")}, url=url, folder=folder, _server=server)


@contextmanager
def embedded(_folder: Path, _url: str) -> Iterator[Storage]:
    """Store in the server that comes with Jeeves; it is started here, so that its settings are for tests."""
    with _room() as folder, _running(folder) as (server, url):
        yield Storage(section={"data_dir": str(folder)}, url=url, folder=folder, _server=server)


@contextmanager
def small_disk(_folder: Path, _url: str) -> Iterator[Storage]:
    """Store in the server that comes with Jeeves, on a small disk of its own where this process may mount one."""
    with _room() as folder:
        command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK},mode=0711", "tmpfs", str(folder)]
        is_small = os.geteuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0
        try:
            with _running(folder) as (server, url):
                section = {"data_dir": str(folder)}
                yield Storage(section=section, url=url, folder=folder, is_small=is_small, _server=server)
        finally:
            if is_small:
                subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def _room() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="jv-fault-"))
    folder.chmod(0o711)  # when the tests run as root, PostgreSQL runs as somebody else and has to get in
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(folder: Path) -> Iterator[tuple[EmbeddedPostgres, str]]:
    server = EmbeddedPostgres(folder, settings=_FAST)
    try:
        with server.running() as url:
            yield server, url
    finally:
        server.remove()
