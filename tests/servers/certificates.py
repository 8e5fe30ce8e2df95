"""Certificates for servers under test, made on the spot.

Lives here: a throw-away authority and what it signs. Must not live here: any server.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A server's certificate, as PEM files."""

    authority: Path  # what a client has to trust
    chain: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """Return what a server needs to present it."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.chain, self.key)
        return context


def make_certificate(directory: Path, *names: str) -> Certificate:
    """Make an authority of our own and a certificate for ``names`` (host names or addresses) signed by it."""
    authority = trustme.CA()
    issued = authority.issue_cert(*names)
    certificate = Certificate(
        authority=directory / "authority.pem", chain=directory / "chain.pem", key=directory / "key.pem"
    )
    authority.cert_pem.write_to_path(certificate.authority)
    issued.private_key_pem.write_to_path(certificate.key)
    for position, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(certificate.chain, append=position > 0)
    return certificate
