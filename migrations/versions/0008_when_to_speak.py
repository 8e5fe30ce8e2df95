"""Alerts that wait, digests that tell several, mutes, and the owner's replies by text message.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: None = None
depends_on: None = None

_BEFORE = "'pending', 'sending', 'unconfirmed', 'sent', 'delivered', 'failed', 'expired', 'withdrawn'"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what waiting, muting and answering need."""
    op.drop_constraint(op.f("ck_notifications_status_known"), "notifications")
    op.create_check_constraint(
        op.f("ck_notifications_status_known"), "notifications", f"status in ({_BEFORE}, 'gathered')"
    )
    op.add_column("notifications", sa.Column("kind", sa.Text, nullable=False, server_default="alert"))
    op.add_column("notifications", sa.Column("held", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("notifications", sa.Column("held_for", sa.Text, nullable=False, server_default=""))
    op.add_column("notifications", sa.Column("digest_key", sa.Text))
    op.create_check_constraint(
        op.f("ck_notifications_kind_known"), "notifications", "kind in ('alert', 'digest', 'answer')"
    )
    op.create_check_constraint(
        op.f("ck_notifications_held_for_known"), "notifications", "held_for in ('', 'quiet', 'budget')"
    )
    op.create_check_constraint(
        op.f("ck_notifications_gathered_in_digest"), "notifications", "status <> 'gathered' or digest_key is not null"
    )
    op.create_index(
        op.f("ix_notifications_held"),
        "notifications",
        ["next_attempt_at"],
        postgresql_where=sa.text("held and status = 'pending'"),
    )
    op.create_index(
        op.f("ix_notifications_digest_key"),
        "notifications",
        ["digest_key"],
        postgresql_where=sa.text("digest_key is not null"),
    )
    op.create_index(op.f("ix_notifications_created_at"), "notifications", ["created_at"])
    op.create_table(
        "mutes",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("sender", sa.Text),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("muted_at", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mutes")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_mutes_message_id_messages"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("sender", name=op.f("uq_mutes_sender")),
        sa.UniqueConstraint("message_id", name=op.f("uq_mutes_message_id")),
        sa.CheckConstraint("(sender is null) <> (message_id is null)", name=op.f("ck_mutes_one_subject")),
        sa.CheckConstraint("char_length(sender) between 1 and 255", name=op.f("ck_mutes_sender_length")),
        sa.CheckConstraint("source in ('cli', 'sms')", name=op.f("ck_mutes_source_known")),
    )
    op.create_table(
        "replies",
        sa.Column("sid", sa.Text, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("label_id", sa.BigInteger),
        sa.Column("place", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_replies")),
        sa.ForeignKeyConstraint(
            ["label_id"], ["labels.id"], name=op.f("fk_replies_label_id_labels"), ondelete="SET NULL"
        ),
        sa.CheckConstraint("char_length(sid) between 1 and 255", name=op.f("ck_replies_sid_length")),
        sa.CheckConstraint("outcome in ('applied', 'unclear', 'stranger')", name=op.f("ck_replies_outcome_known")),
    )


def downgrade() -> None:
    """Drop them; an alert told within a digest is over to an older program, one that waits is due."""
    op.drop_table("replies")
    op.drop_table("mutes")
    op.execute("update notifications set status = 'withdrawn' where status = 'gathered'")
    for name in ("created_at", "digest_key", "held"):
        op.drop_index(op.f(f"ix_notifications_{name}"), "notifications")
    for name in ("gathered_in_digest", "held_for_known", "kind_known", "status_known"):
        op.drop_constraint(op.f(f"ck_notifications_{name}"), "notifications")
    for name in ("digest_key", "held_for", "held", "kind"):
        op.drop_column("notifications", name)
    op.create_check_constraint(op.f("ck_notifications_status_known"), "notifications", f"status in ({_BEFORE})")
