"""The tables, as SQLAlchemy Core metadata: what the migrations must add up to.

Lives here: tables, constraints, indexes. Must not live here: queries, connections, decisions. An invariant the
program relies on is a constraint here, so that no code path can break it.
"""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    FromClause,
    Function,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
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

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# A key longer than this is replaced by its digest: a btree entry holds at most a third of a page.
LONGEST_KEY = 255

_MOMENT = DateTime(timezone=True)
_UID_RANGE = "between 1 and 4294967295"  # RFC 9051, section 9: nz-number, 32 bit
_GMAIL_RANGE = "between 0 and 18446744073709551615"  # unsigned 64 bit, more than bigint holds
_STATE_KNOWN = "place_state in ('none', 'open', 'settled', 'remote', 'off', 'past')"
_RUNNING = "status in ('pending', 'sending', 'unconfirmed')"

mailboxes = Table(
    "mailboxes",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("account", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("last_uid", BigInteger, nullable=False),
    Column("last_synced_at", _MOMENT),
    UniqueConstraint("account", "folder"),
    CheckConstraint(f"uidvalidity {_UID_RANGE}", name="uidvalidity_range"),
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
    Column("sent_at", _MOMENT),
    Column("received_at", _MOMENT, nullable=False),
    Column("invite", JSONB(none_as_null=True)),
    Column("bulk", Boolean, nullable=False),
    Column("defects", ARRAY(Text), nullable=False),
    Column("decided_at", _MOMENT),  # null until T2
    Column("labels", ARRAY(Text), nullable=False, server_default="{}"),  # X-GM-LABELS, decoded, as last fetched
    Column("base_subject", Text, nullable=False, server_default=""),  # a key; empty where the server knows threads
    Column("orphan_reply", Boolean, nullable=False, server_default=false()),  # a reply that names no message
    Column("sent_offset", Integer),  # minutes east of UTC
    Column("purged_at", _MOMENT),  # when its texts were taken out because of their age; null: they are there
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
    CheckConstraint(f"uidvalidity {_UID_RANGE}", name="uidvalidity_range"),
    CheckConstraint(f"uid {_UID_RANGE}", name="uid_range"),
)

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
    Column("decided_at", _MOMENT, nullable=False),
    CheckConstraint("probability between 0 and 1", name="probability_range"),
    CheckConstraint("decision in ('alert', 'suppressed')", name="decision_known"),
)
Index(
    "ix_predictions_finds",
    predictions.c.decided_at,
    predictions.c.message_id,
    postgresql_where=text("needs_place"),
)

threads = Table(
    "threads",
    METADATA,
    Column("thread_key", Text, primary_key=True),
    Column("place_state", Text, nullable=False),
    Column("proposal", Integer, nullable=False),
    Column("updated_at", _MOMENT, nullable=False),
    Column("place", Text, nullable=False, server_default=""),
    Column("when_day", Date),  # in the zone of whoever named it
    Column("when_at", _MOMENT),
    Column("opened_at", _MOMENT),
    Column("as_of", _MOMENT),  # arrival of the message that changed the state last
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
    Column("when_at", _MOMENT),
    Column("cause", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("changed_at", _MOMENT, nullable=False),
    CheckConstraint(f"char_length(thread_key) between 1 and {LONGEST_KEY}", name="thread_key_length"),
    CheckConstraint(_STATE_KNOWN, name="place_state_known"),
    CheckConstraint("cause in ('message', 'owner', 'clock')", name="cause_known"),
    CheckConstraint("when_at is null or when_day is not null", name="moment_has_a_day"),
    Index("ix_thread_states_thread_key_id", "thread_key", "id"),
)

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
    Column("created_at", _MOMENT, nullable=False),
    Column("next_attempt_at", _MOMENT, nullable=False),
    Column("lease_until", _MOMENT),  # set while a worker holds the row
    Column("expires_at", _MOMENT, nullable=False),
    Column("provider_id", Text, nullable=False),
    Column("tried_at", _MOMENT),  # when sending was last begun
    Column("check_at", _MOMENT),  # when to ask the provider how a sent one fared; null: never
    Column("escalate_at", _MOMENT),  # when the next channel takes over unless delivery is proved; null: it does not
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
    Column("started_at", _MOMENT, nullable=False, index=True),
    Column("finished_at", _MOMENT),
    Column("outcome", Text),
    CheckConstraint("(finished_at is null) = (outcome is null)", name="finished_with_outcome"),
)

# How many predictions each model made of messages up to a number, and how many these messages are (``tallies``).
tallies = Table(
    "tallies",
    METADATA,
    Column("model_version", Text, primary_key=True),  # empty: the messages themselves
    Column("up_to", BigInteger, nullable=False),  # the same in every row
    Column("counted", BigInteger, nullable=False),
    Column("latest", _MOMENT),  # when the last of them was decided; null of the messages
    CheckConstraint("counted >= 0", name="never_negative"),
)

health = Table(
    "health",
    METADATA,
    Column("component", Text, primary_key=True),  # "daemon", "mail", "classifier", "sms", ...
    Column("beat_at", _MOMENT),
    Column("error", Text),  # the last one, kept after it is over
    Column("advice", Text, nullable=False, server_default=""),
    Column("error_since", _MOMENT),
    Column("error_at", _MOMENT),
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
    Column("next_attempt_at", _MOMENT),
    Column("cleared_at", _MOMENT),  # null while the trouble lasts
    Column("errors", BigInteger, nullable=False, server_default="0"),  # ever
    CheckConstraint(
        "(error is null) = (error_since is null) and (error is null) = (error_at is null)", name="error_is_dated"
    ),
)

# Append-only: an answer that is taken back is answered again. Which of several counts is decided in ``labels``.
labels = Table(
    "labels",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("message_id", BigInteger, ForeignKey("messages.id", ondelete="CASCADE"), nullable=False),
    Column("value", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("labelled_at", _MOMENT, nullable=False),
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
    Column("drawn_at", _MOMENT, nullable=False),
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
    CheckConstraint(f"uidvalidity {_UID_RANGE}", name="uidvalidity_range"),
    CheckConstraint("highest_modseq > 0", name="highest_modseq_positive"),
)

models = Table(
    "models",
    METADATA,
    Column("version", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("hyper_parameters", JSONB, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("metrics", JSONB, nullable=False),
    Column("trained_on", JSONB, nullable=False),
    Column("trained_at", _MOMENT, nullable=False),
    Column("last_label_id", BigInteger, nullable=False),  # it learned from labels up to this one; 0: from none
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),  # one sentence: what the gate, or the owner, decided
    Column("championed_at", _MOMENT),  # when it last became champion
    Column("retired_at", _MOMENT),  # when it last ceased to be
    CheckConstraint("char_length(version) between 1 and 255", name="version_length"),
    CheckConstraint("threshold between 0 and 1", name="threshold_range"),
    CheckConstraint("last_label_id >= 0", name="last_label_id_counted"),
    CheckConstraint("state in ('champion', 'candidate', 'retired')", name="state_known"),
    CheckConstraint("state = 'candidate' or championed_at is not null", name="champions_are_dated"),
    CheckConstraint("state <> 'retired' or retired_at is not null", name="retired_is_dated"),
)
# At most one model serves.
Index("uq_models_champion", models.c.state, unique=True, postgresql_where=text("state = 'champion'"))

drift = Table(
    "drift",
    METADATA,
    Column("measured_at", _MOMENT, primary_key=True),
    Column("model_version", Text, nullable=False),
    Column("figures", JSONB, nullable=False),  # name -> number, see ``ml.drift``
    Column("verdict", Text, nullable=False),  # one sentence; empty: nothing moved
)

# Whose mail, or which thread, raises no alert. A thread is named by one of its messages: threads join, messages stay.
mutes = Table(
    "mutes",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("sender", Text, unique=True),  # address, lower case
    Column("message_id", BigInteger, ForeignKey("messages.id", ondelete="CASCADE"), unique=True),
    Column("source", Text, nullable=False),
    Column("muted_at", _MOMENT, nullable=False),
    Column("until", _MOMENT),  # null: for good
    CheckConstraint("(sender is null) <> (message_id is null)", name="one_subject"),
    CheckConstraint(f"char_length(sender) between 1 and {LONGEST_KEY}", name="sender_length"),
    CheckConstraint("source in ('cli', 'sms')", name="source_known"),
)

# Every text message that came in, by the provider's name for it: each is acted upon once. What it said is not kept.
replies = Table(
    "replies",
    METADATA,
    Column("sid", Text, primary_key=True),
    Column("received_at", _MOMENT, nullable=False),
    Column("seen_at", _MOMENT, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("label_id", BigInteger, ForeignKey("labels.id", ondelete="SET NULL")),
    Column("place", Text, nullable=False, server_default=""),  # where the owner says the get-together is
    CheckConstraint(f"char_length(sid) between 1 and {LONGEST_KEY}", name="sid_length"),
    CheckConstraint("outcome in ('applied', 'unclear', 'stranger')", name="outcome_known"),
)

# What the owner had forgotten, as a digest that tells nobody what it was: what is fetched again is not stored again.
forgotten_messages = Table(
    "forgotten_messages",
    METADATA,
    Column("digest", Text, primary_key=True),  # of account and message key (forgetting)
    Column("forgotten_at", _MOMENT, nullable=False),
    CheckConstraint("char_length(digest) = 64", name="digest_length"),
)

# Where it lies on the server: an audit or a backfill must not take these places for missing.
forgotten_locations = Table(
    "forgotten_locations",
    METADATA,
    Column("mailbox_id", BigInteger, ForeignKey("mailboxes.id", ondelete="CASCADE"), primary_key=True),
    Column("uidvalidity", BigInteger, primary_key=True),
    Column("uid", BigInteger, primary_key=True),
    CheckConstraint(f"uidvalidity {_UID_RANGE}", name="uidvalidity_range"),
    CheckConstraint(f"uid {_UID_RANGE}", name="uid_range"),
)
