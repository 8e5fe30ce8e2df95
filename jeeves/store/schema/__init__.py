"""The tables, as SQLAlchemy Core metadata: what the migrations must add up to; one module a subject.

Lives here: the public names; beside it tables, constraints, indexes. Must not live here: queries, connections,
decisions. An invariant the program relies on is a constraint here, so that no code path can break it. Everybody else
imports from the package, which knows every table; a module in it knows its own only.
"""

from jeeves.store.schema.alerts import delivery_attempts, notifications
from jeeves.store.schema.answers import audits, labels, mailbox_marks, mark_scans, mutes, replies
from jeeves.store.schema.decisions import predictions, tallies, thread_states, threads
from jeeves.store.schema.forgotten import forgotten_locations, forgotten_messages
from jeeves.store.schema.learning import drift, models
from jeeves.store.schema.mail import (
    WEEK,
    WORDS,
    left_of_sender,
    mail_traffic,
    mailboxes,
    message_locations,
    messages,
    raw_messages,
    thread_links,
)
from jeeves.store.schema.metadata import LONGEST_KEY, METADATA
from jeeves.store.schema.operation import health

__all__ = [
    "LONGEST_KEY",
    "METADATA",
    "WEEK",
    "WORDS",
    "audits",
    "delivery_attempts",
    "drift",
    "forgotten_locations",
    "forgotten_messages",
    "health",
    "labels",
    "left_of_sender",
    "mail_traffic",
    "mailbox_marks",
    "mailboxes",
    "mark_scans",
    "message_locations",
    "messages",
    "models",
    "mutes",
    "notifications",
    "predictions",
    "raw_messages",
    "replies",
    "tallies",
    "thread_links",
    "thread_states",
    "threads",
]
