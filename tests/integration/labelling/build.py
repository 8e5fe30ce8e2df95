"""A mailbox to label, and a sitting over it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from jeeves import shipped
from jeeves.actions.label_queue import LabelQueue
from jeeves.actions.labelling import Labelling
from jeeves.ml.artifact import load_active
from jeeves.ml.sampling import Strategy
from jeeves.store.archive import PostgresArchive
from jeeves.store.audits import PostgresAudits
from jeeves.store.label_queue import PostgresLabelQueue
from jeeves.store.labels import PostgresLabels
from jeeves.types import Answer, ArchivedMessage
from tests.unit.records import message

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from jeeves.ml.model import Model

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ACCOUNT = "me@example.com"
LUNCH = "Shall we have lunch together on Thursday? I would love to catch up with you."
PAID = "The quarterly report is attached. The invoice was paid yesterday."


@cache
def model() -> Model:
    """Return the model that Jeeves comes with."""
    return load_active(shipped("models"))


def keep(engine: Engine, *texts: str, **changes: object) -> list[int]:
    """Store a message of a thread of its own for each text, the first one the latest; return their numbers."""
    batch = [
        ArchivedMessage(
            message=replace(
                message(),
                message_key=f"<{number}@example.org>",
                thread_key=f"<{number}@example.org>",
                text=text,
                received_at=NOW - timedelta(days=2, minutes=number),
                **({"subject": f"Letter {number}"} | changes),  # type: ignore[arg-type]  # the caller's business
            )
        )
        for number, text in enumerate(texts, start=1)
    ]
    ids = PostgresArchive(engine).add(ACCOUNT, batch, silent_before=NOW, now=NOW).ids
    return [number for number in ids if number is not None]


def begin(engine: Engine, strategy: Strategy = Strategy.LIKELY) -> Labelling:
    """Begin a sitting, the likeliest message first unless another strategy is named."""
    mail, labels = PostgresLabelQueue(engine), PostgresLabels(engine)
    queue = LabelQueue(mail, labels.answered(), model(), untaught=model(), seed=1, now=NOW)
    return Labelling(mail, labels, PostgresAudits(engine), queue, model(), strategy=strategy, clock=lambda: NOW)


def said(engine: Engine) -> dict[int, Answer]:
    """Return the answers that count, by message."""
    return {mail.id: mail.answer for mail in PostgresLabels(engine).answered()}


def prepare(sitting: Labelling) -> None:
    """Let everything be read ahead and looked over."""
    while sitting.read_ahead() or sitting.look_over():
        pass
