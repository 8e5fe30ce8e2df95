"""A quick way into a database that is up to date: for commands that only look and are asked often.

Lives here: ``current_engine``. Must not live here: migrations, whose machinery takes longer to load than all else.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import text

from jeeves import shipped
from jeeves.store.database import connect, translated
from jeeves.store.embedded import EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine


@contextmanager
def current_engine(url: str, data_dir: Path) -> Iterator[Engine | None]:
    """Open the database at ``url``, or the embedded one below ``data_dir`` when that is empty.

    Yields None when its tables are not exactly those of this program: ``app.open_database`` knows what to do then.
    Raises DatabaseUnavailable, DatabaseRefused, UserError.
    """
    with ExitStack() as stack:
        engine = connect(url or stack.enter_context(EmbeddedPostgres(data_dir).running()))
        stack.callback(engine.dispose)
        yield engine if _revision(engine) == newest_migration() else None


def newest_migration() -> str:
    """Return the name of the latest migration this program comes with: their files are numbered."""
    return max(path.name[:4] for path in (shipped("migrations") / "versions").glob("[0-9]*.py"))


def _revision(engine: Engine) -> str | None:
    with translated(), engine.connect() as connection:
        if not connection.execute(text("select to_regclass('alembic_version') is not null")).scalar_one():
            return None
        found: str | None = connection.execute(text("select version_num from alembic_version")).scalar_one_or_none()
    return found
