"""What the classifier said, and where each get-together stands.

Lives here: the tables of predictions and threads. Must not live here: what goes out to the owner (``alerts``).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from jeeves.store.schema.metadata import LONGEST_KEY, METADATA, MOMENT

_STATE_KNOWN = "place_state in ('none', 'open', 'settled', 'remote', 'off', 'past')"

predictions = Table(
    "predictions",
    METADATA,
    Column("message_id", BigInteger, ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("model_version", Text, primary_key=True),
    Column("probability", Double, nullable=False),
    Column("needs_place", Boolean, nullable=False),
    Column("reasons", JSONB, nullable=False),  # [[feature, weight], ...], strongest first
    Column("sentence", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("why", Text, nullable=False),  # code of the suppression, or the alert's dedupe key
    Column("decided_at", MOMENT, nullable=False),
    CheckConstraint("probability between 0 and 1", name="probability_range"),
    CheckConstraint("decision in ('alert', 'suppressed')", name="decision_known"),
)
Index(
    "ix_predictions_finds",
    predictions.c.decided_at,
    predictions.c.message_id,
    postgresql_where=text("needs_place"),
)

# How many predictions each model made of messages up to a number, and how many these messages are (``tallies``).
tallies = Table(
    "tallies",
    METADATA,
    Column("model_version", Text, primary_key=True),  # empty: the messages themselves
    Column("up_to", BigInteger, nullable=False),  # the same in every row
    Column("counted", BigInteger, nullable=False),
    Column("latest", MOMENT),  # when the last of them was decided; null of the messages
    CheckConstraint("counted >= 0", name="never_negative"),
)

threads = Table(
    "threads",
    METADATA,
    Column("thread_key", Text, primary_key=True),
    Column("place_state", Text, nullable=False),
    Column("proposal", Integer, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("place", Text, nullable=False, server_default=""),
    Column("when_day", Date),  # in the zone of whoever named it
    Column("when_at", MOMENT),
    Column("opened_at", MOMENT),
    Column("as_of", MOMENT),  # arrival of the message that changed the state last
    Column("words", Text, nullable=False, server_default=""),
    Column("revision", Integer, nullable=False, server_default="0"),  # how often the row was written
    CheckConstraint(f"char_length(thread_key) between 1 and {LONGEST_KEY}", name="thread_key_length"),
    CheckConstraint(_STATE_KNOWN, name="place_state_known"),
    CheckConstraint("proposal >= 0", name="proposal_counted"),
    CheckConstraint("when_at is null or when_day is not null", name="moment_has_a_day"),
)
# What is open is asked for every minute.
Index("ix_threads_open", threads.c.thread_key, postgresql_where=text("place_state = 'open'"))

# Append-only: each state a thread has been in, and what brought it about.
thread_states = Table(
    "thread_states",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("thread_key", Text, nullable=False),
    Column("message_id", BigInteger, ForeignKey("messages.id", ondelete="SET NULL"), index=True),
    Column("place_state", Text, nullable=False),
    Column("proposal", Integer, nullable=False),
    Column("place", Text, nullable=False),
    Column("when_day", Date),
    Column("when_at", MOMENT),
    Column("cause", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    CheckConstraint(f"char_length(thread_key) between 1 and {LONGEST_KEY}", name="thread_key_length"),
    CheckConstraint(_STATE_KNOWN, name="place_state_known"),
    CheckConstraint("cause in ('message', 'owner', 'clock')", name="cause_known"),
    CheckConstraint("when_at is null or when_day is not null", name="moment_has_a_day"),
    Index("ix_thread_states_thread_key_id", "thread_key", "id"),
)
