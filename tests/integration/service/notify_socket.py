"""A service manager's end of the notification socket (sd_notify(3)).

Lives here: the socket and what came in. Must not live here: expectations.
"""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_LOOK = 0.1  # seconds


class NotifySocket:
    """Collects what a service says, one line each, as long as the block lasts."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "notify")
        self.lines: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._socket.settimeout(_LOOK)
        self._ended = threading.Event()
        self._reader = threading.Thread(target=self._read)

    def __enter__(self) -> Self:
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._reader.join()
        self._socket.close()

    def count(self, line: str) -> int:
        """Return how often that line has come."""
        return self.lines.count(line)

    def _read(self) -> None:
        while not self._ended.is_set():
            try:
                self.lines.extend(self._socket.recv(4096).decode().splitlines())
            except TimeoutError:
                continue
