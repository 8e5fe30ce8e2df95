"""Threads by References and subject, and Gmail's labels.

Revision ID: 0004
Revises: 0003

What is stored already keeps its threads; the ids known of it are linked, so that what arrives from now on joins them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: None = None
depends_on: None = None

_BY_SUBJECT = ["account", "base_subject", "received_at"]


def upgrade() -> None:
    """Add what joining threads needs, and labels."""
    op.add_column("messages", sa.Column("labels", sa.ARRAY(sa.Text), nullable=False, server_default="{}"))
    op.add_column("messages", sa.Column("base_subject", sa.Text, nullable=False, server_default=""))
    op.add_column("messages", sa.Column("orphan_reply", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_messages_thread_key", "messages", ["thread_key"])
    op.create_index(
        "ix_messages_base_subject", "messages", _BY_SUBJECT, postgresql_where=sa.text("base_subject <> ''")
    )
    op.create_index("ix_messages_orphan_replies", "messages", _BY_SUBJECT, postgresql_where=sa.text("orphan_reply"))
    op.create_table(
        "thread_links",
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("thread_key", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_thread_links")),
        sa.CheckConstraint(
            "char_length(message_id) between 1 and 255", name=op.f("ck_thread_links_message_id_length")
        ),
        sa.CheckConstraint(
            "char_length(thread_key) between 1 and 255", name=op.f("ck_thread_links_thread_key_length")
        ),
    )
    op.create_index(op.f("ix_thread_links_thread_key"), "thread_links", ["thread_key"])
    for known in ("message_key", "thread_key"):
        op.execute(
            f"insert into thread_links select distinct on ({known}) {known}, thread_key from messages"
            f" where gmail_thread is null order by {known}, id on conflict do nothing"
        )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("thread_links")
    for index in ("thread_key", "base_subject", "orphan_replies"):
        op.drop_index(f"ix_messages_{index}", "messages")
    for column in ("orphan_reply", "base_subject", "labels"):
        op.drop_column("messages", column)
