"""What this installation knows of its models: one row each, at most one of them champion.

Lives here: ``PostgresModels``. Must not live here: model files, and which model serves: that is what the file ACTIVE
says, and these rows follow it (docs/decisions/0005-model-life.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Row, select, text, update
from sqlalchemy.dialects.postgresql import insert

from jeeves.store import rows
from jeeves.store.failures import translated
from jeeves.store.schema import models
from jeeves.types import ModelRecord, ModelState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from jeeves.types import ModelCard


class PostgresModels:
    """Satisfies ``ports.ModelStore``. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine`` (``database.connect``), whose schema is migrated."""
        self._engine = engine

    def all(self) -> list[ModelRecord]:
        """Return every model ever known, the latest trained first."""
        query = select(models).order_by(models.c.trained_at.desc(), models.c.version)
        with translated(), self._engine.connect() as connection:
            return [_record(row) for row in connection.execute(query)]

    def follow(self, active: str | None, cards: Sequence[ModelCard], *, why: str, now: datetime) -> None:
        """Bring the rows in line with the files, in one transaction; changes nothing when they are.

        Models of ``cards`` that are not known become candidates. ``active``, which ``ACTIVE`` names, becomes the
        champion for the reason ``why``, and the champion before it retires. None, or a version without a row: there
        is no champion.
        """
        with translated(), self._engine.begin() as connection:
            # Two processes that follow at once would each find the other's champion.
            connection.execute(text("lock table models in share row exclusive mode"))
            for card in cards:
                connection.execute(insert(models).values(_row(card)).on_conflict_do_nothing())
            _crown(connection, rows.clean(active) if active else None, rows.clean(why), now)


def _crown(connection: Connection, active: str | None, why: str, now: datetime) -> None:
    reigning = connection.execute(
        select(models.c.version).where(models.c.state == ModelState.CHAMPION.value)
    ).scalar_one_or_none()
    if reigning == active:
        return
    connection.execute(
        update(models).where(models.c.version == reigning).values(state=ModelState.RETIRED.value, retired_at=now)
    )
    crowned: dict[str, object] = {"state": ModelState.CHAMPION.value, "championed_at": now}
    connection.execute(update(models).where(models.c.version == active).values(crowned | ({"why": why} if why else {})))


def _row(card: ModelCard) -> Mapping[str, object]:
    return {
        "version": rows.clean(card.version),
        "sha256": rows.clean(card.sha256),
        "hyper_parameters": dict(card.hyper_parameters),
        "threshold": card.threshold,
        "metrics": dict(card.metrics),
        "trained_on": dict(card.trained_on) | dict(card.provenance.origins),
        "trained_at": card.trained_at,
        "last_label_id": card.provenance.last_label_id,
        "state": ModelState.CANDIDATE.value,
        "why": rows.clean(card.provenance.verdict),
    }


def _record(row: Row[Any]) -> ModelRecord:
    return ModelRecord(
        version=row.version,
        sha256=row.sha256,
        state=ModelState(row.state),
        why=row.why,
        threshold=row.threshold,
        metrics=row.metrics,
        trained_on=row.trained_on,
        trained_at=row.trained_at,
        last_label_id=row.last_label_id,
        championed_at=row.championed_at,
        retired_at=row.retired_at,
    )
