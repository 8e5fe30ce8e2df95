"""Where the get-together of a thread stands: more states, its place and time, and how it came about.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: None = None
depends_on: None = None

_MOMENT = sa.DateTime(timezone=True)
_BEFORE = "'none', 'open', 'settled'"
_ADDED = "'remote', 'off', 'past'"

def upgrade() -> None:
    """Add what a thread's state is made of; what is open already begins its history with the message alerted of."""
    op.add_column("messages", sa.Column("sent_offset", sa.Integer))
    op.add_column("threads", sa.Column("place", sa.Text, nullable=False, server_default=""))
    op.add_column("threads", sa.Column("when_day", sa.Date))
    op.add_column("threads", sa.Column("when_at", _MOMENT))
    op.add_column("threads", sa.Column("opened_at", _MOMENT))
    op.add_column("threads", sa.Column("as_of", _MOMENT))
    op.add_column("threads", sa.Column("words", sa.Text, nullable=False, server_default=""))
    op.add_column("threads", sa.Column("revision", sa.Integer, nullable=False, server_default="0"))
    op.drop_constraint(op.f("ck_threads_place_state_known"), "threads")
    op.create_check_constraint(
        op.f("ck_threads_place_state_known"), "threads", f"place_state in ({_BEFORE}, {_ADDED})"
    )
    op.create_check_constraint(
        op.f("ck_threads_moment_has_a_day"), "threads", "when_at is null or when_day is not null"
    )
    op.create_index("ix_threads_open", "threads", ["thread_key"], postgresql_where=sa.text("place_state = 'open'"))
    op.create_table(
        "thread_states",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("thread_key", sa.Text, nullable=False),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("place_state", sa.Text, nullable=False),
        sa.Column("proposal", sa.Integer, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("when_day", sa.Date),
        sa.Column("when_at", _MOMENT),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_states")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], ondelete="SET NULL", name=op.f("fk_thread_states_message_id_messages")
        ),
        sa.CheckConstraint("char_length(thread_key) between 1 and 255", name=op.f("ck_thread_states_thread_key_length")),
        sa.CheckConstraint(
            f"place_state in ({_BEFORE}, {_ADDED})", name=op.f("ck_thread_states_place_state_known")
        ),
        sa.CheckConstraint("cause in ('message', 'owner', 'clock')", name=op.f("ck_thread_states_cause_known")),
        sa.CheckConstraint(
            "when_at is null or when_day is not null", name=op.f("ck_thread_states_moment_has_a_day")
        ),
    )
    op.create_index("ix_thread_states_thread_key_id", "thread_states", ["thread_key", "id"])
    op.create_index("ix_thread_states_message_id", "thread_states", ["message_id"])
    op.execute("update threads set opened_at = updated_at where place_state = 'open'")
    op.execute(
        "insert into thread_states (thread_key, message_id, place_state, proposal, place, cause, words, changed_at)"
        " select t.thread_key, n.message_id, t.place_state, t.proposal, '', 'message', '', t.updated_at"
        " from threads t left join notifications n"
        " on n.dedupe_key = t.thread_key || '#' || t.proposal and n.escalated_from is null"
        " where t.place_state <> 'none'"
    )


def downgrade() -> None:
    """Call a get-together without a place to go to settled, which it is to an older program: nothing is missing."""
    op.drop_table("thread_states")
    op.drop_index("ix_threads_open", "threads")
    op.drop_constraint(op.f("ck_threads_moment_has_a_day"), "threads")
    op.drop_constraint(op.f("ck_threads_place_state_known"), "threads")
    op.execute(f"update threads set place_state = 'settled' where place_state in ({_ADDED})")
    op.create_check_constraint(op.f("ck_threads_place_state_known"), "threads", f"place_state in ({_BEFORE})")
    for column in ("place", "when_day", "when_at", "opened_at", "as_of", "words", "revision"):
        op.drop_column("threads", column)
    op.drop_column("messages", "sent_offset")
