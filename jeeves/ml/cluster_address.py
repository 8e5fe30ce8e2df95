"""Where a Dask cluster is, and whether mail may go there.

Lives here: reading an address and judging it, as plain functions. Must not live here: connecting (``cluster``).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jeeves.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable

_ADDRESS: Final = re.compile(
    r"(?:(?P<scheme>tcp|tls)://)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+):(?P<port>[0-9]{1,5})"
)
_MOST: Final = 2**16 - 1  # of ports
_FORM: Final = "Write it as the scheduler prints it when it starts: tls://HOST:PORT, or tcp://HOST:PORT."
_REMEDY: Final = (
    "Give the cluster certificates and use tls:// (docs/cluster.md), or say --dask-unencrypted where nobody else is on"
    " that network: whoever is can read along, and run programs here as you."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterAddress:
    """One end of a connection of Dask's."""

    scheme: str  # tcp or tls
    host: str  # name or IP address, IPv6 without brackets
    port: int  # 1 .. 65535

    def __str__(self) -> str:
        """Return it as Dask writes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def is_private(self) -> bool:
        """Whether what goes there stays on this machine, or is encrypted on its way."""
        return self.scheme == "tls" or _is_loopback(self.host)


def read_address(written: str) -> ClusterAddress:
    """Return the address that ``written`` means; without a scheme it is tcp, as Dask has it.

    Raises UserError when it is none: Dask's other protocols and files neither tell who listens nor encrypt.
    """
    found = _ADDRESS.fullmatch(written)
    if found is None or not 1 <= int(found["port"]) <= _MOST:
        raise UserError("That is not the address of a Dask scheduler.", advice=_FORM)
    return ClusterAddress(
        scheme=found["scheme"] or "tcp", host=found["host"].strip("[]").lower(), port=int(found["port"])
    )


def demand_private(scheduler: ClusterAddress, workers: Iterable[str] = ()) -> None:
    """Raise UserError when mail would leave this machine in the clear, for the scheduler or one of its ``workers``.

    A scheduler on this machine may well have workers on others.
    """
    if not scheduler.is_private:
        raise UserError(f"Mail would go to {scheduler} unencrypted.", advice=_REMEDY)
    if any(not read_address(worker).is_private for worker in workers):
        raise UserError(
            f"{scheduler} has workers on other machines, and mail would go to them unencrypted.", advice=_REMEDY
        )


def _is_loopback(host: str) -> bool:
    """Tell by the name alone: what a name resolves to may be another machine a moment later."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
