"""The same mail in several mailboxes of one owner is known by its Message-ID; Gmail's threads by account and number.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Add the column, empty for what is stored already, and the two indexes."""
    op.add_column("messages", sa.Column("message_id", sa.Text))
    op.create_index(
        "ix_messages_message_id", "messages", ["message_id"], postgresql_where=sa.text("message_id is not null")
    )
    op.create_index(
        "ix_messages_gmail_thread",
        "messages",
        ["account", "gmail_thread"],
        postgresql_where=sa.text("gmail_thread is not null"),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_messages_gmail_thread", "messages")
    op.drop_index("ix_messages_message_id", "messages")
    op.drop_column("messages", "message_id")
