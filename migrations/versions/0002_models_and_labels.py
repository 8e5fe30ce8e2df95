"""The life of the classifier: the owner's answers, the models learned from them, and how the mail drifts.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: None = None
depends_on: None = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the three tables."""
    _create_labels()
    _create_models()
    op.create_table(
        "drift",
        sa.Column("measured_at", _MOMENT, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("figures", JSONB, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("measured_at", name=op.f("pk_drift")),
    )


def downgrade() -> None:
    """Drop them; the model files and their cards stay on disk."""
    for table in ("drift", "models", "labels"):
        op.drop_table(table)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _create_labels() -> None:
    op.create_table(
        "labels",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("labelled_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_labels_message_id_messages"), ondelete="CASCADE"
        ),
        _check("labels", "value_known", "value in ('yes', 'no', 'skip')"),
        _check("labels", "source_known", "source in ('cli', 'gmail', 'sms', 'import')"),
    )
    op.create_index("ix_labels_message_id_id", "labels", ["message_id", "id"])


def _create_models() -> None:
    op.create_table(
        "models",
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("hyper_parameters", JSONB, nullable=False),
        sa.Column("threshold", sa.Double, nullable=False),
        sa.Column("metrics", JSONB, nullable=False),
        sa.Column("trained_on", JSONB, nullable=False),
        sa.Column("trained_at", _MOMENT, nullable=False),
        sa.Column("last_label_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("championed_at", _MOMENT),
        sa.Column("retired_at", _MOMENT),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_models")),
        _check("models", "version_length", "char_length(version) between 1 and 255"),
        _check("models", "threshold_range", "threshold between 0 and 1"),
        _check("models", "last_label_id_counted", "last_label_id >= 0"),
        _check("models", "state_known", "state in ('champion', 'candidate', 'retired')"),
        _check("models", "champions_are_dated", "state = 'candidate' or championed_at is not null"),
        _check("models", "retired_is_dated", "state <> 'retired' or retired_at is not null"),
    )
    op.create_index(
        "uq_models_champion", "models", ["state"], unique=True, postgresql_where=sa.text("state = 'champion'")
    )
