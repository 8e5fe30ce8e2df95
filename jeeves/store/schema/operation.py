"""How the daemon fares.

Lives here: the table of signs of life and troubles. Must not live here: anything about mail.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, Table, Text

from jeeves.store.schema.metadata import METADATA, MOMENT

health = Table(
    "health",
    METADATA,
    Column("component", Text, primary_key=True),  # "daemon", "mail", "classifier", "sms", ...
    Column("beat_at", MOMENT),
    Column("error", Text),  # the last one, kept after it is over
    Column("advice", Text, nullable=False, server_default=""),
    Column("error_since", MOMENT),
    Column("error_at", MOMENT),
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
    Column("next_attempt_at", MOMENT),
    Column("cleared_at", MOMENT),  # null while the trouble lasts
    Column("errors", BigInteger, nullable=False, server_default="0"),  # ever
    CheckConstraint(
        "(error is null) = (error_since is null) and (error is null) = (error_at is null)", name="error_is_dated"
    ),
)
