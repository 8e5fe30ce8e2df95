"""Which migration a database stands at, told without Alembic: whoever finds it up to date need not load that.

Lives here: the two names that are compared. Must not live here: migrating (``database``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from jeeves import shipped

if TYPE_CHECKING:
    from sqlalchemy import Connection


def is_up_to_date(connection: Connection) -> bool:
    """Tell whether the tables are exactly those of this program. Raises SQLAlchemyError."""
    if not connection.execute(text("select to_regclass('alembic_version') is not null")).scalar_one():
        return False
    found: str | None = connection.execute(text("select version_num from alembic_version")).scalar_one_or_none()
    return found == newest_migration()


def newest_migration() -> str:
    """Return the name of the latest migration this program comes with: their files are numbered."""
    return max(path.name[:4] for path in (shipped("migrations") / "versions").glob("[0-9]*.py"))
