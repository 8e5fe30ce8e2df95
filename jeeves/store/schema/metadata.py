"""What the tables have in common.

Lives here: the metadata they are collected in, the types and ranges more than one of them uses. Must not live here: any
table.
"""

from __future__ import annotations

from sqlalchemy import DateTime, MetaData

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# A key longer than this is replaced by its digest: a btree entry holds at most a third of a page.
LONGEST_KEY = 255

MOMENT = DateTime(timezone=True)
UID_RANGE = "between 1 and 4294967295"  # RFC 9051, section 9: nz-number, 32 bit
