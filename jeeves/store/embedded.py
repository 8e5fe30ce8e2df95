"""The PostgreSQL that comes with Jeeves: started by whoever needs it first, stopped when the last user leaves.

Lives here: who may do what when, by three locks. Must not live here: SQL, schema, command lines, folders.

``postgresql.lock`` in data_dir: held alone while anyone joins, leaves, starts or stops.
``users.lock``: held shared by every user; who can get it alone is the last.
``server.lock``: inherited by every process of the server; free means that none is alive.
The kernel drops each with its holder, so kill -9 of anything leaves nothing to tidy up.
See docs/decisions/0002-embedded-postgresql.md.
"""

from __future__ import annotations

import errno
import shutil
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from jeeves.errors import DatabaseUnavailable, UserError
from jeeves.store import embedded_lock, embedded_place, embedded_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jeeves.store.embedded_place import Place

_TURN_SECONDS = 120  # a first start on a slow SD card takes 20 s; others queue behind it
_START_SECONDS = 60  # recovery after a power cut reads up to max_wal_size
_START_ATTEMPTS = 3
_RETRY_SECONDS = 0.5
_STOP_MODES = (("fast", 20), ("immediate", 10))  # the second recovers at the next start, as after a power cut
_FULL = (errno.ENOSPC, errno.EDQUOT)


class EmbeddedPostgres:
    """One PostgreSQL below ``data_dir``, shared by all processes of its owner. Holds no state: use it from anywhere."""

    def __init__(
        self,
        data_dir: Path,
        *,
        settings: Mapping[str, str] | None = None,
        shelter: Path = embedded_place.SHELTER,
    ) -> None:
        """Name the folder it lives in; nothing happens yet.

        ``settings`` are server settings of one's own, which count when this process starts the server. ``shelter`` is
        where root keeps clusters whose ``data_dir`` the demoted PostgreSQL cannot enter.
        """
        self._data_dir = data_dir.expanduser().resolve()
        self._settings = dict(settings or {})
        self._shelter = shelter

    @contextmanager
    def running(self) -> Iterator[str]:
        """Use the server for the length of the block: start it if nobody has, stop it if nobody is left.

        Yields the SQLAlchemy URL of the database ``jeeves``. Raises UserError when the place is unfit (not writable,
        another major version), DatabaseUnavailable when the server does not start, stop or get its turn.
        """
        with ExitStack() as stack:
            with self._turn() as place:
                users = stack.enter_context(embedded_lock.opened(place.users_lock))
                embedded_lock.take_shared(users)
                stack.callback(self._leave, users)
                self._ensure(place)
            yield place.url

    def ensure_running(self) -> None:
        """Start the server again if it was killed; for users inside ``running``. Raises as ``running`` does."""
        with self._turn() as place:
            self._ensure(place)

    def remove(self) -> None:
        """Delete the cluster with all its data, stopping a server that nobody uses.

        Raises DatabaseUnavailable while it is in use. What stays is an empty lock file in data_dir.
        """
        with self._turn() as place:
            with embedded_lock.opened(place.users_lock) as users:
                if not embedded_lock.take_alone(users):
                    raise DatabaseUnavailable("The database is in use.", advice="Stop Jeeves first.")
                self._stop(place)
            shutil.rmtree(place.home)
            shutil.rmtree(place.socket, ignore_errors=True)  # only there when the path was too long
            embedded_place.link_path(self._data_dir).unlink(missing_ok=True)
            for log in self._data_dir.glob("postgresql.log*"):
                log.unlink()

    @contextmanager
    def _turn(self) -> Iterator[Place]:
        with self._disk_errors_explained(), ExitStack() as stack:
            embedded_place.make_data_dir(self._data_dir)
            gate = stack.enter_context(embedded_lock.opened(self._data_dir / "postgresql.lock"))
            if not embedded_lock.take_alone(gate, seconds=_TURN_SECONDS):
                raise DatabaseUnavailable(
                    f"Another Jeeves has been starting or stopping the database for {_TURN_SECONDS} s.",
                    advice="Look for a Jeeves that hangs, and end it.",
                )
            yield embedded_place.settle(self._data_dir, self._shelter)

    @contextmanager
    def _disk_errors_explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in _FULL:
                raise embedded_server.no_space_left() from error
            raise UserError(
                f"database.data_dir: {self._data_dir} cannot be used: {error.strerror}.",
                advice="Set database.data_dir to a folder you may write to, such as ~/.local/share/jeeves.",
            ) from error

    def _ensure(self, place: Place) -> None:
        deadline = time.monotonic() + _START_SECONDS
        log_start = embedded_server.log_size(place.log)
        attempts = 0
        while not embedded_server.accepts_connections(place):
            with embedded_lock.opened(place.server_lock) as server:
                if embedded_lock.take_alone(server):  # no process of the server is alive
                    if attempts == _START_ATTEMPTS:
                        break
                    time.sleep(_RETRY_SECONDS if attempts else 0)
                    attempts += 1
                    embedded_server.make_cluster(place, server, self._settings)
                    embedded_server.spawn(place, server, self._settings)
            if time.monotonic() > deadline:
                break
            time.sleep(embedded_lock.POLL_SECONDS)
        else:
            return
        raise embedded_server.explain_failure(embedded_server.read_log(place.log, log_start), place)

    def _leave(self, users: int) -> None:
        with self._turn() as place, ExitStack() as stack:
            stack.callback(embedded_lock.give_up, users)  # within the turn: who joins next counts on it
            if embedded_lock.take_alone(users):
                self._stop(place)

    def _stop(self, place: Place) -> None:
        with embedded_lock.opened(place.server_lock) as server:
            if embedded_lock.take_alone(server):
                return
            # One that recovers from the death of a child would not stop: the fast way it starts no checkpointer any
            # more, for which the recovery waits. It has nothing to lose.
            recovers = not embedded_server.accepts_connections(place)
            for mode, seconds in _STOP_MODES[1:] if recovers else _STOP_MODES:
                embedded_server.order_stop(place, mode, seconds)
                if embedded_lock.take_alone(server, seconds=seconds):
                    return
        raise DatabaseUnavailable(
            "The embedded PostgreSQL does not stop.", advice=f"The last lines of {place.log} say why."
        )
