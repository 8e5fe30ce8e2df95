"""The database and what it tells of the daemon: reachable, of this version, alive, mail coming in.

Lives here: the check. Must not live here: SQL (``store``), migrating.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from jeeves.app.mailboxes import watched_in
from jeeves.assist.silence import is_unusual_silence
from jeeves.config.accounts import each_account, names_by_username
from jeeves.doctor.findings import fault, note, ok
from jeeves.errors import MigrationsNotRun
from jeeves.store.database import check_migrated, connect
from jeeves.store.embedded import EmbeddedPostgres
from jeeves.store.embedded_place import link_path
from jeeves.store.health import component_of
from jeeves.store.status import read_status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Engine

    from jeeves.config import Config
    from jeeves.doctor.findings import Finding
    from jeeves.store.report import StatusReport
    from jeeves.types import Arrivals

_BEAT_LATE: Final = timedelta(minutes=2)
_SYNC_LATE: Final = timedelta(hours=1)
_CANARY_LATE: Final = timedelta(days=2)


def look_at_database(config: Config, now: datetime) -> Iterator[Finding]:
    """Look at the database and at what stands in it; ``now`` is aware. Raises what opening it raises."""
    if not config.database.url and not (link_path(config.database.data_dir) / "cluster").exists():
        yield note("database", "It is not made yet; the first `jeeves run` makes it.")
        return
    with opened(config) as engine:
        try:
            check_migrated(engine)
        except MigrationsNotRun as error:
            yield ok("database", _place(config))
            yield fault("migrations", error.message, error.advice)
            return
        report = read_status(engine)
        yield ok("database", f"{_place(config)}, {report.database_bytes / 10**6:.0f} MB")
        yield ok("migrations", "It is of this version.")
        names = names_by_username(config)
        late = max(_SYNC_LATE, *(2 * each.mail.poll for each in each_account(config)))
        yield from judge_daemon(report, now, watched_in(config), names, late=late)
        for account, name in names.items():
            silence = judge_silence(report.arrivals_in.get(account), now)
            yield replace(silence, subject=component_of(silence.subject, name))
        if not names:
            yield judge_silence(report.arrivals, now)
        if config.health.canary:
            yield judge_canary(report.canary_at, now)


@contextmanager
def opened(config: Config) -> Iterator[Engine]:
    """Open the database as it is; ``app.databases`` would migrate it."""
    if config.database.url:
        engine = connect(config.database.url)
        try:
            yield engine
        finally:
            engine.dispose()
        return
    with EmbeddedPostgres(config.database.data_dir).running() as url:
        engine = connect(url)
        try:
            yield engine
        finally:
            engine.dispose()


def _place(config: Config) -> str:
    return "a server of your own" if config.database.url else f"embedded PostgreSQL in {config.database.data_dir}"


def judge_daemon(
    report: StatusReport,
    now: datetime,
    watched: Mapping[str, Collection[str]],
    names: Mapping[str, str] = MappingProxyType({}),
    *,
    late: timedelta = _SYNC_LATE,
) -> Iterator[Finding]:
    """Say whether the daemon works, and name every trouble it has now.

    ``watched``: account -> its folders that have to be up to date, read less than ``late`` ago. ``names``: of several
    mailboxes, what each is called, by account.
    """
    if not report.daemon_running:
        yield fault("daemon", "Jeeves is not running: nobody reads the mail.", "Start it: jeeves service install")
    elif report.heartbeat is None or now - report.heartbeat > _BEAT_LATE:
        yield fault("daemon", "Jeeves runs and gives no sign of life.", "Start it anew, and look at its log.")
    else:
        yield ok("daemon", "Jeeves runs.")
        for mailbox in report.mailboxes:
            if mailbox.folder not in watched.get(mailbox.account, ()):
                continue
            if mailbox.last_synced_at is not None and now - mailbox.last_synced_at > late:
                whose = f"{names[mailbox.account]} " if names else ""
                read = f"{whose}{mailbox.folder} was last read {_long(now - mailbox.last_synced_at)} ago."
                yield fault("daemon", read, "See what keeps it: jeeves status")
    for trouble in report.troubles:
        yield fault(trouble.component, trouble.message, trouble.advice or "See: jeeves status")


def judge_silence(arrivals: Arrivals | None, now: datetime) -> Finding:
    """Say how long no mail has come, and whether that is unusual for this mailbox."""
    if arrivals is None:
        return note("last mail", "None is stored yet.")
    quiet = now - arrivals.last
    if is_unusual_silence(arrivals, now):
        return fault(
            "last mail",
            f"None for {_long(quiet)}; the longest pause in the 60 days before was {_long(arrivals.longest_gap)}.",
            "Look into the mailbox with another program: is mail forwarded elsewhere, or filtered past mail.folders?",
        )
    return ok("last mail", f"{_long(quiet)} ago")


def judge_canary(came_through: datetime | None, now: datetime) -> Finding:
    """Say when the self-test last came through; what is wrong with it now is a trouble of its own."""
    if came_through is None:
        return note("self-test", "No canary has come through yet.")
    if now - came_through > _CANARY_LATE:
        return fault(
            "self-test", f"The last canary came through {_long(now - came_through)} ago.", "See: jeeves status"
        )
    return ok("self-test", f"A canary came through {_long(now - came_through)} ago.")


def _long(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    for name, unit in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"
