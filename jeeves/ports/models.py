"""The classifier, and the models it is one of.

Lives here: scoring, and where models and what is known of them are kept. Must not live here: learning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from jeeves.ml.train import Trained
    from jeeves.types import Message, ModelCard, ModelRecord, Prediction, Provenance


class Classifier(Protocol):
    """A trained model."""

    @property
    def version(self) -> str:
        """Name of the model, part of every prediction."""
        ...

    def predict(self, messages: Sequence[Message]) -> list[Prediction]:
        """Score messages; same order, same length; never raises on any message."""
        ...


class ModelStore(Protocol):
    """What is known of the models of this installation."""

    def all(self) -> list[ModelRecord]:
        """Return every model ever known, the latest trained first."""
        ...

    def follow(self, active: str | None, cards: Sequence[ModelCard], *, why: str, now: datetime) -> None:
        """Bring the rows in line with the files: unknown ``cards`` are candidates, ``active`` is the champion."""
        ...


class ModelFiles(Protocol):
    """The trained models on disk."""

    def active_version(self) -> str:
        """Return the name of the model that serves. Raises NoActiveModel when nothing names one."""
        ...

    def load(self, version: str) -> Classifier:
        """Load a model. Raises NoActiveModel when it is not there, ArtifactMismatch when it is of no use."""
        ...

    def cards(self) -> list[ModelCard]:
        """Return the card of every model there is, the latest trained first; unreadable ones are left out."""
        ...

    def outdated(self) -> list[ModelCard]:
        """Return the cards of the models that an upgrade made useless, the latest trained first."""
        ...

    def replace_outdated(self) -> None:
        """Let the shipped model serve where an upgrade made the owner's useless; that one is kept.

        Raises NoActiveModel or ArtifactMismatch when the shipped one is of no use either, UserError when the disk does
        not take the change.
        """
        ...

    def point_at(self, version: str) -> None:
        """Make the model of that name serve, in one step. Raises UserError when the disk does not take it."""
        ...

    def save(self, trained: Trained, *, name: str, trained_at: datetime, provenance: Provenance) -> ModelCard:
        """Write a new model, whole or not at all; it does not serve yet. Raises UserError likewise."""
        ...
