"""The port on this machine that the browser is sent to after the owner has decided (RFC 8252, section 7.3).

Lives here: a listener on 127.0.0.1 for one answer. Must not live here: what the answer means (``mail.consent``).
"""

from __future__ import annotations

import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final, Self

from jeeves.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

_DONE: Final = b"Thank you. Jeeves has your answer; you can close this page and go back to the terminal.\n"
_NOT_OURS: Final = b"This is Jeeves, waiting for an answer from Google. This was not it.\n"
_PACE = 0.05  # seconds between looks at whether to stop
_PATIENCE = 10.0  # seconds a browser gets for its request: some connect early and send nothing


class Loopback:
    """A port on 127.0.0.1, taken until the block ends; the paths that hold an answer come out of ``answers``."""

    def __init__(self, port: int) -> None:
        """Take ``port``, any free one if it is 0. Raises UserError when somebody else has it."""
        self.answers: queue.Queue[str] = queue.Queue()
        try:
            self._server = _Server(("127.0.0.1", port), BaseHTTPRequestHandler)
        except OSError as error:
            raise UserError(
                f"Port {port} of this machine is taken.", advice="Name another one, or leave out --port."
            ) from error
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port that was taken."""
        return int(self._server.server_address[1])

    def answer(self, accepts: Callable[[str], bool]) -> None:
        """Serve browsers from now on; ``accepts`` is given the path of each request."""
        self._server.RequestHandlerClass = _handler(accepts, self.answers)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_PACE,), daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """Hold the port."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Keep silent about browsers that hang up: the library would print a traceback."""


def _handler(accepts: Callable[[str], bool], answers: queue.Queue[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE
        server_version, sys_version = "Jeeves", ""

        def do_GET(self) -> None:
            ours = accepts(self.path)
            page = _DONE if ours else _NOT_OURS
            self.send_response(200 if ours else 404)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(page)
            if ours:
                answers.put(self.path)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name for it
            """Keep silent: the request line holds the code."""

    return Handler
