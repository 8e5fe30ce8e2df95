"""A quick way into a database that is up to date: for commands that only look and are asked often.

Lives here: ``current_engine``. Must not live here: migrations, whose machinery takes longer to load than all else.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from jeeves.store.database import connect, translated
from jeeves.store.embedded import EmbeddedPostgres
from jeeves.store.revision import is_up_to_date

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine


@contextmanager
def current_engine(url: str, data_dir: Path) -> Iterator[Engine | None]:
    """Open the database at ``url``, or the embedded one below ``data_dir`` when that is empty.

    Yields None when its tables are not exactly those of this program: ``app.databases`` knows what to do then.
    Raises DatabaseUnavailable, DatabaseRefused, UserError.
    """
    with ExitStack() as stack:
        engine = connect(url or stack.enter_context(EmbeddedPostgres(data_dir).running()))
        stack.callback(engine.dispose)
        with translated(), engine.connect() as connection:
            current = is_up_to_date(connection)
        yield engine if current else None
