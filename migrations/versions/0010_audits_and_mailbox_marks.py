"""Messages drawn by lot, and labels of the mailbox that are the owner's answers.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: None = None
depends_on: None = None

_ANSWERS = "in ('yes', 'no', 'skip')"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "audits",
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_audits")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_audits_message_id_messages"), ondelete="CASCADE"
        ),
    )
    op.create_table(
        "mailbox_marks",
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.Text),
        sa.Column("written", sa.Text),
        sa.Column("folder", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_mailbox_marks")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_mailbox_marks_message_id_messages"), ondelete="CASCADE"
        ),
        sa.CheckConstraint(f"seen {_ANSWERS}", name=op.f("ck_mailbox_marks_seen_known")),
        sa.CheckConstraint(f"written {_ANSWERS}", name=op.f("ck_mailbox_marks_written_known")),
    )
    op.create_table(
        "mark_scans",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("uidvalidity", sa.BigInteger, nullable=False),
        sa.Column("highest_modseq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account", "folder", name=op.f("pk_mark_scans")),
        sa.CheckConstraint("uidvalidity between 1 and 4294967295", name=op.f("ck_mark_scans_uidvalidity_range")),
        sa.CheckConstraint("highest_modseq > 0", name=op.f("ck_mark_scans_highest_modseq_positive")),
    )


def downgrade() -> None:
    """Take them away again."""
    for table in ("mark_scans", "mailbox_marks", "audits"):
        op.drop_table(table)
