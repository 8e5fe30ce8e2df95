"""Where an installation's models stand: the owner's own, and those Jeeves comes with.

Lives here: which of the two folders holds a model, and which model serves. Must not live here: scikit-learn (unless a
model is loaded), the database.

What is learned from the owner's mail is never written into the shipped folder: it may be read-only, and an upgrade
replaces it. ``ACTIVE`` in the owner's folder names the model that serves; without one, the shipped ``ACTIVE`` does.
See docs/decisions/0005-model-life.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jeeves import shipped as shipped_path
from jeeves.errors import ArtifactMismatch, NoActiveModel
from jeeves.ml.card import ACTIVE, CARD, NAME, active_version, disk_failures, read_card, write_active

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from jeeves.ml.model import Model
    from jeeves.ml.train import Trained
    from jeeves.types import ModelCard, Provenance

_CHOOSE = "See what there is with `jeeves models list`, and take one with `jeeves models activate`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The models' folders; satisfies ``ports.ModelFiles``."""

    own: Path  # written to; need not exist yet
    shipped: Path | None = None  # read only; None when the owner named a folder

    def active_version(self) -> str:
        """Return the name of the model that serves. Raises NoActiveModel when nothing names one."""
        return active_version(self._active_folder())

    def stamp(self) -> tuple[int, int, int] | None:
        """Return what changes whenever another model is named; None when nothing names one. A single stat call."""
        try:
            found = (self._active_folder() / ACTIVE).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size

    def folder(self, version: str) -> Path:
        """Return where the model of that name lies. Raises NoActiveModel when it lies nowhere."""
        if NAME.fullmatch(version):
            for place in self._places():
                if (place / version).is_dir():
                    return place / version
        raise NoActiveModel(f"there is no model at {self.own / version}", advice=_CHOOSE)

    def load(self, version: str) -> Model:
        """Load a model. Raises NoActiveModel, or ArtifactMismatch when it is damaged or of another make."""
        from jeeves.ml.artifact import load_path  # noqa: PLC0415 - `jeeves status` must not pay for scikit-learn

        return load_path(self.folder(version))

    def cards(self) -> list[ModelCard]:
        """Return the card of every model there is, the latest trained first; unreadable ones are left out."""
        found: dict[str, ModelCard] = {}
        for place in self._places():
            for path in place.glob(f"*/{CARD}"):
                if NAME.fullmatch(path.parent.name):
                    for card in _readable(path):
                        found.setdefault(path.parent.name, card)
        return sorted(found.values(), key=lambda card: card.trained_at, reverse=True)

    def point_at(self, version: str) -> None:
        """Make the model of that name serve, in one step; going back to the shipped one follows later upgrades too.

        Raises UserError when the disk does not take it. Does not look whether the model can be loaded.
        """
        with disk_failures(self.own):
            if self.shipped is not None and version == active_version(self.shipped):
                (self.own / ACTIVE).unlink(missing_ok=True)
                return
            self.own.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_active(self.own, version)

    def outdated(self) -> list[ModelCard]:
        """Return the cards of the models that an upgrade made useless, the latest trained first."""
        from jeeves.ml.artifact import complaint  # noqa: PLC0415 - as above

        return [card for card in self.cards() if complaint(card) is not None]

    def replace_outdated(self) -> None:
        """Let the shipped model serve where an upgrade made the owner's useless; that one is kept.

        Raises NoActiveModel or ArtifactMismatch when the shipped one is of no use either, UserError when the disk does
        not take the change.
        """
        if self.shipped is None or not (self.own / ACTIVE).exists():
            return
        named = active_version(self.own)
        if named in (card.version for card in self.outdated()):
            replacement = active_version(self.shipped)
            self.load(replacement)
            self.point_at(replacement)

    def save(self, trained: Trained, *, name: str, trained_at: datetime, provenance: Provenance) -> ModelCard:
        """Write a new model among the owner's, whole or not at all; it does not serve yet.

        Raises UserError when the disk does not take it. A new folder is the owner's alone: words of mail lie in it.
        """
        from jeeves.ml import artifact  # noqa: PLC0415 - as above

        with disk_failures(self.own):
            self.own.mkdir(mode=0o700, parents=True, exist_ok=True)
        return artifact.save(self.own, trained, name=name, trained_at=trained_at, provenance=provenance)

    def _active_folder(self) -> Path:
        return self.own if self.shipped is None or (self.own / ACTIVE).exists() else self.shipped

    def _places(self) -> tuple[Path, ...]:
        return (self.own,) if self.shipped is None else (self.own, self.shipped)


def shelf_for(directory: Path, data_dir: Path) -> Shelf:
    """Return the shelf for the settings ``classifier.directory`` and ``database.data_dir``."""
    if directory == shipped_path("models"):
        return Shelf(own=data_dir / "models", shipped=directory)
    return Shelf(own=directory)


def _readable(path: Path) -> list[ModelCard]:
    try:
        card = read_card(path, advice="")
    except ArtifactMismatch:
        return []
    return [card] if card.version == path.parent.name else []
