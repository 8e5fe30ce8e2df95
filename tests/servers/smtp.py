"""A mail server that takes mail, and fails in the ways real ones do.

Lives here: the server on a loop and a port of its own. Must not live here: expectations.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import logging
import threading
from typing import TYPE_CHECKING, Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

if TYPE_CHECKING:
    import ssl
    from email.message import EmailMessage
    from types import TracebackType
    from typing import Self

    from aiosmtpd.smtp import Envelope, Session

logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # aiosmtpd's own: what it writes is no log of ours

HANG, DROP = "hang", "drop"  # the server takes the mail and never answers, or closes the connection


class MailServer:
    """Takes mail from who knows ``password``; use it in a ``with`` statement.

    ``next_answers`` is consumed from the front, one for each mail: a reply such as "451 later", HANG or DROP;
    ``next_recipient_answers`` one for each recipient.
    """

    def __init__(self, password: str, *, tls: ssl.SSLContext | None = None) -> None:
        self.password = password
        self.mails: list[EmailMessage] = []
        self.next_answers: list[str] = []
        self.next_recipient_answers: list[str] = []
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._transports: list[Any] = []

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(40)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(40)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(40)
        self._loop.close()

    async def _start(self) -> asyncio.Server:
        def session() -> SMTP:
            return SMTP(
                self,
                hostname="localhost",
                authenticator=self._authenticate,
                auth_require_tls=False,
                loop=self._loop,
            )

        return await self._loop.create_server(session, "127.0.0.1", 0, ssl=self._tls)

    async def _stop(self) -> None:
        self._server.close()
        for transport in self._transports:
            transport.abort()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        given = cast("LoginPassword", data)
        return AuthResult(success=given.password.decode() == self.password, handled=False)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if not session.authenticated:
            return "530 sign in first"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.next_recipient_answers:
            return self.next_recipient_answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        answer = self.next_answers.pop(0) if self.next_answers else "250 OK"
        if answer in ("250 OK", HANG, DROP):
            content = cast("bytes", envelope.content).replace(b"\r\n", b"\n")
            self.mails.append(email.message_from_bytes(content, policy=email.policy.default))
        self._transports.append(server.transport)
        if answer == HANG:
            await asyncio.sleep(3600)
        if answer == DROP:
            server.transport.abort()  # type: ignore[union-attr]  # a connection is open
        return answer
