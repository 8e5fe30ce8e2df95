"""Which model serves: the owner chooses, goes back, and the rows follow the files.

Lives here: the use cases, by ports. Must not live here: files, SQL, whether a new model is good enough (``retrain``).

The order is always the same: the model is tried, then named in ``ACTIVE`` (the instant it counts), then the rows are
brought in line. Killed in between, the rows are behind, and whoever comes next brings them in line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jeeves.errors import NoActiveModel, UserError
from jeeves.types import ModelState

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.ports import ModelFiles, ModelStore
    from jeeves.types import ModelRecord


def follow_files(files: ModelFiles, store: ModelStore, *, now: datetime, why: str = "") -> str | None:
    """Bring the rows in line with the files; return the model that serves, None when none does."""
    try:
        active: str | None = files.active_version()
    except NoActiveModel:
        active = None
    store.follow(active, files.cards(), why=why, now=now)
    return active


def activate(files: ModelFiles, store: ModelStore, version: str, *, why: str, now: datetime) -> None:
    """Make ``version`` the model that serves.

    Raises NoActiveModel or ArtifactMismatch when it cannot, and UserError when the disk does not take the change;
    nothing has changed then.
    """
    files.load(version)
    files.point_at(version)
    follow_files(files, store, now=now, why=why)


def rollback(files: ModelFiles, store: ModelStore, *, now: datetime) -> str:
    """Go back to the champion before the present one; return its version. Going back twice leads forth again.

    Raises UserError when there was none, and as ``activate`` does.
    """
    follow_files(files, store, now=now)
    retired = [record for record in store.all() if record.state is ModelState.RETIRED]
    if not retired:
        raise UserError("There is no earlier model to go back to.", advice="See them all with `jeeves models list`.")
    latest = max(retired, key=lambda record: record.retired_at or record.trained_at)
    activate(files, store, latest.version, why="You went back to it.", now=now)
    return latest.version


def superseded(files: ModelFiles, store: ModelStore) -> ModelRecord | None:
    """Return the model of the owner that an upgrade made useless, unless a usable one has learned as much since."""
    outdated = {card.version for card in files.outdated()}
    records = store.all()
    learned = max((record.last_label_id for record in records if record.version not in outdated), default=0)
    lost = [record for record in records if record.version in outdated and record.last_label_id > learned]
    return max(lost, key=lambda record: record.last_label_id, default=None)
