"""The index of words tells weeks apart: a search of the latest mail passes over what is older.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: None = None
depends_on: None = None

_WORDS = sa.text(
    "to_tsvector('simple'::regconfig, (((((sender_name || ' '::text) || sender_address) || ' '::text)"
    ' || "left"(subject, 1000)) || \' \'::text) || "left"(text, 50000))'
)
_WEEK = sa.text("(ARRAY[date_trunc('week'::text, (received_at AT TIME ZONE 'UTC'::text))::date])")


def upgrade() -> None:
    """Make it anew with the week beside the words."""
    op.drop_index("ix_messages_words", "messages")
    op.create_index("ix_messages_words", "messages", [_WORDS, _WEEK], postgresql_using="gin")


def downgrade() -> None:
    """Make it anew without."""
    op.drop_index("ix_messages_words", "messages")
    op.create_index("ix_messages_words", "messages", [_WORDS], postgresql_using="gin")
