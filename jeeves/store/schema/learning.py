"""The models, and whether the mail still looks as it did when they learned.

Lives here: the tables of models and of drift. Must not live here: what a model said of a message (``decisions``).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Double, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from jeeves.store.schema.metadata import METADATA, MOMENT

models = Table(
    "models",
    METADATA,
    Column("version", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("hyper_parameters", JSONB, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("metrics", JSONB, nullable=False),
    Column("trained_on", JSONB, nullable=False),
    Column("trained_at", MOMENT, nullable=False),
    Column("last_label_id", BigInteger, nullable=False),  # it learned from labels up to this one; 0: from none
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),  # one sentence: what the gate, or the owner, decided
    Column("championed_at", MOMENT),  # when it last became champion
    Column("retired_at", MOMENT),  # when it last ceased to be
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
    Column("measured_at", MOMENT, primary_key=True),
    Column("model_version", Text, nullable=False),
    Column("figures", JSONB, nullable=False),  # name -> number, see ``ml.drift``
    Column("verdict", Text, nullable=False),  # one sentence; empty: nothing moved
)
