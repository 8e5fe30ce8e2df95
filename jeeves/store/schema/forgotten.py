"""What the owner had forgotten.

Lives here: the tables of traces that tell nobody what it was. Must not live here: what is still known (``mail``).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Table, Text

from jeeves.store.schema.metadata import METADATA, MOMENT, UID_RANGE

# What the owner had forgotten, as a digest that tells nobody what it was: what is fetched again is not stored again.
forgotten_messages = Table(
    "forgotten_messages",
    METADATA,
    Column("digest", Text, primary_key=True),  # of account and message key (forgetting)
    Column("forgotten_at", MOMENT, nullable=False),
    CheckConstraint("char_length(digest) = 64", name="digest_length"),
)

# Where it lies on the server: an audit or a backfill must not take these places for missing.
forgotten_locations = Table(
    "forgotten_locations",
    METADATA,
    Column("mailbox_id", BigInteger, ForeignKey("mailboxes.id", ondelete="CASCADE"), primary_key=True),
    Column("uidvalidity", BigInteger, primary_key=True),
    Column("uid", BigInteger, primary_key=True),
    CheckConstraint(f"uidvalidity {UID_RANGE}", name="uidvalidity_range"),
    CheckConstraint(f"uid {UID_RANGE}", name="uid_range"),
)
