"""HTTP for the authorisation server of the tests.

Lives here: requests to calls and answers to bytes, on loopback, in threads of their own. Must not live here: the rules
of OAuth (``oauth_endpoint``).
"""

from __future__ import annotations

import json
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.oauth_endpoint import OAuthEndpoint


class RefusedError(Exception):
    """An answer of RFC 6749, section 5.2."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class Listener(ThreadingHTTPServer):
    """The socket of an authorisation server."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], endpoint: OAuthEndpoint) -> None:
        super().__init__(address, _Handler)
        self.endpoint = endpoint


class _Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, urlsplit(self.path).query
        if path == "/tokeninfo":
            self._answer_json(lambda form: self.server.endpoint.token_info(form.get("access_token", "")), query)
            return
        try:
            location = self.server.endpoint.consent(dict(parse_qsl(query)))
        except RefusedError as refusal:
            self._answer(refusal.status, "text/html", b"<html>Error 400</html>")
        else:
            self._answer(302, "text/html", b"", location)

    def do_POST(self) -> None:
        endpoint = self.server.endpoint
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        endpoint.hang()
        if endpoint.fault is not None:
            endpoint.grants.append("fault")
            self._answer(*endpoint.fault, location=endpoint.uri("token"))
            return
        _, _, basic = self.headers.get("Authorization", "").partition("Basic ")
        self._answer_json(
            endpoint.revoke if self.path == "/revoke" else lambda form: endpoint.token(form, basic), body.decode()
        )

    def _answer_json(self, work: Callable[[dict[str, str]], dict[str, object]], form: str) -> None:
        try:
            status, answer = 200, work(dict(parse_qsl(form)))
        except RefusedError as refusal:
            status = refusal.status
            answer = {"error": refusal.code, "error_description": "Token has been expired or revoked."}
        self._answer(status, "application/json; charset=utf-8", json.dumps(answer).encode())

    def _answer(self, status: int, kind: str, body: bytes, location: str = "") -> None:
        endless = self.server.endpoint.endless
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status in range(300, 400):
            self.send_header("Location", location)
        if not endless:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        with suppress(OSError):  # the client hangs up
            while endless:
                self.wfile.write(bytes(65_536))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name for it
        pass
