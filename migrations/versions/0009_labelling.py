"""Answers can be taken back, and stored mail can be searched by its words.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: None = None
depends_on: None = None

_WORDS = (
    "to_tsvector('simple'::regconfig, (((((sender_name || ' '::text) || sender_address) || ' '::text)"
    " || \"left\"(subject, 1000)) || ' '::text) || \"left\"(text, 50000))"
)


def upgrade() -> None:
    """Let a label name the one it takes back, and index the words of messages."""
    op.add_column("labels", sa.Column("takes_back", sa.BigInteger))
    op.create_foreign_key(
        op.f("fk_labels_takes_back_labels"), "labels", "labels", ["takes_back"], ["id"], ondelete="CASCADE"
    )
    op.create_unique_constraint(op.f("uq_labels_takes_back"), "labels", ["takes_back"])
    op.create_check_constraint(op.f("ck_labels_takes_back_earlier"), "labels", "takes_back < id")
    op.create_index("ix_messages_words", "messages", [sa.text(_WORDS)], postgresql_using="gin")


def downgrade() -> None:
    """Forget which labels took others back: to an older program each is an answer of its own, and the latest counts."""
    op.drop_index("ix_messages_words", "messages")
    op.drop_column("labels", "takes_back")
