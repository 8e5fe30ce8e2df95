"""A Dask cluster under test: a scheduler and workers, real processes on this machine.

Lives here: starting them and ending them. Must not live here: expectations.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.acceptance.installation import PATIENCE, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.servers.certificates import Certificate

_PATIENCE = 100.0  # seconds: two programs that import much start at the same time
_READY = "Registered to:"  # what a worker writes to its log when the scheduler has taken it


@dataclass(slots=True, kw_only=True)
class DaskCluster:
    """A scheduler and its workers, of one processor each."""

    folder: Path
    options: Sequence[str]  # of both
    stack: ExitStack
    address: str = ""
    scheduler: subprocess.Popen[bytes] = field(init=False)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_scheduler(self) -> None:
        """Return when it tells its address."""
        told = self.folder / "scheduler.json"
        self.scheduler = self._start(
            "scheduler", ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(told)], {}
        )
        # It opens the file before it has anything to write.
        wait_until(lambda: told.exists() and told.read_text().strip().endswith("}"), seconds=_PATIENCE)
        self.address = str(json.loads(told.read_text())["address"])

    def start_worker(self, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Return when the scheduler knows it."""
        log = f"worker-{len(self.workers)}"
        worker = self._start(
            "worker",
            [self.address, "--no-nanny", "--nthreads", "1", "--local-directory", str(self.folder)],
            environment or {},
            log=log,
        )
        self.workers.append(worker)
        wait_until(lambda: _READY in (self.folder / log).read_text() or worker.poll() is not None, seconds=_PATIENCE)
        assert worker.poll() is None, (self.folder / log).read_text()
        return worker

    def logs(self) -> str:
        """Return what all of them wrote."""
        return "".join(path.read_text() for path in self.folder.iterdir() if path.is_file())

    def _start(
        self, kind: str, arguments: Sequence[str], environment: Mapping[str, str], *, log: str = ""
    ) -> subprocess.Popen[bytes]:
        settings = {name: value for name, value in os.environ.items() if not name.startswith("DASK_")}
        with (self.folder / (log or kind)).open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--no-dashboard", *self.options, *arguments],
                cwd=self.folder,  # so that PYTHONPATH decides which Jeeves it is
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=settings | {"DASK_CONFIG": str(self.folder / "no-settings"), **environment},
            )
        self.stack.callback(end, process)
        return process


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process as a power cut would."""
    process.kill()
    process.wait(timeout=PATIENCE)


@contextmanager
def dask_cluster(folder: Path, *, workers: int, certificate: Certificate | None = None) -> Iterator[DaskCluster]:
    """Run a scheduler and ``workers`` until the end of the block; files go to ``folder``, which is made."""
    folder.mkdir()
    options: list[str] = []
    if certificate is not None:
        options = ["--protocol", "tls", "--tls-ca-file", str(certificate.authority)]
        options += ["--tls-cert", str(certificate.chain), "--tls-key", str(certificate.key)]
    with ExitStack() as stack:
        cluster = DaskCluster(folder=folder, options=options, stack=stack)
        cluster.start_scheduler()
        for _ in range(workers):
            cluster.start_worker()
        yield cluster
