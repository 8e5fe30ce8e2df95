"""joblib's way to a Dask cluster, mended: workers may die, one processor is enough, and nobody waits for ever.

Lives here: how tasks and their arguments are sent, and who hears how they ended. Must not live here: connecting
(``cluster``), what is computed. Whoever imports this imports Dask, an optional extra.
"""

from __future__ import annotations

import pickle
from concurrent.futures import InvalidStateError
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from joblib._dask import Batch, DaskDistributedBackend

from jeeves.ml.parcel import Parcel

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

_LARGE: Final = 100_000  # bytes, pickled, from which on an argument of several tasks is sent once


class Backend(DaskDistributedBackend):  # type: ignore[misc]  # joblib ships no types
    """Sends what is large once, never takes the work for too little to send, and tells of every failure."""

    def __init__(self, client: Any, *, patience: int) -> None:  # noqa: ANN401 - Dask is optional
        """Begin with nothing sent; wait ``patience`` seconds for a first worker."""
        super().__init__(client=client, wait_for_workers_timeout=patience)
        self._sent: dict[int, tuple[object, object]] = {}  # by id: the thing itself, which keeps the id, and a key
        self._awaited: set[Future[object]] = set()

    def effective_n_jobs(self, n_jobs: int = 1) -> int:
        """Return how many tasks run at a time; two at least, because joblib would run one here."""
        return max(int(super().effective_n_jobs(n_jobs)), 2)

    def submit(self, func: object, callback: Callable[[object], object]) -> Future[object]:
        """Do as joblib does, and tell of failures too: of these it only takes note, and waits for ever."""
        awaited: Future[object] = super().submit(func, callback)
        self._awaited.add(awaited)

        def tell(done: Future[object]) -> None:
            self._awaited.discard(done)
            if (error := done.exception()) is not None:
                callback(error)

        awaited.add_done_callback(tell)
        return awaited

    def retrieve_result_callback(self, out: object) -> object:
        """Return what a task returned, or raise what went wrong."""
        if isinstance(out, BaseException):
            raise out
        return super().retrieve_result_callback(out)

    def give_up(self) -> None:
        """Tell whoever waits for a task that it will not come back."""
        for awaited in tuple(self._awaited):
            with suppress(InvalidStateError):  # it came back in this very moment
                awaited.set_exception(ConnectionError("the cluster is gone"))

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
        stand_in = self.client.submit(_unpacked, Parcel(argument), pure=False)
        self._sent[id(argument)] = argument, stand_in
        return stand_in


def _unpacked(parcel: Parcel) -> Any:  # noqa: ANN401 - whatever was sent
    return parcel.content
