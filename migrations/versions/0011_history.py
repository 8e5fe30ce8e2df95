"""Indexes for the sender's history with the owner.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Find what a sender wrote, and what was written to them, without reading everything."""
    op.create_index("ix_messages_sender", "messages", ["account", sa.text("left(sender_address, 255)"), "received_at"])
    op.create_index("ix_messages_received", "messages", ["account", "received_at"])
    op.create_index(
        "ix_messages_written",
        "messages",
        ["recipients"],
        postgresql_using="gin",
        postgresql_ops={"recipients": "jsonb_path_ops"},
        postgresql_where=sa.text("sender_address = lower(account)"),
    )


def downgrade() -> None:
    """Take them away again."""
    for index in ("written", "received", "sender"):
        op.drop_index(f"ix_messages_{index}", "messages")
