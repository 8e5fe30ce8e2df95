"""A stand-in for Twilio's Messages and Calls that is as strict, and fails in every way the real one can.

Lives here: the HTTP server, its faults and what a telephone would have received. Must not live here: what a form has
to look like (``twilio_form``).
"""

from __future__ import annotations

import base64
import json
import secrets
import socket
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.servers.twilio_form import Form, fault_of_answer, fault_of_call, fault_of_listing, fault_of_message, said_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

# States in which it has left Twilio.
_SENT = {"sent", "delivered", "undelivered", "in-progress", "completed", "received"}
_LOST = {"failed", "undelivered", "canceled"}


class Trouble(Enum):
    """How a request goes wrong beyond an error status."""

    HANG_BEFORE_ACCEPTING = auto()  # reads the request, never answers, does nothing
    HANG_AFTER_ACCEPTING = auto()  # does what was asked, never answers
    DROP_AFTER_ACCEPTING = auto()  # does what was asked, closes the connection
    SLOW_BODY = auto()  # does what was asked, then answers one byte at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An answer in place of the right one."""

    status: int
    code: int | None = None  # Twilio's error code; None: the answer is HTML, as from a proxy
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "made up by the test"


@dataclass(slots=True)
class Resource:
    """A message or a call as Twilio keeps it."""

    kind: str  # "Messages" or "Calls"
    sid: str
    form: Form
    created_at: datetime
    status: str = "queued"
    error_code: int | None = None  # of a message that did not arrive
    inbound: bool = False  # somebody else texted it to one of the account's numbers

    def as_json(self) -> dict[str, Any]:
        """Return it as the API shows it: no date of sending before it was sent."""
        when = format_datetime(self.created_at, usegmt=True)
        begun = when if self.status in _SENT else None
        own = (
            {"body": self.form["Body"], "date_sent": begun, "error_code": self.error_code}
            if self.kind == "Messages"
            else {"start_time": begun}
        )
        return {
            **own,
            "direction": "inbound" if self.inbound else "outbound-api",
            "sid": self.sid,
            "to": self.form["To"],
            "from": self.form.get("From"),
            "status": self.status,
            "date_created": when,
        }


class TwilioStub:
    """The server; use it in a ``with`` statement.

    ``next_failures`` is consumed from the front, one per request; ``resources`` is what Twilio took, oldest first.
    """

    def __init__(self, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC), serial: bool = False) -> None:
        """Serve; ``serial``: one request after the other, in the order of their coming."""
        self.account_sid = "AC" + secrets.token_hex(16)
        self.auth_token = secrets.token_hex(16)
        self.clock = clock
        self.next_failures: list[Failure | Trouble] = []
        self.busy = False  # whether new messages and calls are turned away: 429, to be tried again later
        self.next_status = "queued"  # what becomes of the messages and calls that are created from now on
        self.next_error_code: int | None = None
        self.resources: list[Resource] = []
        self.requests: list[str] = []  # method and path of everything asked, with the query
        self.mistakes: list[str] = []  # requests that no client of ours may ever make
        self.released = threading.Event()  # ends every hang
        server = _SerialServer if serial else _ThreadedServer
        self._server: HTTPServer = server(("127.0.0.1", 0), type("Handler", (_Handler,), {"stub": self}))
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

    @property
    def texts_received(self) -> list[str]:
        """What the telephone's owner reads: one entry for each message that was created and did not fail to arrive."""
        texts = [each for each in self.resources if each.kind == "Messages" and not each.inbound]
        return [each.form["Body"] for each in texts if each.status not in _LOST]

    @property
    def calls_received(self) -> list[list[str]]:
        """What the telephone's owner hears: one entry for each call that was placed."""
        return [said_in(each.form["Twiml"]) for each in self.resources if each.kind == "Calls"]

    def create(self, kind: str, form: Form) -> Resource:
        prefix = "SM" if kind == "Messages" else "CA"
        resource = Resource(
            kind, prefix + secrets.token_hex(16), form, self.clock(), self.next_status, self.next_error_code
        )
        self.resources.append(resource)
        return resource

    def receive(self, text: str, *, sender: str = "+15550101", to: str = "+15550100") -> Resource:
        """Take a text message from outside, as when the owner answers."""
        resource = self.create("Messages", {"From": sender, "To": to, "Body": text})
        resource.status, resource.inbound = "received", True
        return resource

    def listed(self, kind: str, query: Form) -> list[Resource]:
        """Return what the filters let through, newest first; those for dates count in whole days of UTC."""
        after = query.get("DateSent>") or query.get("StartTime>")
        return [
            each
            for each in reversed(self.resources)
            if each.kind == kind
            and query.get("To", each.form["To"]) == each.form["To"]
            and query.get("From", each.form.get("From")) == each.form.get("From")
            and (not after or (each.status in _SENT and f"{each.created_at.astimezone(UTC):%Y-%m-%d}" >= after[:10]))
        ]


class _SerialServer(HTTPServer):
    """Serves clients that are killed in the middle of a word."""

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in the standard library
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _ThreadedServer(ThreadingMixIn, _SerialServer):
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    stub: TwilioStub
    protocol_version = "HTTP/1.1"
    timeout = 30

    def log_message(self, *_: object) -> None:
        """Stay silent: the test report is no access log."""

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        failure = self._begin()
        if isinstance(failure, Failure):
            self._fail(failure)
            return
        if failure is Trouble.HANG_BEFORE_ACCEPTING:
            self.stub.released.wait()
            self._drop()
            return
        if self.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            self._fail(Failure(status=415, code=20001))
            return
        if self.stub.busy:
            self._fail(Failure(status=429, code=20429))
            return
        form = self._single(raw.decode("ascii"))
        kind = self._path()[-1]
        fault = fault_of_message(form) if kind == "Messages" else fault_of_call(form)
        if fault:
            self._fail(Failure(status=400, code=fault[0], message=fault[1]))
            return
        self._answer_troubled(failure, 201, self.stub.create(kind, form).as_json())

    def do_GET(self) -> None:
        failure = self._begin()
        if isinstance(failure, Failure):
            self._fail(failure)
            return
        *_, kind = path = self._path()
        if len(path) == 5:  # .../Messages/SID
            found = [each for each in self.stub.resources if each.sid == kind]
            if found:
                self._answer_troubled(failure, 200, found[0].as_json())
            else:
                self._fail(Failure(status=404, code=20404))
            return
        query = self._single(urlsplit(self.path).query)
        fault = fault_of_listing(kind, query)
        if fault:
            self.stub.mistakes.append(fault[1])
            self._fail(Failure(status=400, code=fault[0], message=fault[1]))
            return
        size, page = int(query.get("PageSize", "50")), int(query.get("Page", "0"))
        everything = self.stub.listed(kind, query)
        shown = everything[page * size : (page + 1) * size]
        following = f"{urlsplit(self.path).path}?{urlencode({**query, 'Page': str(page + 1)})}"
        self.stub.mistakes += [
            f"the stub lies: {wrong}" for each in shown if (wrong := fault_of_answer(kind, each.as_json()))
        ]
        more = len(everything) > (page + 1) * size
        answer = {kind.lower(): [each.as_json() for each in shown], "next_page_uri": following if more else None}
        self._answer_troubled(failure, 200, answer)

    def _path(self) -> list[str]:
        return urlsplit(self.path).path.removesuffix(".json").strip("/").split("/")

    def _begin(self) -> Failure | Trouble | None:
        """Return what goes wrong with this request: injected, or for its address or credentials."""
        self.stub.requests.append(f"{self.command} {self.path}")
        if self.stub.next_failures:
            return self.stub.next_failures.pop(0)
        expected = base64.b64encode(f"{self.stub.account_sid}:{self.stub.auth_token}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {expected}":
            return Failure(status=401, code=20003)
        path = self._path()
        if path[:3] != ["2010-04-01", "Accounts", self.stub.account_sid] or path[3] not in ("Messages", "Calls"):
            return Failure(status=404, code=20404)
        return None

    def _answer_troubled(self, trouble: Failure | Trouble | None, status: int, payload: object) -> None:
        if trouble is Trouble.HANG_AFTER_ACCEPTING:
            self.stub.released.wait()
        if trouble in (Trouble.HANG_AFTER_ACCEPTING, Trouble.DROP_AFTER_ACCEPTING):
            self._drop()
            return
        body = json.dumps(payload).encode()
        self._headers(status, {"Content-Type": "application/json", "Content-Length": str(len(body))})
        if trouble is Trouble.SLOW_BODY:
            self._trickle(body)
        else:
            self.wfile.write(body)

    def _trickle(self, body: bytes) -> None:
        try:
            for byte in body:
                self.wfile.write(bytes([byte]))
                if self.stub.released.wait(0.1):
                    break
        except OSError:
            pass  # the client has had enough
        self.close_connection = True

    def _fail(self, failure: Failure) -> None:
        if failure.code is None:
            body, kind = b"<html><body><h1>Service Unavailable</h1></body></html>", "text/html"
        else:
            error = {"code": failure.code, "message": failure.message, "status": failure.status, "more_info": ""}
            body, kind = json.dumps(error).encode(), "application/json"
        self._headers(failure.status, {"Content-Type": kind, "Content-Length": str(len(body)), **failure.headers})
        self.wfile.write(body)

    def _headers(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _drop(self) -> None:
        """Close the connection without an answer."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _single(self, encoded: str) -> Form:
        """Return a form or a query, each name once."""
        fields = parse_qs(encoded, keep_blank_values=True, encoding="utf-8", errors="strict")
        self.stub.mistakes += [f"{name} is named twice" for name, values in fields.items() if len(values) > 1]
        return {name: values[0] for name, values in fields.items()}
