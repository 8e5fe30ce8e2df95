"""A small IMAP server that behaves like Gmail's, for tests and for ``make demo``.

Lives here: ``GmailLikeServer``, which runs on loopback in a thread of its own and can be made to misbehave. Must not
live here: the protocol of one connection (``session``), anything slow to import.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self, TypeVar

from tests.servers.mailbox import Folder
from tests.servers.session import Session

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
    from types import TracebackType

Result = TypeVar("Result")

_CLOSING_TIME = 5.0  # seconds a session gets to end


class GmailLikeServer:
    """An IMAP server with one mailbox, which all ``accounts`` (user name to password) sign in to.

    A context manager: it listens on ``port`` within, and leaves nothing behind. With ``tls`` it speaks TLS from the
    first byte, or after STARTTLS when ``starttls`` is set. ``gmail`` offers Gmail's extensions, ``sasl`` AUTHENTICATE
    PLAIN beside LOGIN; ``bearer`` names mechanisms of ``sasl.MECHANISMS`` to offer, for which ``opens`` tells whether a
    token opens an account. Faults are set by attribute while it runs: ``greeting``, ``refuse_login`` (the text of the
    NO), ``login_disabled``, ``answers`` (command to tagged answer, such as ``{"FETCH": "NO [UNAVAILABLE] Later"}``, or
    to "DROP", which cuts the connection halfway through the answer), ``omit_uidnext``, ``omit_internaldate``,
    ``unreadable_flags``, ``condstore`` (whether changes are counted, RFC 7162), ``idle`` (whether IDLE is
    offered), ``mute`` (an IDLE is accepted and told nothing),
    ``before`` (command to what happens just before it is obeyed, once). ``commands`` records what clients asked,
    without what they signed in with; ``connections`` counts them; ``told_at`` holds when (``time.perf_counter``)
    arrivals were told in IDLE.
    """

    def __init__(
        self,
        accounts: Mapping[str, str],
        *,
        folders: Iterable[str] = ("INBOX",),
        gmail: bool = True,
        sasl: bool = True,
        tls: ssl.SSLContext | None = None,
        starttls: bool = False,
    ) -> None:
        self.accounts = dict(accounts)
        self.folders = {name: Folder(name=name) for name in folders}
        self.gmail = gmail
        self.sasl = sasl
        self.tls = tls
        self.starttls = starttls
        self.bearer: Sequence[str] = ()
        self.opens: Callable[[str, str], bool] = lambda _username, _token: False
        self.port = 0
        self.commands: list[str] = []
        self.refuse_login = ""
        self.login_disabled = False
        self.answers: dict[str, str] = {}
        self.greeting = "OK Gimap-like ready"
        self.may_speak = asyncio.Event()
        self.may_speak.set()
        self.omit_uidnext = False
        self.omit_internaldate = False
        self.unreadable_flags = False
        self.condstore = True
        self.idle = True
        self.mute = False
        self.before: dict[str, Callable[[], None]] = {}
        self.connections = 0
        self.told_at: list[float] = []
        self._sessions: dict[asyncio.Task[None], Session] = {}
        self._listener: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gmail-like", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def open_sessions(self) -> int:
        """How many connections are open now."""
        return self._call(lambda: len(self._sessions))

    def start(self) -> None:
        """Listen, on the same port as before when there was one."""
        self._do(self._start())

    def stop(self) -> None:
        """Hang up on everyone and stop listening; deliveries still reach the mailbox."""
        self._do(self._stop())

    def create_folder(self, name: str) -> None:
        """Add an empty folder."""
        self._call(lambda: self.folders.setdefault(name, Folder(name=name)))

    def remove_folder(self, name: str) -> None:
        """Remove a folder with all its messages, and end the sessions that have it open."""

        def remove() -> None:
            gone = self.folders.pop(name)
            for session in self._sessions.values():
                if session.folder is gone:
                    session.abort()

        self._call(remove)

    def say_bye(self) -> None:
        """End every session the polite way."""

        async def say() -> None:
            for session in self._sessions.values():
                await session.say_bye()

        self._do(say())

    def deliver(
        self,
        folder: str,
        rfc822: bytes,
        *,
        received_at: datetime | None = None,
        labels: Iterable[str] = (),
        thread: int | None = None,
    ) -> int:
        """Put a message into a folder, tell whoever waits in IDLE, and return its UID.

        ``thread`` is the X-GM-THRID of the conversation it belongs to; without, it starts one.
        """
        moment = received_at or datetime.now(UTC)

        def add() -> int:
            mail = self.folders[folder].add(rfc822, received_at=moment, labels=tuple(labels), thread=thread)
            for session in self._sessions.values():
                session.wake()
            return mail.uid

        return self._call(add)

    def expunge(self, folder: str, uid: int) -> None:
        """Remove a message."""
        self._call(lambda: self.folders[folder].mails.pop(uid))

    def set_uidvalidity(self, folder: str, uidvalidity: int) -> None:
        """Renumber a folder; sessions that have it open are ended, as UIDs may not change under them."""

        def renumber() -> None:
            self.folders[folder].renumber(uidvalidity)
            for session in self._sessions.values():
                if session.folder is self.folders[folder]:
                    session.abort()

        self._call(renumber)

    def renumber(self, folder: str) -> None:
        """Renumber a folder under the next UIDVALIDITY."""
        self.set_uidvalidity(folder, self.folders[folder].uidvalidity + 1)

    def set_labels(self, folder: str, uid: int, labels: Iterable[str]) -> None:
        """Label a message, as its owner does in another mail program."""

        def change() -> None:
            mail = self.folders[folder].mails[uid]
            mail.labels = tuple(labels)
            self.folders[folder].touch(mail)

        self._call(change)

    def labels(self, folder: str, uid: int) -> tuple[str, ...]:
        """Return the labels of a message."""
        return self._call(lambda: self.folders[folder].mails[uid].labels)

    def flags(self, folder: str) -> dict[int, set[str]]:
        """Return the flags of every message, by UID."""
        return self._call(lambda: {uid: set(mail.flags) for uid, mail in self.folders[folder].mails.items()})

    def drop_connections(self) -> None:
        """Cut every connection without a word; new ones are welcome."""

        def drop() -> None:
            for session in self._sessions.values():
                session.abort()

        self._call(drop)

    def go_silent(self) -> None:
        """Answer nothing from now on, with connections open and accepted, until ``speak``."""
        self._call(self.may_speak.clear)

    def speak(self) -> None:
        """Answer again."""
        self._call(self.may_speak.set)

    async def _start(self) -> None:
        tls = None if self.starttls else self.tls
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=tls)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for task, session in self._sessions.items():
            session.abort()
            task.cancel()
        if self._sessions:
            await asyncio.wait(list(self._sessions), timeout=_CLOSING_TIME)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._sessions[task] = session = Session(self, reader, writer)
        self.connections += 1
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await session.run()
        finally:
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()
            del self._sessions[task]

    def _do(self, work: Coroutine[object, object, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _call(self, change: Callable[[], Result]) -> Result:
        """Make a change in the server's own thread: nothing here needs a lock."""

        async def work() -> Result:
            return change()

        return self._do(work())
