"""What backfills took from the mail server, by the day.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "mail_traffic",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account", "day", name=op.f("pk_mail_traffic")),
        sa.CheckConstraint("bytes >= 0", name=op.f("ck_mail_traffic_bytes_counted")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("mail_traffic")
