"""What the owner said.

Lives here: the tables of labels, of the ways they come in, of texts and mutes. Must not live here: what is learned from
them (``learning``).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Index, Table, Text

from jeeves.store.schema.metadata import LONGEST_KEY, METADATA, MOMENT, UID_RANGE

# Append-only: an answer that is taken back is answered again. Which of several counts is decided in ``labels``.
labels = Table(
    "labels",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("message_id", BigInteger, ForeignKey("messages.id", ondelete="CASCADE"), nullable=False),
    Column("value", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("labelled_at", MOMENT, nullable=False),
    # What this one takes back; its own value is then the answer that counted before, "skip" when there was none.
    Column("takes_back", BigInteger, ForeignKey("labels.id", ondelete="CASCADE"), unique=True),
    CheckConstraint("value in ('yes', 'no', 'skip')", name="value_known"),
    CheckConstraint("source in ('cli', 'gmail', 'sms', 'import')", name="source_known"),
    CheckConstraint("takes_back < id", name="takes_back_earlier"),
    Index("ix_labels_message_id_id", "message_id", "id"),
)

# Messages that were drawn by lot and shown; all that had been classified by then had the same chance.
audits = Table(
    "audits",
    METADATA,
    Column("message_id", BigInteger, ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("drawn_at", MOMENT, nullable=False),
)

# What the labels of the mailbox last said of a message, and what Jeeves wrote there itself: once and never again.
mailbox_marks = Table(
    "mailbox_marks",
    METADATA,
    Column("message_id", BigInteger, ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("seen", Text),  # null: no label
    Column("written", Text),  # null: nothing
    Column("folder", Text, nullable=False, server_default=""),  # that was the label; empty: one on the message
    CheckConstraint("seen in ('yes', 'no', 'skip')", name="seen_known"),
    CheckConstraint("written in ('yes', 'no', 'skip')", name="written_known"),
)

# How far the labels of a folder are read (RFC 7162: a mod-sequence is a positive 63 bit number).
mark_scans = Table(
    "mark_scans",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("highest_modseq", BigInteger, nullable=False),
    CheckConstraint(f"uidvalidity {UID_RANGE}", name="uidvalidity_range"),
    CheckConstraint("highest_modseq > 0", name="highest_modseq_positive"),
)

# Whose mail, or which thread, raises no alert. A thread is named by one of its messages: threads join, messages stay.
mutes = Table(
    "mutes",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("sender", Text, unique=True),  # address, lower case
    Column("message_id", BigInteger, ForeignKey("messages.id", ondelete="CASCADE"), unique=True),
    Column("source", Text, nullable=False),
    Column("muted_at", MOMENT, nullable=False),
    Column("until", MOMENT),  # null: for good
    CheckConstraint("(sender is null) <> (message_id is null)", name="one_subject"),
    CheckConstraint(f"char_length(sender) between 1 and {LONGEST_KEY}", name="sender_length"),
    CheckConstraint("source in ('cli', 'sms')", name="source_known"),
)

# Every text message that came in, by the provider's name for it: each is acted upon once. What it said is not kept.
replies = Table(
    "replies",
    METADATA,
    Column("sid", Text, primary_key=True),
    Column("received_at", MOMENT, nullable=False),
    Column("seen_at", MOMENT, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("label_id", BigInteger, ForeignKey("labels.id", ondelete="SET NULL")),
    Column("place", Text, nullable=False, server_default=""),  # where the owner says the get-together is
    CheckConstraint(f"char_length(sid) between 1 and {LONGEST_KEY}", name="sid_length"),
    CheckConstraint("outcome in ('applied', 'unclear', 'stranger')", name="outcome_known"),
)
