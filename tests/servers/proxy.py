"""A TCP proxy that can turn into a black hole, as a router does that forgot a connection.

Lives here: ``TcpProxy``. Must not live here: any protocol.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class _Pair:
    """One connection of a client and the one it is passed on to."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.ends = (client, server)
        self.swallows_answers = False
        self.swallows_questions = False
        for source, target, is_answer in ((client, server, False), (server, client, True)):
            threading.Thread(target=self._pump, args=(source, target, is_answer), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:  # noqa: FBT001 - a thread
        with suppress(OSError):
            while data := source.recv(65536):
                if not (self.swallows_answers if is_answer else self.swallows_questions):
                    target.sendall(data)
        if not (self.swallows_answers or self.swallows_questions):
            self.close()

    def close(self) -> None:
        for end in self.ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class TcpProxy:
    """Passes connections to ``port`` on to ``target_port``, both on loopback; a context manager."""

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[_Pair] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        self.close_all()

    def black_hole(self, *, questions: bool = True, answers: bool = True) -> None:
        """Swallow what goes over the connections there are, without closing them; new ones work."""
        for pair in self._pairs:
            pair.swallows_questions, pair.swallows_answers = questions, answers

    def close_all(self) -> None:
        """End the connections there are with a FIN to both sides."""
        for pair in self._pairs:
            pair.close()
        self._pairs.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pairs.append(_Pair(client, server))
