"""What keeps a mailbox of a million messages as quick as one of ten thousand: indexes, and tallies instead of counts.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: None = None
depends_on: None = None

_SENDER = sa.text("left(sender_address, 255)")


def upgrade() -> None:
    """Find the latest mail, finds and deliveries, and a sender's mail, without reading what is older."""
    op.create_index("ix_messages_arrival", "messages", ["received_at", "id"])
    op.drop_index("ix_messages_sender", "messages")
    op.create_index("ix_messages_sender", "messages", [_SENDER, "account", "received_at"])
    op.create_index("ix_messages_unpurged", "messages", ["received_at"], postgresql_where=sa.text("purged_at is null"))
    op.create_index(
        "ix_predictions_finds", "predictions", ["decided_at", "message_id"], postgresql_where=sa.text("needs_place")
    )
    op.create_index("ix_delivery_attempts_started_at", "delivery_attempts", ["started_at"])
    op.create_table(
        "tallies",
        sa.Column("model_version", sa.Text, primary_key=True),
        sa.Column("up_to", sa.BigInteger, nullable=False),
        sa.Column("counted", sa.BigInteger, nullable=False),
        sa.Column("latest", sa.DateTime(timezone=True)),
        sa.CheckConstraint("counted >= 0", name="never_negative"),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("tallies")
    op.drop_index("ix_delivery_attempts_started_at", "delivery_attempts")
    op.drop_index("ix_predictions_finds", "predictions")
    op.drop_index("ix_messages_sender", "messages")
    op.create_index("ix_messages_sender", "messages", ["account", _SENDER, "received_at"])
    op.drop_index("ix_messages_unpurged", "messages")
    op.drop_index("ix_messages_arrival", "messages")
