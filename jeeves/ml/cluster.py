"""A Dask cluster to share the work with, through joblib.

Lives here: connecting, refusing a cluster that would read mail along or compute something else, telling that it was
lost. Must not live here: what is computed, whether an address may be used (``cluster_address``), wording of commands.

Inside ``connected`` every ``joblib.Parallel`` runs on the cluster, with the result it has here. A task is a module's
function of arguments that can be pickled. Mail among them is wrapped in a ``Parcel``, because Dask writes arguments to
logs.
"""

from __future__ import annotations

import logging
import pickle
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from jeeves import __version__
from jeeves.errors import ClusterUnavailable, JeevesError, UserError
from jeeves.ml.cluster_address import demand_private, read_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PATIENCE: Final = 10  # seconds, for the scheduler to answer
WORKER_PATIENCE: Final = 10  # seconds, for a worker to be there
_INSTALL: Final = "Install it with: pip install 'jeeves-mail[dask]'"
_ALONE: Final = "What served before serves on. Run it again, or without --dask on this machine alone."
_START: Final = "Start it with `dask scheduler` and `dask worker` (docs/cluster.md), or leave --dask out."
_SAME: Final = "Install there what is installed here."
_CERTIFICATES: Final = (
    "Name the files in DASK_DISTRIBUTED__COMM__TLS__CA_FILE, DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and"
    " DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY (docs/cluster.md)."
)
_LARGE: Final = 100_000  # bytes, pickled, from which on an argument of several tasks is sent once
_TALKERS: Final = ("distributed", "distributed.client", "distributed.comm", "tornado", "tornado.application")


@dataclass(frozen=True, slots=True)
class Parcel:
    """Something on its way to a worker that no log may show."""

    content: Any = field(repr=False)


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
        stack.enter_context(joblib.parallel_config(backend=_backend(client)))
        try:
            yield Cluster(
                address=str(place),
                workers=len(processors),
                processors=sum(processors.values()),
                is_private=place.is_private and all(read_address(worker).is_private for worker in processors),
            )
        except KilledWorker as error:
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


def _backend(client: Any) -> Any:  # noqa: ANN401 - distributed is optional
    """Return joblib's way to the cluster, such that a worker may die and the cluster may have a single processor."""
    from joblib._dask import Batch, DaskDistributedBackend  # noqa: PLC0415 - imports distributed

    class Backend(DaskDistributedBackend):  # type: ignore[misc]  # joblib ships no types
        """Sends what is large once, and never takes the work for too little to send."""

        def __init__(self) -> None:
            """Begin with nothing sent."""
            super().__init__(client=client, wait_for_workers_timeout=WORKER_PATIENCE)
            self._sent: dict[int, tuple[object, object]] = {}  # by id: the thing itself, which keeps the id, and a key

        def effective_n_jobs(self, n_jobs: int = 1) -> int:
            """Return how many tasks run at a time; two at least, because joblib would run one here."""
            return max(int(super().effective_n_jobs(n_jobs)), 2)

        async def _to_func_args(self, func: Any) -> tuple[object, object]:  # noqa: ANN401 - joblib ships no types
            """Replace joblib's: it scatters arguments, and scattered data is lost with the worker that holds it."""
            tasks = [
                (work, [self._there(each) for each in given], {key: self._there(each) for key, each in named.items()})
                for work, given, named in func.items
            ]
            return Batch(tasks), tasks

        def _there(self, argument: object) -> object:
            """Return what stands for a large argument: the result of a task, which is done again when it is lost."""
            if id(argument) in self._sent:
                return self._sent[id(argument)][1]
            if isinstance(argument, Parcel) or len(pickle.dumps(argument)) < _LARGE:
                return argument
            stand_in = client.submit(_unpacked, Parcel(argument), pure=False)
            self._sent[id(argument)] = argument, stand_in
            return stand_in

    return Backend()


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


def _unpacked(parcel: Parcel) -> Any:  # noqa: ANN401 - whatever was sent
    return parcel.content
