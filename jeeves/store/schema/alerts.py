"""The outbox.

Lives here: the tables of what goes out to the owner, and of each attempt. Must not live here: what the owner answers
(``answers``).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from jeeves.store.schema.metadata import LONGEST_KEY, METADATA, MOMENT

_RUNNING = "status in ('pending', 'sending', 'unconfirmed')"

notifications = Table(
    "notifications",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("message_id", BigInteger, ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("dedupe_key", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("escalated_from", BigInteger, ForeignKey("notifications.id", ondelete="CASCADE")),
    Column("body", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempt", Integer, nullable=False),  # 0 until first claimed
    Column("created_at", MOMENT, nullable=False),
    Column("next_attempt_at", MOMENT, nullable=False),
    Column("lease_until", MOMENT),  # set while a worker holds the row
    Column("expires_at", MOMENT, nullable=False),
    Column("provider_id", Text, nullable=False),
    Column("tried_at", MOMENT),  # when sending was last begun
    Column("check_at", MOMENT),  # when to ask the provider how a sent one fared; null: never
    Column("escalate_at", MOMENT),  # when the next channel takes over unless delivery is proved; null: it does not
    Column("kind", Text, nullable=False, server_default="alert"),
    Column("held", Boolean, nullable=False, server_default=false()),  # left alone until looked at again (waiting)
    Column("held_for", Text, nullable=False, server_default=""),  # why it had to wait, kept afterwards
    Column("digest_key", Text),  # dedupe key of the digest that tells it
    UniqueConstraint("dedupe_key", "channel"),
    CheckConstraint(f"char_length(dedupe_key) between 1 and {LONGEST_KEY}", name="dedupe_key_length"),
    CheckConstraint(
        "status in ('pending', 'sending', 'unconfirmed', 'sent', 'delivered', 'failed', 'expired', 'withdrawn',"
        " 'gathered')",
        name="status_known",
    ),
    CheckConstraint("kind in ('alert', 'digest', 'answer')", name="kind_known"),
    CheckConstraint("held_for in ('', 'quiet', 'budget')", name="held_for_known"),
    CheckConstraint("status <> 'gathered' or digest_key is not null", name="gathered_in_digest"),
    CheckConstraint("attempt >= 0", name="attempt_counted"),
    CheckConstraint("status <> 'sending' or lease_until is not null", name="sending_is_leased"),
    CheckConstraint("lease_until is null or status in ('sending', 'unconfirmed')", name="only_running_is_leased"),
)
# One alert a get-together, whatever channel the configuration names today; escalations are its continuation.
Index(
    "uq_notifications_first_of_dedupe_key",
    notifications.c.dedupe_key,
    unique=True,
    postgresql_where=text("escalated_from is null"),
)
Index(
    "ix_notifications_running",
    notifications.c.next_attempt_at,
    notifications.c.id,
    postgresql_where=text(_RUNNING),
)
Index("ix_notifications_check_at", notifications.c.check_at, postgresql_where=text("check_at is not null"))
Index("ix_notifications_escalate_at", notifications.c.escalate_at, postgresql_where=text("escalate_at is not null"))

Index("ix_notifications_held", notifications.c.next_attempt_at, postgresql_where=text("held and status = 'pending'"))
Index("ix_notifications_digest_key", notifications.c.digest_key, postgresql_where=text("digest_key is not null"))
Index("ix_notifications_created_at", notifications.c.created_at)

delivery_attempts = Table(
    "delivery_attempts",
    METADATA,
    Column("notification_id", BigInteger, ForeignKey("notifications.id", ondelete="CASCADE"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("started_at", MOMENT, nullable=False, index=True),
    Column("finished_at", MOMENT),
    Column("outcome", Text),
    CheckConstraint("(finished_at is null) = (outcome is null)", name="finished_with_outcome"),
)
