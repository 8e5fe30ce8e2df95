"""One conversation with a server that may hang at any point, and whether anything can have been sent in it.

Lives here: time-outs, the bound on the whole, the point of no return. Must not live here: protocols, what an error
means for an alert.

A conversation that is given up cannot be stopped: Python has no way to end a name look-up, say. Its thread is left to
itself, but behind the point of no return it is not let through any more, so that what was called unsent stays unsent.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, TypeVar

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long to wait for a server, in seconds."""

    connect: float = 5.0
    read: float = 15.0  # between two bytes of the answer
    total: float = 45.0  # of one conversation: a name server or an answer that trickles is bounded by nothing else


class GivenUp(Exception):
    """The conversation was given up before its point of no return: nothing may be sent any more."""


class PointOfNoReturn:
    """Passed by the thread that sends, right before it does, unless the conversation was given up before."""

    def __init__(self) -> None:
        """Start out neither passed nor closed."""
        self._lock = Lock()
        self._passed = False
        self._closed = False

    def pass_by(self) -> None:
        """Go ahead and send. Raises GivenUp."""
        with self._lock:
            if self._closed:
                raise GivenUp
            self._passed = True

    def close(self) -> bool:
        """Let nobody through from now on; return whether somebody has passed."""
        with self._lock:
            self._closed = True
            return self._passed


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return the result of ``work``, or raise TimeoutError after ``seconds``; then its thread is left to itself."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed over to the caller's thread, whatever it is
            future.set_exception(error)

    Thread(target=run, name="conversation", daemon=True).start()
    return future.result(timeout=seconds)


def mount(session: requests.Session, point: PointOfNoReturn) -> None:
    """Have every connection of ``session`` pass ``point`` once it stands, TLS and all, before its first request."""
    session.mount("https://", _Adapter(point))
    session.mount("http://", _Adapter(point))


class _Adapter(HTTPAdapter):
    """Makes connections that pass a point of no return."""

    def __init__(self, point: PointOfNoReturn) -> None:
        self._point = point
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as in requests
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._point)


def _pools(point: PointOfNoReturn) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            point.pass_by()

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            point.pass_by()

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
