"""An alert that was settled before it went out is withdrawn.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: None = None
depends_on: None = None

_BEFORE = "'pending', 'sending', 'unconfirmed', 'sent', 'delivered', 'failed', 'expired'"


def upgrade() -> None:
    """Let a notification be withdrawn."""
    op.drop_constraint(op.f("ck_notifications_status_known"), "notifications")
    op.create_check_constraint(
        op.f("ck_notifications_status_known"), "notifications", f"status in ({_BEFORE}, 'withdrawn')"
    )


def downgrade() -> None:
    """Call a withdrawn one expired, which it is to an older program: over, and never sent."""
    op.execute("update notifications set status = 'expired' where status = 'withdrawn'")
    op.drop_constraint(op.f("ck_notifications_status_known"), "notifications")
    op.create_check_constraint(op.f("ck_notifications_status_known"), "notifications", f"status in ({_BEFORE})")
