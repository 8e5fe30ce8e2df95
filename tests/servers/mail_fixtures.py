"""Fixtures: IMAP servers of every kind, and sources that read from them.

Lives here: what the contract and fault tests share, through their conftest. Must not live here: tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from jeeves.mail.imap import ImapSource
from tests.servers.certificates import Certificate, make_certificate
from tests.servers.dovecot import DovecotServer
from tests.servers.gmail_like import GmailLikeServer
from tests.servers.interface import PASSWORD, USERNAME, MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Literal


class SourceFactory(Protocol):
    """Makes sources that are closed when the test ends."""

    def __call__(
        self,
        server: MailServer,
        *,
        host: str = "127.0.0.1",
        tls: Literal["implicit", "starttls", "none"] = "none",
        ca_file: Path | None = None,
        password: str = PASSWORD,
        timeout: float = 30.0,
    ) -> ImapSource:
        """Return a source that reads the mailbox of ``server``."""
        ...


@pytest.fixture
def source_of() -> Iterator[SourceFactory]:
    sources: list[ImapSource] = []

    def make(
        server: MailServer,
        *,
        host: str = "127.0.0.1",
        tls: Literal["implicit", "starttls", "none"] = "none",
        ca_file: Path | None = None,
        password: str = PASSWORD,
        timeout: float = 30.0,
    ) -> ImapSource:
        sources.append(
            ImapSource(
                host=host,
                port=server.port,
                tls=tls,
                ca_file=ca_file,
                username=USERNAME,
                password=lambda: password,
                timeout=timeout,
            )
        )
        return sources[-1]

    yield make
    for source in sources:
        source.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Return a certificate for localhost, and for nothing else."""
    return make_certificate(tmp_path_factory.mktemp("certificate"), "localhost")


@pytest.fixture(params=["gmail-like", "dovecot"])
def server(request: pytest.FixtureRequest) -> Iterator[MailServer]:
    """Yield each kind of server in turn, without TLS and without mail."""
    with DovecotServer() if request.param == "dovecot" else GmailLikeServer({USERNAME: PASSWORD}) as running:
        yield running


@pytest.fixture(params=["gmail-like", "dovecot"])
def tls_server(request: pytest.FixtureRequest, certificate: Certificate) -> Iterator[MailServer]:
    """Yield each kind of server in turn, with TLS from the first byte."""
    if request.param == "dovecot":
        running: DovecotServer | GmailLikeServer = DovecotServer(certificate=certificate)
    else:
        running = GmailLikeServer({USERNAME: PASSWORD}, tls=certificate.server_context())
    with running:
        yield running


@pytest.fixture(params=["gmail-like", "dovecot"])
def starttls_server(request: pytest.FixtureRequest, certificate: Certificate) -> Iterator[MailServer]:
    """Yield each kind of server in turn, with TLS after STARTTLS."""
    if request.param == "dovecot":
        running: DovecotServer | GmailLikeServer = DovecotServer(certificate=certificate, starttls=True)
    else:
        running = GmailLikeServer({USERNAME: PASSWORD}, tls=certificate.server_context(), starttls=True)
    with running:
        yield running


@pytest.fixture
def gmail() -> Iterator[GmailLikeServer]:
    with GmailLikeServer({USERNAME: PASSWORD}) as running:
        yield running
