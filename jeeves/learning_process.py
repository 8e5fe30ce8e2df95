"""The child process that learns.

Lives here: ``LearningProcess``. Must not live here: when learning is due and what follows from its result
(``upkeep``), what it does (``actions.retrain``).

Learning takes minutes of processor time on a small machine, so it happens in a process of its own: niced, on one
core, ended by closing its standard input, which happens by itself when the daemon dies in whatever way.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from jeeves.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

_SECONDS_TO_END: Final = 1  # after the second the daemon itself gets
_MOST_TOLD: Final = 300  # characters of a failure
_ONE_CORE: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class LearningProcess:
    """One ``jeeves retrain`` at a time, in a process of its own."""

    def __init__(self, command: Sequence[str]) -> None:
        """Keep what to run; nothing runs yet."""
        self._command = list(command)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._complaints: IO[bytes] | None = None
        self._ended = False

    @property
    def running(self) -> bool:
        """True from ``start`` until the result was fetched."""
        return self._process is not None

    def start(self) -> None:
        """Start it; no effect after ``stop``. Raises OSError when there is no memory, or no disk, for it."""
        with self._lock:
            if self._ended or self._process is not None:
                return
            with ExitStack() as stack:
                complaints = stack.enter_context(tempfile.TemporaryFile())
                self._process = subprocess.Popen(  # noqa: S603 - this very program
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=complaints,
                    env=os.environ | _ONE_CORE,
                )
                self._complaints = complaints
                stack.pop_all()  # closed with the process

    def result(self) -> str | None:
        """Return None while it runs; afterwards once what it complained of, empty when it did well."""
        with self._lock:
            process, complaints = self._process, self._complaints
            if process is None or complaints is None or process.poll() is None:
                return None
            complaints.seek(0)
            told = complaints.read().decode("utf-8", "replace")
            self._close()
            return "" if process.returncode == 0 else one_line(told)[:_MOST_TOLD] or f"exit {process.returncode}"

    def ask_to_end(self) -> None:
        """Tell it to end and start no other; returns at once."""
        with self._lock:
            self._ended = True
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.close()

    def stop(self) -> None:
        """End it, at once and for good."""
        self.ask_to_end()
        with self._lock:
            if self._process is None:
                return
            try:
                self._process.wait(_SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._close()

    def _close(self) -> None:
        for stream in (self._complaints, self._process and self._process.stdin):
            if stream:
                stream.close()
        self._process = self._complaints = None
