"""Mail as it came in, and how far each folder is read.

Lives here: the tables of messages, of where they lie on the server, of how they hang together. Must not live here: what
was decided on them (``decisions``), what was forgotten (``forgotten``).
"""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    FromClause,
    Function,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    false,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from jeeves.store.schema.metadata import LONGEST_KEY, METADATA, MOMENT, UID_RANGE

_GMAIL_RANGE = "between 0 and 18446744073709551615"  # unsigned 64 bit, more than bigint holds

mailboxes = Table(
    "mailboxes",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("account", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("last_uid", BigInteger, nullable=False),
    Column("last_synced_at", MOMENT),
    UniqueConstraint("account", "folder"),
    CheckConstraint(f"uidvalidity {UID_RANGE}", name="uidvalidity_range"),
    CheckConstraint("last_uid between 0 and 4294967295", name="last_uid_range"),
)

messages = Table(
    "messages",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("account", Text, nullable=False),
    Column("message_key", Text, nullable=False),
    Column("thread_key", Text, nullable=False),
    Column("gmail_id", Numeric(20)),
    Column("gmail_thread", Numeric(20)),
    Column("sender_name", Text, nullable=False),
    Column("sender_address", Text, nullable=False),
    Column("recipients", JSONB, nullable=False),  # [[name, address], ...]
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("quoted", Text, nullable=False),
    Column("sent_at", MOMENT),
    Column("received_at", MOMENT, nullable=False),
    Column("invite", JSONB(none_as_null=True)),
    Column("bulk", Boolean, nullable=False),
    Column("defects", ARRAY(Text), nullable=False),
    Column("decided_at", MOMENT),  # null until T2
    Column("labels", ARRAY(Text), nullable=False, server_default="{}"),  # X-GM-LABELS, decoded, as last fetched
    Column("base_subject", Text, nullable=False, server_default=""),  # a key; empty where the server knows threads
    Column("orphan_reply", Boolean, nullable=False, server_default=false()),  # a reply that names no message
    Column("sent_offset", Integer),  # minutes east of UTC
    Column("purged_at", MOMENT),  # when its texts were taken out because of their age; null: they are there
    Column("message_id", Text),  # its Message-ID, a key: names the same mail in every account; null: it bears none
    UniqueConstraint("account", "message_key"),
    CheckConstraint(f"char_length(message_key) between 1 and {LONGEST_KEY}", name="message_key_length"),
    CheckConstraint(f"char_length(thread_key) between 1 and {LONGEST_KEY}", name="thread_key_length"),
    CheckConstraint(f"gmail_id {_GMAIL_RANGE}", name="gmail_id_range"),
    CheckConstraint(f"gmail_thread {_GMAIL_RANGE}", name="gmail_thread_range"),
)
# Keeps the daemon's hot query at a millisecond however many messages are stored.
Index("ix_messages_undecided", messages.c.received_at, messages.c.id, postgresql_where=text("decided_at is null"))
Index("ix_messages_thread_key", messages.c.thread_key)
Index("ix_messages_message_id", messages.c.message_id, postgresql_where=text("message_id is not null"))
Index(
    "ix_messages_gmail_thread",
    messages.c.account,
    messages.c.gmail_thread,
    postgresql_where=text("gmail_thread is not null"),
)
_BY_SUBJECT = (messages.c.account, messages.c.base_subject, messages.c.received_at)
Index("ix_messages_base_subject", *_BY_SUBJECT, postgresql_where=text("base_subject <> ''"))
Index("ix_messages_orphan_replies", *_BY_SUBJECT, postgresql_where=text("orphan_reply"))
# The words a message can be found by: of whom it is, what about, and the newest text; a bounded part of each, because
# PostgreSQL refuses a text search vector above 1 MB and with it the message (documentation, section 12.11). Written as
# PostgreSQL writes it back, so that Alembic finds it unchanged.
WORDS = text(
    "to_tsvector('simple'::regconfig, (((((sender_name || ' '::text) || sender_address) || ' '::text)"
    ' || "left"(subject, 1000)) || \' \'::text) || "left"(text, 50000))'
)
# The Monday of the week a message arrived in, beside its words: what holds a common word and is older is passed over.
WEEK = text("(ARRAY[date_trunc('week'::text, (received_at AT TIME ZONE 'UTC'::text))::date])")
Index("ix_messages_words", WORDS, WEEK, postgresql_using="gin", _table=messages)


def left_of_sender(table: FromClause) -> Function[str]:
    """Return as much of a sender's address as an index holds; no true address is longer (RFC 5321, 4.5.3.1.3)."""
    return func.left(table.c.sender_address, literal_column(str(LONGEST_KEY)))


# The sender's history with the owner (``history``); what the owner wrote is a small part of all mail.
Index("ix_messages_sender", left_of_sender(messages), messages.c.account, messages.c.received_at)
Index("ix_messages_received", messages.c.account, messages.c.received_at)
Index("ix_messages_arrival", messages.c.received_at, messages.c.id)  # the latest mail, of whatever account
# The oldest texts that are still there: what was purged before is not gone through again every day.
Index("ix_messages_unpurged", messages.c.received_at, postgresql_where=text("purged_at is null"))
Index(
    "ix_messages_written",
    messages.c.recipients,
    postgresql_using="gin",
    postgresql_ops={"recipients": "jsonb_path_ops"},
    postgresql_where=text("sender_address = lower(account)"),
)

# Every Message-ID that was seen or is only referred to, where the server knows no threads.
thread_links = Table(
    "thread_links",
    METADATA,
    Column("message_id", Text, primary_key=True),
    Column("thread_key", Text, nullable=False, index=True),
    CheckConstraint(f"char_length(message_id) between 1 and {LONGEST_KEY}", name="message_id_length"),
    CheckConstraint(f"char_length(thread_key) between 1 and {LONGEST_KEY}", name="thread_key_length"),
)

# What backfills took from a server: it counts bytes by the day and shuts accounts out that take too many.
mail_traffic = Table(
    "mail_traffic",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("day", Date, primary_key=True),  # UTC
    Column("bytes", BigInteger, nullable=False),
    CheckConstraint("bytes >= 0", name="bytes_counted"),
)

raw_messages = Table(
    "raw_messages",
    METADATA,
    Column("message_id", BigInteger, ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("rfc822", LargeBinary, nullable=False),
)

message_locations = Table(
    "message_locations",
    METADATA,
    Column("mailbox_id", BigInteger, ForeignKey("mailboxes.id", ondelete="CASCADE"), primary_key=True),
    Column("uidvalidity", BigInteger, primary_key=True),
    Column("uid", BigInteger, primary_key=True),
    Column("message_id", BigInteger, ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, index=True),
    CheckConstraint(f"uidvalidity {UID_RANGE}", name="uidvalidity_range"),
    CheckConstraint(f"uid {UID_RANGE}", name="uid_range"),
)
