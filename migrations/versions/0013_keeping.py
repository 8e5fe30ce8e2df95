"""What is forgotten stays forgotten, what is purged is known to be; how often each component failed.

Revision ID: 0013
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0011"
branch_labels: None = None
depends_on: None = None

_UID_RANGE = "between 1 and 4294967295"


def upgrade() -> None:
    """Add the columns and the two tables."""
    op.add_column("messages", sa.Column("purged_at", sa.DateTime(timezone=True)))
    op.add_column("health", sa.Column("errors", sa.BigInteger, nullable=False, server_default="0"))
    op.create_table(
        "forgotten_messages",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("char_length(digest) = 64", name="digest_length"),
    )
    op.create_table(
        "forgotten_locations",
        sa.Column("mailbox_id", sa.BigInteger, sa.ForeignKey("mailboxes.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("uidvalidity", sa.BigInteger, primary_key=True),
        sa.Column("uid", sa.BigInteger, primary_key=True),
        sa.CheckConstraint(f"uidvalidity {_UID_RANGE}", name="uidvalidity_range"),
        sa.CheckConstraint(f"uid {_UID_RANGE}", name="uid_range"),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("forgotten_locations")
    op.drop_table("forgotten_messages")
    op.drop_column("health", "errors")
    op.drop_column("messages", "purged_at")
