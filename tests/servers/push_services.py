"""An ntfy server and a webhook, on one port, that fail in the ways real ones do.

Lives here: the HTTP server and what it took. Must not live here: expectations.
"""

from __future__ import annotations

import json
import secrets
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

HANG, DROP = "hang", "drop"  # does what was asked, then never answers, or closes the connection


class PushServices:
    """The server; use it in a ``with`` statement.

    ``next_failures`` is consumed from the front, one per request: HANG, DROP, or status and headers.
    """

    def __init__(self) -> None:
        self.topic, self.token = "topic-" + secrets.token_hex(4), "tk_" + secrets.token_hex(8)
        self.published: list[dict[str, Any]] = []
        self.posted: list[dict[str, Any]] = []
        self.next_failures: list[str | tuple[int, dict[str, str]]] = []
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"services": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    services: PushServices
    protocol_version = "HTTP/1.1"
    timeout = 30

    def log_message(self, *_: object) -> None:
        """Stay silent: the test report is no access log."""

    def do_POST(self) -> None:
        written = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        failure = self._failure()
        if isinstance(failure, tuple):
            self._answer(failure[0], {"error": "made up by the test"}, failure[1])
        elif self.path == "/hook?key=1":
            self.services.posted.append(written)
            self._finish(failure, {})
        elif self.path == "/" and written["topic"] == self.services.topic:
            message = {"id": secrets.token_hex(6), "event": "message", **written}
            self.services.published.append(message)
            self._finish(failure, message)
        else:
            self._answer(404, {}, {})

    def do_GET(self) -> None:
        failure = self._failure()
        asked = urlsplit(self.path)
        if isinstance(failure, tuple):
            self._answer(failure[0], {}, failure[1])
        elif asked.path != f"/{self.services.topic}/json" or parse_qs(asked.query) != {"poll": ["1"], "since": ["all"]}:
            self._answer(404, {}, {})
        else:
            lines = "".join(json.dumps(each) + "\n" for each in self.services.published)
            self._raw(200, lines.encode(), {})

    def _failure(self) -> str | tuple[int, dict[str, str]] | None:
        if self.services.next_failures:
            return self.services.next_failures.pop(0)
        return None if self.headers.get("Authorization") == f"Bearer {self.services.token}" else (401, {})

    def _finish(self, failure: str | None, payload: dict[str, Any]) -> None:
        if failure == HANG:
            self.services.released.wait()
        if failure in (HANG, DROP):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._answer(200, payload, {})

    def _answer(self, status: int, payload: dict[str, Any], headers: dict[str, str]) -> None:
        self._raw(status, json.dumps(payload).encode(), headers)

    def _raw(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
