"""What becomes of an alert after it was sent: asking how it fared, and when the next channel takes over.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: None = None
depends_on: None = None

_COLUMNS = ("tried_at", "check_at", "escalate_at")


def upgrade() -> None:
    """Add the moments of the follow-up; alerts of before are over and have none."""
    for name in _COLUMNS:
        op.add_column("notifications", sa.Column(name, sa.DateTime(timezone=True)))
    for name in ("check_at", "escalate_at"):
        op.create_index(
            op.f(f"ix_notifications_{name}"),
            "notifications",
            [name],
            postgresql_where=sa.text(f"{name} is not null"),
        )


def downgrade() -> None:
    """Forget them: an older program takes "sent" for the end."""
    for name in ("check_at", "escalate_at"):
        op.drop_index(op.f(f"ix_notifications_{name}"), "notifications")
    for name in reversed(_COLUMNS):
        op.drop_column("notifications", name)
