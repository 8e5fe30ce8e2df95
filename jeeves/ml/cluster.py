"""A Dask cluster to share the work with, through joblib.

Lives here: connecting, refusing a cluster that would read mail along or compute something else, telling that it was
lost. Must not live here: what is computed, whether an address may be used (``cluster_address``), how tasks are sent
(``cluster_backend``), wording of commands.

Inside ``connected`` every ``joblib.Parallel`` runs on the cluster, with the result it has here. A task is a module's
function of arguments that can be pickled. Mail among them is wrapped in a ``Parcel``, because Dask writes arguments to
logs.
"""

from __future__ import annotations

import logging
import threading
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from jeeves import __version__
from jeeves.errors import ClusterUnavailable, JeevesError, UserError
from jeeves.ml.cluster_address import demand_private, read_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jeeves.ml.cluster_backend import Backend

PATIENCE: Final = 10  # seconds, for the scheduler to answer
WORKER_PATIENCE: Final = 10  # seconds, for a worker to be there
_LOOK_EVERY: Final = 0.5  # seconds between two looks at whether the cluster is still there
_INSTALL: Final = "Install it with: pip install 'jeeves-mail[dask]'"
_ALONE: Final = "What served before serves on. Run it again, or without --dask on this machine alone."
_START: Final = "Start it with `dask scheduler` and `dask worker` (docs/cluster.md), or leave --dask out."
_SAME: Final = "Install there what is installed here."
_CERTIFICATES: Final = (
    "Name the files in DASK_DISTRIBUTED__COMM__TLS__CA_FILE, DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and"
    " DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY (docs/cluster.md)."
)
_TALKERS: Final = ("distributed", "distributed.client", "distributed.comm", "tornado", "tornado.application")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A cluster that was found fit for the work."""

    address: str
    workers: int
    processors: int  # tasks it runs at a time
    is_private: bool  # whether what goes there is encrypted, or stays on this machine


@contextmanager
def connected(address: str, *, unencrypted: bool = False) -> Iterator[Cluster]:
    """Let ``joblib.Parallel`` run on the cluster whose scheduler is at ``address`` (``tls://HOST:PORT``).

    ``unencrypted``: whether mail may go to other machines in the clear. Certificates are those of Dask's own settings
    (https://distributed.dask.org/en/stable/tls.html). Raises UserError when the address is none, when mail would go
    out in the clear, when Dask is not installed here or when workers run another Jeeves, Python, scikit-learn, NumPy
    or Dask; ClusterUnavailable when there is no answer within ``PATIENCE``, no worker, or, later on, no cluster any
    more.
    """
    place = read_address(address)
    if not unencrypted:
        demand_private(place)
    try:
        import dask  # noqa: PLC0415 - an optional extra, and a second to import
        import joblib  # noqa: PLC0415
        from distributed import KilledWorker  # noqa: PLC0415

        from jeeves.ml.cluster_backend import Backend  # noqa: PLC0415
    except ImportError as error:
        raise UserError("--dask needs Dask, which is not installed.", advice=_INSTALL) from error
    for name in _TALKERS:  # they write whole tracebacks where one sentence will be
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        stack.enter_context(dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"}))
        client = _client(str(place), encrypted=place.scheme == "tls")
        stack.callback(client.close)
        processors = _workers(client, str(place))
        if not unencrypted:
            demand_private(place, processors)
        _demand_alike(client)
        backend = Backend(client, patience=WORKER_PATIENCE)
        stack.enter_context(_watched(client, backend))
        stack.enter_context(joblib.parallel_config(backend=backend))
        stack.enter_context(_telling_of_loss(client, str(place), KilledWorker))
        yield Cluster(
            address=str(place),
            workers=len(processors),
            processors=sum(processors.values()),
            is_private=place.is_private and all(read_address(worker).is_private for worker in processors),
        )


@contextmanager
def _telling_of_loss(client: Any, place: str, killed: type[Exception]) -> Iterator[None]:  # noqa: ANN401 - distributed is optional
    """Raise ClusterUnavailable for whatever the loss of the cluster at ``place`` makes the block raise.

    ``killed`` is what Dask raises for a task that workers died on.
    """
    try:
        yield
    except killed as error:
        raise ClusterUnavailable(
            f"Worker after worker of {place} died on the same task, likely for want of memory.", advice=_ALONE
        ) from error
    except JeevesError:
        raise
    except TimeoutError as error:
        raise ClusterUnavailable(f"{place} has no worker any more.", advice=_ALONE) from error
    except Exception as error:  # which one depends on the moment it happens
        if client.status == "running":
            raise
        raise ClusterUnavailable(f"The connection to {place} was lost.", advice=_ALONE) from error


@contextmanager
def _watched(client: Any, backend: Backend) -> Iterator[None]:  # noqa: ANN401 - distributed is optional
    """Give up what is awaited once ``client`` has given up: of what was being sent in that moment nobody tells."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_EVERY):
            if client.status == "closed":
                backend.give_up()

    thread = threading.Thread(target=watch, name="cluster", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _client(address: str, *, encrypted: bool) -> Any:  # noqa: ANN401 - as above
    from distributed import Client  # noqa: PLC0415 - an optional extra

    security = _security(encrypted=encrypted)
    with warnings.catch_warnings():  # of other versions: ``_demand_alike`` refuses them with a remedy
        warnings.simplefilter("ignore")
        try:
            return Client(address, timeout=PATIENCE, security=security, set_as_default=False, name="jeeves")
        except OSError as error:
            raise ClusterUnavailable(
                f"No Dask scheduler answered at {address} within {PATIENCE} seconds.", advice=_START
            ) from error
        except RuntimeError as error:  # Dask's own settings ask for encryption
            raise UserError(f"Dask is set up here not to talk to {address}, which is not encrypted.") from error


def _security(*, encrypted: bool) -> Any:  # noqa: ANN401 - as above
    """Return Dask's own settings; where the address says tls they must hold certificates that can be read."""
    from distributed.security import Security  # noqa: PLC0415 - an optional extra

    if not encrypted:
        return Security()
    security = Security(require_encryption=True)
    try:
        context = security.get_connection_args("client")["ssl_context"]
    except (OSError, ValueError) as error:
        raise UserError("The certificates for Dask cannot be read.", advice=_CERTIFICATES) from error
    if context is None:
        raise UserError("tls:// needs certificates.", advice=_CERTIFICATES)
    return security


def _workers(client: Any, address: str) -> Mapping[str, int]:  # noqa: ANN401 - as above
    """Return how many tasks each worker runs at a time."""
    try:
        client.wait_for_workers(1, timeout=WORKER_PATIENCE)
    except TimeoutError as error:
        raise ClusterUnavailable(
            f"The Dask scheduler at {address} has no worker.",
            advice=f"Start one with: dask worker {address} --nworkers auto --nthreads 1",
        ) from error
    found: Mapping[str, int] = client.ncores()
    return found


def _demand_alike(client: Any) -> None:  # noqa: ANN401 - as above
    """Raise UserError when a worker would compute something else than this machine, naming the first difference.

    Which Python and Dask it is comes first: another one could not even read the question that follows.
    """
    versions = client.get_versions()
    for worker in versions["workers"].values():
        _demand_same(_platform(versions["client"]), _platform(worker))
    for answer in client.run(_inquiry(), on_error="return").values():
        if not isinstance(answer, dict):
            raise UserError(f"A worker of the cluster has no Jeeves {__version__}, or cannot start it.", advice=_SAME)
        _demand_same(_inquiry()(), answer)


def _demand_same(here: Mapping[str, str], there: Mapping[str, str]) -> None:
    for name, version in here.items():
        if there.get(name) != version:
            raise UserError(
                f"A worker of the cluster has {name} {there.get(name)}, here it is {version}: the result would not be"
                " the same.",
                advice=_SAME,
            )


def _platform(found: Mapping[str, Any]) -> dict[str, str]:
    python = dict(found["host"])["python"]
    return {"Python": ".".join(python.split(".")[:2]), "Dask": found["packages"]["distributed"]}


def _inquiry() -> Callable[[], dict[str, str]]:
    """Return a function that goes to a worker as it is, whether Jeeves is installed there or not."""

    def ask() -> dict[str, str]:
        from importlib.metadata import version  # noqa: PLC0415 - runs on the worker

        from jeeves import __version__ as jeeves  # noqa: PLC0415
        from jeeves.ml.features import VERSION  # noqa: PLC0415

        libraries = {name: version(name) for name in ("scikit-learn", "numpy", "scipy", "joblib")}
        return {"Jeeves": jeeves, "Jeeves's features": VERSION} | libraries

    return ask
