"""The database, opened: the configured one, or the embedded one, started.

Lives here: opening and migrating. Must not live here: what is read and written (``store``), and nothing that a command
needs which only looks into the database: no mail server, no model, no channel.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from jeeves.app.clock import utc_now
from jeeves.keeping import keep_before_upgrade
from jeeves.store.database import check_migrated, migrate
from jeeves.store.database import connect as connect_database
from jeeves.store.embedded import EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from jeeves.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An open, migrated database."""

    engine: Engine
    revive: Callable[[], None] | None  # starts an embedded server again that was killed; None for another's


@contextmanager
def open_database(config: Config, *, upgrading: Callable[[], None] | None = None) -> Iterator[Database]:
    """Open the configured database, or the embedded one, starting and migrating that as needed.

    A database of the owner's own is never migrated behind their back: MigrationsNotRun names the command. ``upgrading``
    is called before tables of an older Jeeves are changed, which may take long. Raises DatabaseUnavailable,
    DatabaseRefused, MigrationsNotRun, UserError.
    """
    if config.database.url:
        engine = connect_database(config.database.url)
        try:
            check_migrated(engine)
            yield Database(engine=engine, revive=None)
        finally:
            engine.dispose()
        return
    server = EmbeddedPostgres(config.database.data_dir)
    with server.running() as url:
        engine = connect_database(url)
        try:
            migrate(engine, before=partial(_before_upgrade, config, engine, upgrading))
            yield Database(engine=engine, revive=server.ensure_running)
        finally:
            engine.dispose()


def _before_upgrade(config: Config, engine: Engine, upgrading: Callable[[], None] | None) -> None:
    if upgrading is not None:
        upgrading()
    keep_before_upgrade(config, engine, utc_now())


def migrate_database(config: Config, *, backup: bool = True) -> None:
    """Bring the configured database, or the embedded one, up to this program, with a backup first if it changes.

    Raises as ``open_database`` does, and UserError when the backup cannot be made.
    """
    with unmigrated_database(config) as engine:
        migrate(engine, before=partial(keep_before_upgrade, config, engine, utc_now()) if backup else None)


@contextmanager
def unmigrated_database(config: Config) -> Iterator[Engine]:
    """Open the configured database, or the embedded one, whatever is in it. Raises as ``open_database`` does."""
    with ExitStack() as stack:
        url = config.database.url or stack.enter_context(EmbeddedPostgres(config.database.data_dir).running())
        engine = connect_database(url)
        stack.callback(engine.dispose)
        yield engine
