"""The processes of an embedded PostgreSQL: make a cluster, start it, ask it, stop it.

Lives here: command lines and what their failures mean. Must not live here: who may call them when.
Callers hold the server lock and pass it on, so that it stays held until the last child has died.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2

from jeeves.errors import DatabaseUnavailable, UserError
from jeeves.store.embedded_lock import open_private
from jeeves.store.embedded_place import MAJOR_VERSION, drop_old_programs, make_private

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jeeves.store.embedded_place import Place

LONGEST_LOG_BYTES = 1_000_000
_LEAST_FREE_BYTES = 1_000_000
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}  # no PG* variable of the owner's may leak in
# Modest, for a Raspberry Pi; https://www.postgresql.org/docs/18/runtime-config.html explains each
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": "5432",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_buffers": "32MB",
    "max_connections": "20",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "io_method": "sync",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "client_connection_check_interval": "5s",  # a killed upgrade does not go on, and keep the next one waiting
    # the log tells of the server's life, never of statements: those hold mail
    "logging_collector": "off",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


def make_cluster(place: Place, lock: int, settings: Mapping[str, str]) -> None:
    """Create the cluster with its database ``jeeves``, unless it is there; a half-made one is thrown away.

    Raises UserError when another major version made it, DatabaseUnavailable when it cannot be made.
    """
    if place.cluster.exists():
        _check_version(place.cluster)
        return
    half_made = place.home / "half-made-cluster"
    if half_made.exists():
        shutil.rmtree(half_made)
    make_private(half_made, place.account)
    # the built-in C.UTF-8 sorts the same on every operating system, and after its upgrades
    initdb: list[str | Path] = [
        place.programs / "initdb",
        "-D",
        half_made,
        "-U",
        "jeeves",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
    ]
    initdb += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
    if settings.get("fsync") == "off":
        initdb += ["--no-sync"]
    single: list[str | Path] = [
        place.programs / "postgres",
        "--single",
        "-D",
        half_made,
        "-c",
        "exit_on_error=on",
        "postgres",
    ]
    _run(place, lock, initdb)
    _run(place, lock, single, statement="CREATE DATABASE jeeves\n")
    half_made.rename(place.cluster)


def spawn(place: Place, lock: int, settings: Mapping[str, str]) -> None:
    """Start the server without waiting for it; it outlives us, our terminal and our output files."""
    _clear_traces(place)
    drop_old_programs(place)
    _rotate(place.log)
    argv = [str(place.programs / "postgres"), "-D", str(place.cluster), "-k", str(place.socket)]
    for name, value in (_SETTINGS | dict(settings)).items():
        argv += ["-c", f"{name}={value}"]
    # the shell leaves at once, so the server is init's child: nobody here has to wait for it
    detach = ["/bin/sh", "-c", '"$@" &', "sh", *argv]
    _execute(place, lock, detach)


def accepts_connections(place: Place) -> bool:
    """Tell whether the server answers within 5 s."""
    try:
        connection = psycopg2.connect(
            host=str(place.socket), port=5432, user="jeeves", dbname="jeeves", connect_timeout=5
        )
    except psycopg2.OperationalError:
        return False
    connection.close()
    return True


def order_stop(place: Place, mode: str, seconds: int) -> None:
    """Tell the server to stop ("fast" or "immediate") and wait up to ``seconds``; the server lock shows the outcome."""
    argv = [str(place.programs / "pg_ctl"), "stop", "-D", str(place.cluster), "-m", mode, "-w", "-t", str(seconds)]
    _execute(place, None, argv)


def explain_failure(output: str, place: Place) -> DatabaseUnavailable:
    """Turn what initdb or the server said last into one sentence and a remedy."""
    complaints = ("No space left on device", "Disk quota exceeded", "Check free disk space")
    # a full disk may have swallowed the complaint itself
    if any(complaint in output for complaint in complaints) or shutil.disk_usage(place.home).free < _LEAST_FREE_BYTES:
        return no_space_left()
    return DatabaseUnavailable(
        "The embedded PostgreSQL does not start.",
        advice=f"The last lines of {place.log} say why.",
    )


def no_space_left() -> DatabaseUnavailable:
    """Say that the disk is full, and what to do."""
    return DatabaseUnavailable(
        "The embedded PostgreSQL cannot run: no space is left on the device.",
        advice="Free some space (100 MB is enough to start), or move database.data_dir to a larger disk.",
    )


def read_log(log: Path, start: int) -> str:
    """Return what was logged from byte ``start`` on; everything, when the log was rotated meanwhile."""
    with log.open("rb") as file:
        file.seek(start if start <= log.stat().st_size else 0)
        return file.read(LONGEST_LOG_BYTES).decode(errors="replace")


def log_size(log: Path) -> int:
    """Return the log's length in bytes, 0 when there is none."""
    return log.stat().st_size if log.exists() else 0


def _check_version(cluster: Path) -> None:
    made_by = (cluster / "PG_VERSION").read_text().strip()
    if made_by != str(MAJOR_VERSION):
        raise UserError(
            f"The database in {cluster} was made by PostgreSQL {made_by}; this Jeeves brings version {MAJOR_VERSION}.",
            advice=f"Dump it with PostgreSQL {made_by} and load it into a fresh database.data_dir.",
        )


def _run(place: Place, lock: int, argv: list[str | Path], *, statement: str = "") -> None:
    before = log_size(place.log)
    status = _execute(place, lock, [str(argument) for argument in argv], statement)
    if status != 0:
        raise explain_failure(read_log(place.log, before), place)


def _execute(place: Place, lock: int | None, argv: list[str], statement: str = "") -> int:
    with _log_descriptor(place.log) as log:
        return subprocess.run(  # noqa: S603 - programs of the wheel with arguments made here
            argv,
            check=False,
            input=statement.encode(),
            stdout=log,
            stderr=log,
            cwd="/",
            env=_ENVIRONMENT,
            umask=0o077,
            start_new_session=True,  # Ctrl-C at the terminal is not for the server
            pass_fds=() if lock is None else (lock,),
            **place.demotion,
        ).returncode


@contextmanager
def _log_descriptor(log: Path) -> Iterator[int]:
    descriptor = open_private(log, os.O_WRONLY | os.O_APPEND)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _rotate(log: Path) -> None:
    if log_size(log) > LONGEST_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))


def _clear_traces(place: Place) -> None:
    """Remove what a killed server left behind, lest its process number, now another's, keeps the next from starting.

    PostgreSQL takes any live process of the same user for a server (CreateLockFile in miscinit.c): after a power cut
    the number in postmaster.pid is often in use again. The server lock proves that none of ours is alive; a server
    somebody started by hand is recognised by its command line, where /proc tells it.
    """
    for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
        (place.socket / name).unlink(missing_ok=True)
    pid_file = place.cluster / "postmaster.pid"
    if pid_file.exists() and not _may_be_postgres(pid_file.read_text().partition("\n")[0]):
        pid_file.unlink()


def _may_be_postgres(pid: str) -> bool:
    processes = Path("/proc")
    if not (processes / "self").exists():
        return True  # macOS: leave it to PostgreSQL
    try:
        return b"postgres" in (processes / pid / "cmdline").read_bytes()  # empty for a zombie
    except OSError:
        return False
