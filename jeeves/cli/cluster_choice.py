"""The Dask cluster a command may work on: ``--dask ADDRESS``.

Lives here: the options, what is said of where mail goes, the cluster they lead to. Must not live here: what is
computed there.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jeeves.ml.cluster import Cluster

_ADDRESS: Final = click.option(
    "--dask",
    metavar="ADDRESS",
    help="Work on the Dask cluster whose scheduler is there (tls://HOST:PORT); your mail goes to its machines.",
)
_UNENCRYPTED: Final = click.option(
    "--dask-unencrypted", is_flag=True, help="Let mail go to other machines without encryption (tcp://HOST:PORT)."
)


def cluster_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--dask`` and ``--dask-unencrypted`` to a command; they arrive as ``dask`` and ``dask_unencrypted``."""
    return _ADDRESS(_UNENCRYPTED(command))


@contextmanager
def chosen_cluster(dask: str | None, *, unencrypted: bool) -> Iterator[Cluster | None]:
    """Connect to the cluster at ``dask``, and say on standard error that mail goes there; None: none was asked for.

    Raises as ``cluster.connected`` does.
    """
    if dask is None:
        if unencrypted:
            raise click.UsageError("--dask-unencrypted means nothing without --dask.")
        yield None
        return
    from jeeves.ml.cluster import connected  # noqa: PLC0415 - --help must not pay for it

    with connected(dask, unencrypted=unencrypted) as cluster:
        click.echo(_notice(cluster), err=True)
        yield cluster


def _notice(cluster: Cluster) -> str:
    workers = "1 worker" if cluster.workers == 1 else f"{cluster.workers} workers"
    manner = "" if cluster.is_private else ", unencrypted"
    return (
        f"Mail goes to the {workers} of {cluster.address}{manner}: whoever runs a\n"
        "program there can read it. Only use machines of your own."
    )
