"""A daemon's threads in this process: real mail server, real database, real classifier, alerts into a list.

Lives here: what the tests and the benchmark of the push share. Must not live here: expectations.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Self

import structlog
from sqlalchemy import text

from jeeves.app.building import build
from jeeves.app.clock import utc_now
from jeeves.app.databases import Database
from jeeves.assist.schedule import backoff_delay
from jeeves.config import load_config
from jeeves.daemon import Runner, SoleDaemon, Watcher
from jeeves.daemon.delivering import Deliverer
from jeeves.daemon.guard import MailHealth
from jeeves.errors import DeliveryUnconfirmed
from jeeves.mail.imap import ImapSource
from jeeves.mail.watch import Timing, share_out
from jeeves.store.database import connect
from jeeves.types import Receipt
from tests.acceptance.installation import PASSWORD, PROPOSAL, USER, letter, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta
    from pathlib import Path
    from types import TracebackType

    from jeeves.types import Notification

__all__ = ["PASSWORD", "QUICK", "USER", "Life", "proposal"]

QUICK = Timing(sweep=60, idle=1.0, refused=3.0, steady=60.0)  # a dead connection shows within one IDLE of a second


def proposal(number: int) -> bytes:
    """Return a message that wants an alert, and whose alert can be told from others' by ``Ada{number}.``."""
    return letter(number, PROPOSAL, sender=f"Ada{number} <ada{number}@example.org>")


_SILENT = structlog.wrap_logger(
    structlog.ReturnLogger(), wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)
)


class Recorder:
    """A channel that notes when it was handed which alert."""

    def __init__(self) -> None:
        self.alerts: list[tuple[float, str]] = []

    def send(self, notification: Notification) -> Receipt:
        self.alerts.append((time.perf_counter(), notification.body))
        return Receipt(delivered=True)

    def find(self, notification: Notification) -> Receipt | None:
        raise DeliveryUnconfirmed(notification.reference)


class Life:
    """Watchers from start to stop; a context manager that fails when a watcher died or would not end."""

    def __init__(  # noqa: PLR0913 - one setting each, all named
        self,
        folder: Path,
        database_url: str,
        port: int,
        *,
        folders: Sequence[str] = ("INBOX",),
        timing: Timing = QUICK,
        timeout: float = 1.0,
        backoff: Callable[[int, float], timedelta] = backoff_delay,
    ) -> None:
        config = folder / "jeeves.toml"
        named = ", ".join(f'"{name}"' for name in folders)
        config.write_text(
            f'[mail]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\nusername = "{USER}"\nfolders = [{named}]\n',
            encoding="utf-8",
        )
        self.engine = connect(database_url)
        self.recorder = Recorder()
        self.errors: list[BaseException] = []
        self._sole = SoleDaemon(self.engine)
        app = build(load_config(config), Database(engine=self.engine, revive=None))
        app = replace(app, notifiers={"console": self.recorder})
        self.runner = Runner(app, sole=self._sole, clock=utc_now, random=lambda: 0.9, log=_SILENT)
        health = MailHealth(self.engine, utc_now)
        groups = share_out(folders, 8)
        sources = [
            ImapSource(
                host="127.0.0.1", port=port, tls="none", username=USER, password=lambda: PASSWORD, timeout=timeout
            )
            for _ in groups
        ]
        self._watchers = [
            Watcher(self.runner, source, group, health=health, timing=timing, backoff=backoff)
            for source, group in zip(sources, groups, strict=True)
        ]
        self._deliverer = Deliverer(self.runner)
        work = [*(watcher.run for watcher in self._watchers), self._deliverer.run]
        self._threads = [threading.Thread(target=self._run, args=(each,)) for each in work]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for watcher in self._watchers:
            watcher.stop()
        self._deliverer.stop()
        for thread in self._threads:
            thread.join(timeout=10)
        self._sole.__exit__()
        self.engine.dispose()
        if kind is None:
            assert not any(thread.is_alive() for thread in self._threads)
            assert self.errors == []

    def alerted(self, number: int) -> list[float]:
        """Return when the alert for ``proposal(number)`` was handed over: once, if all is well."""
        return [at for at, body in self.recorder.alerts if f"Ada{number} " in body or f"Ada{number}:" in body]

    def wait_for_alert(self, number: int, seconds: float = 40.0) -> float:
        """Return when ``proposal(number)`` was alerted."""
        wait_until(lambda: bool(self.alerted(number)), seconds=seconds)
        return self.alerted(number)[0]

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        with self.engine.connect() as connection:
            found: int = connection.execute(text(f"select count(*) from {table}")).scalar_one()  # noqa: S608 - ours
        return found

    def trouble(self) -> str | None:
        """Return what the status says is wrong with mail now."""
        with self.engine.connect() as connection:
            row = connection.execute(
                text("select error from health where component = 'mail' and cleared_at is null")
            ).one_or_none()
        return None if row is None else row.error

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - shown when the life ends
            self.errors.append(error)
