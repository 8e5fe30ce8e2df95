"""The first schema: mailboxes, messages, predictions, threads, the outbox and health.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0001"
down_revision: str | None = None
branch_labels: None = None
depends_on: None = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create every table."""
    _create_mail()
    _create_decisions()
    _create_outbox()
    _create_health()


def downgrade() -> None:
    """Drop every table."""
    for table in (
        "health",
        "delivery_attempts",
        "notifications",
        "threads",
        "predictions",
        "message_locations",
        "raw_messages",
        "messages",
        "mailboxes",
    ):
        op.drop_table(table)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _number() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _belongs(table: str, column: str, owner: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{owner}")
    return sa.ForeignKeyConstraint([column], [f"{owner}.id"], name=name, ondelete="CASCADE")


def _create_mail() -> None:
    op.create_table(
        "mailboxes",
        _number(),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("uidvalidity", sa.BigInteger, nullable=False),
        sa.Column("last_uid", sa.BigInteger, nullable=False),
        sa.Column("last_synced_at", _MOMENT),
        _key("mailboxes", "id"),
        sa.UniqueConstraint("account", "folder", name=op.f("uq_mailboxes_account_folder")),
        _check("mailboxes", "uidvalidity_range", "uidvalidity between 1 and 4294967295"),
        _check("mailboxes", "last_uid_range", "last_uid between 0 and 4294967295"),
    )
    op.create_table(
        "messages",
        _number(),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("message_key", sa.Text, nullable=False),
        sa.Column("thread_key", sa.Text, nullable=False),
        sa.Column("gmail_id", sa.Numeric(20)),
        sa.Column("gmail_thread", sa.Numeric(20)),
        sa.Column("sender_name", sa.Text, nullable=False),
        sa.Column("sender_address", sa.Text, nullable=False),
        sa.Column("recipients", JSONB, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("quoted", sa.Text, nullable=False),
        sa.Column("sent_at", _MOMENT),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("invite", JSONB),
        sa.Column("bulk", sa.Boolean, nullable=False),
        sa.Column("defects", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("decided_at", _MOMENT),
        _key("messages", "id"),
        sa.UniqueConstraint("account", "message_key", name=op.f("uq_messages_account_message_key")),
        _check("messages", "message_key_length", "char_length(message_key) between 1 and 255"),
        _check("messages", "thread_key_length", "char_length(thread_key) between 1 and 255"),
        _check("messages", "gmail_id_range", "gmail_id between 0 and 18446744073709551615"),
        _check("messages", "gmail_thread_range", "gmail_thread between 0 and 18446744073709551615"),
    )
    op.create_index(
        "ix_messages_undecided", "messages", ["received_at", "id"], postgresql_where=sa.text("decided_at is null")
    )
    op.create_table(
        "raw_messages",
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("rfc822", sa.LargeBinary, nullable=False),
        _key("raw_messages", "message_id"),
        _belongs("raw_messages", "message_id", "messages"),
    )
    op.create_table(
        "message_locations",
        sa.Column("mailbox_id", sa.BigInteger, nullable=False),
        sa.Column("uidvalidity", sa.BigInteger, nullable=False),
        sa.Column("uid", sa.BigInteger, nullable=False),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        _key("message_locations", "mailbox_id", "uidvalidity", "uid"),
        _belongs("message_locations", "mailbox_id", "mailboxes"),
        _belongs("message_locations", "message_id", "messages"),
        _check("message_locations", "uidvalidity_range", "uidvalidity between 1 and 4294967295"),
        _check("message_locations", "uid_range", "uid between 1 and 4294967295"),
    )
    op.create_index(op.f("ix_message_locations_message_id"), "message_locations", ["message_id"])


def _create_decisions() -> None:
    op.create_table(
        "predictions",
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("probability", sa.Double, nullable=False),
        sa.Column("needs_place", sa.Boolean, nullable=False),
        sa.Column("reasons", JSONB, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=False),
        _key("predictions", "message_id", "model_version"),
        _belongs("predictions", "message_id", "messages"),
        _check("predictions", "probability_range", "probability between 0 and 1"),
        _check("predictions", "decision_known", "decision in ('alert', 'suppressed')"),
    )
    op.create_table(
        "threads",
        sa.Column("thread_key", sa.Text, nullable=False),
        sa.Column("place_state", sa.Text, nullable=False),
        sa.Column("proposal", sa.Integer, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        _key("threads", "thread_key"),
        _check("threads", "thread_key_length", "char_length(thread_key) between 1 and 255"),
        _check("threads", "place_state_known", "place_state in ('none', 'open', 'settled')"),
        _check("threads", "proposal_counted", "proposal >= 0"),
    )


def _create_outbox() -> None:
    op.create_table(
        "notifications",
        _number(),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("dedupe_key", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("escalated_from", sa.BigInteger),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("next_attempt_at", _MOMENT, nullable=False),
        sa.Column("lease_until", _MOMENT),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("provider_id", sa.Text, nullable=False),
        _key("notifications", "id"),
        _belongs("notifications", "message_id", "messages"),
        _belongs("notifications", "escalated_from", "notifications"),
        sa.UniqueConstraint("dedupe_key", "channel", name=op.f("uq_notifications_dedupe_key_channel")),
        _check("notifications", "dedupe_key_length", "char_length(dedupe_key) between 1 and 255"),
        _check(
            "notifications",
            "status_known",
            "status in ('pending', 'sending', 'unconfirmed', 'sent', 'delivered', 'failed', 'expired')",
        ),
        _check("notifications", "attempt_counted", "attempt >= 0"),
        _check("notifications", "sending_is_leased", "status <> 'sending' or lease_until is not null"),
        _check(
            "notifications",
            "only_running_is_leased",
            "lease_until is null or status in ('sending', 'unconfirmed')",
        ),
    )
    op.create_index(op.f("ix_notifications_message_id"), "notifications", ["message_id"])
    op.create_index(
        "uq_notifications_first_of_dedupe_key",
        "notifications",
        ["dedupe_key"],
        unique=True,
        postgresql_where=sa.text("escalated_from is null"),
    )
    op.create_index(
        "ix_notifications_running",
        "notifications",
        ["next_attempt_at", "id"],
        postgresql_where=sa.text("status in ('pending', 'sending', 'unconfirmed')"),
    )
    op.create_table(
        "delivery_attempts",
        sa.Column("notification_id", sa.BigInteger, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT),
        sa.Column("outcome", sa.Text),
        _key("delivery_attempts", "notification_id", "attempt"),
        _belongs("delivery_attempts", "notification_id", "notifications"),
        _check("delivery_attempts", "finished_with_outcome", "(finished_at is null) = (outcome is null)"),
    )


def _create_health() -> None:
    op.create_table(
        "health",
        sa.Column("component", sa.Text, nullable=False),
        sa.Column("beat_at", _MOMENT),
        sa.Column("error", sa.Text),
        sa.Column("advice", sa.Text, nullable=False, server_default=""),
        sa.Column("error_since", _MOMENT),
        sa.Column("error_at", _MOMENT),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_attempt_at", _MOMENT),
        sa.Column("cleared_at", _MOMENT),
        _key("health", "component"),
        _check(
            "health",
            "error_is_dated",
            "(error is null) = (error_since is null) and (error is null) = (error_at is null)",
        ),
    )
