"""Which migration a database stands at, told without Alembic: whoever finds it up to date need not load that.

Lives here: the two names that are compared. Must not live here: migrating (``database``), SQLAlchemy before it is
needed: ``jeeves status`` does without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jeeves import shipped

if TYPE_CHECKING:
    from sqlalchemy import Connection

HAS_REVISION: Final = "select to_regclass('alembic_version') is not null"
FIND_REVISION: Final = "select version_num from alembic_version"


def is_up_to_date(connection: Connection) -> bool:
    """Tell whether the tables are exactly those of this program. Raises SQLAlchemyError."""
    if not connection.exec_driver_sql(HAS_REVISION).scalar_one():
        return False
    return connection.exec_driver_sql(FIND_REVISION).scalar_one_or_none() == newest_migration()


def newest_migration() -> str:
    """Return the name of the latest migration this program comes with: their files are numbered."""
    return max(path.name[:4] for path in (shipped("migrations") / "versions").glob("[0-9]*.py"))
