"""Reaching an IMAP server and signing in, and saying in one plain sentence why that failed.

Lives here: TCP, TLS and the translation of what they raise. Must not live here: mechanisms of sign-in
(``mail.imap_sign_in``), folders and messages (``mail.imap``).

No error carries the server's own words: they are foreign text, and some servers echo what they were sent.
"""

from __future__ import annotations

import logging
import socket
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from imapclient import IMAPClient
from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError

from jeeves.errors import MailHostUnknown, MailTlsFailed, MailUnavailable
from jeeves.mail.credentials import Credential
from jeeves.mail.imap_sign_in import sign_in
from jeeves.mail.imap_throttling import is_throttled, throttled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The library logs user names, commands and, at its most talkative, whole messages: none of our business to keep.
logging.getLogger("imapclient").setLevel(logging.WARNING)

# A peer that vanished without a word is noticed within a minute, also while nothing is said in IDLE; the probes keep
# the connection known to routers that forget silent ones. macOS has its own names for these.
_KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
_GOODBYE_TIMEOUT = 1.0  # seconds: a server that is gone must not hold up the end of the program


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapServer:
    """Where the mail is and how to get there."""

    host: str
    port: int
    tls: Literal["implicit", "starttls", "none"]
    ca_file: Path | None = None  # PEM certificates to trust instead of the system's
    timeout: float = 30.0  # seconds the server may stay silent: connecting, and at every read

    def __str__(self) -> str:
        """Name it the way error messages do."""
        return f"{self.host}:{self.port}"


def connect(server: ImapServer, username: str, password: str | Credential) -> IMAPClient:
    """Connect, secure the connection as configured, sign in, and return the client.

    ``password`` may be any ``Credential``, such as an access token; plain text is a password. Raises MailHostUnknown,
    MailUnavailable, MailTlsFailed, MailAuthFailed.
    """
    _check_host_name(server)
    context = None if server.tls == "none" else _tls_context(server)
    with _tls_failures(server), connection_failures(server):
        client = IMAPClient(
            server.host, server.port, ssl=server.tls == "implicit", ssl_context=context, timeout=server.timeout
        )
    try:
        _prepare(client)
        if server.tls == "starttls":
            with _tls_failures(server), connection_failures(server):
                client.starttls(context)
        with connection_failures(server):
            credential = password if isinstance(password, Credential) else Credential(secret=password)
            sign_in(client, server, username, credential)
    except BaseException:
        disconnect(client)
        raise
    return client


def disconnect(client: IMAPClient) -> None:
    """Let go of the connection without a word to the server; never raises."""
    with suppress(OSError, IMAPClientError):
        client.shutdown()


def hang_up(client: IMAPClient) -> None:
    """End a conversation another thread is in the middle of: its read comes to an end at once; never raises."""
    with suppress(OSError, ValueError):
        client.socket().shutdown(socket.SHUT_RDWR)


def say_goodbye(client: IMAPClient) -> None:
    """Log out, without waiting long for the answer; never raises."""
    with suppress(OSError, IMAPClientError, ValueError):
        client.socket().settimeout(_GOODBYE_TIMEOUT)
        client.logout()


@contextmanager
def connection_failures(server: ImapServer) -> Iterator[None]:
    """Translate what a conversation with ``server`` may raise.

    A ValueError or similar out of the library means an answer it could not read.
    """
    try:
        yield
    except socket.gaierror as error:
        raise _host_unknown(server) from error
    except TimeoutError as error:
        raise MailUnavailable(
            f"The mail server {server} did not answer within {server.timeout:g} seconds.",
            advice="Jeeves tries again by itself; if it stays so, check mail.host, mail.port and the network.",
        ) from error
    except ConnectionRefusedError as error:
        raise MailUnavailable(
            f"Nothing takes connections at {server}.",
            advice="Check mail.host and mail.port; if they are right, the server is down and Jeeves tries again.",
        ) from error
    except (OSError, IMAPClientAbortError) as error:
        if is_throttled(error):
            raise throttled(server) from error
        raise MailUnavailable(
            f"The connection to the mail server {server} broke off.", advice="Jeeves tries again by itself."
        ) from error
    except (IMAPClientError, ValueError, TypeError, LookupError, AttributeError) as error:
        if is_throttled(error):
            raise throttled(server) from error
        raise MailUnavailable(
            f"The mail server {server} refused a request or gave an answer that makes no sense.",
            advice="Jeeves tries again by itself; if it stays so, check that mail.port is an IMAP port.",
        ) from error


@contextmanager
def _tls_failures(server: ImapServer) -> Iterator[None]:
    """Translate what goes wrong while a connection is being secured; let everything else pass."""
    try:
        yield
    except MailUnavailable as unavailable:
        error = unavailable.__cause__
        if isinstance(error, ssl.SSLCertVerificationError):
            raise MailTlsFailed(
                f"The certificate of the mail server {server} cannot be trusted: {error.verify_message.rstrip('.')}.",
                advice="Check mail.host; for a server with its own authority, name its certificate in mail.ca_file.",
            ) from error
        if isinstance(error, CapabilityError):
            raise MailTlsFailed(
                f"The mail server {server} does not offer STARTTLS.",
                advice='Set mail.tls = "implicit", usually with mail.port = 993.',
            ) from error
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            raise MailTlsFailed(
                f"No secure connection could be agreed on with the mail server {server}.",
                advice='Check mail.port and mail.tls: port 993 goes with "implicit", port 143 with "starttls".',
            ) from error
        raise


def _host_unknown(server: ImapServer) -> MailHostUnknown:
    return MailHostUnknown(
        f"The mail server's name {server.host} is not known.",
        advice="Check mail.host for a typo, and whether this machine is connected to the internet.",
    )


def _check_host_name(server: ImapServer) -> None:
    """Refuse what cannot be a host name, "imap..example.org" for one: the resolver raises a UnicodeError on it."""
    try:
        server.host.encode("idna")
    except UnicodeError as error:
        raise _host_unknown(server) from error


def _tls_context(server: ImapServer) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=server.ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise MailTlsFailed(
            f"The file {server.ca_file} cannot be read as certificates.",
            advice="Point mail.ca_file to a PEM file, or leave it empty to trust what the system trusts.",
        ) from error


def _prepare(client: IMAPClient) -> None:
    client._imap.debug = 0  # noqa: SLF001 - the library sets 5 and then formats every message for its log
    client.folder_encode = False  # names are decoded in mail.fetched, which survives broken ones
    client.normalise_times = False  # keep the zone of INTERNALDATE
    connection = client.socket()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # small writes would wait 40 ms each
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds_or_count in _KEEPALIVE.items():
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), seconds_or_count)
