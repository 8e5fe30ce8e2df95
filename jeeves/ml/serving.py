"""The model that serves, changed while the daemon runs.

Lives here: noticing that another model was named, and loading it. Must not live here: which model should serve.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from jeeves.errors import ArtifactMismatch, NoActiveModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jeeves.ml.model import Model
    from jeeves.ml.shelf import Shelf
    from jeeves.types import Message, Prediction


class ServingModel:
    """Whatever model the shelf names at the moment; satisfies ``ports.Classifier``. May be used by several threads."""

    def __init__(self, shelf: Shelf) -> None:
        """Load the model that serves, the shipped one where an upgrade made the owner's useless.

        Raises NoActiveModel, ArtifactMismatch, UserError as ``Shelf.replace_outdated``.
        """
        shelf.replace_outdated()
        self._shelf = shelf
        self._lock = threading.Lock()
        self._stamp = shelf.stamp()
        self._model = shelf.load(shelf.active_version())
        self.trouble: NoActiveModel | ArtifactMismatch | None = None  # why the model named last does not serve

    @property
    def version(self) -> str:
        """Name of the model that answers now."""
        return self._model.version

    @property
    def model(self) -> Model:
        """The model that answers now."""
        return self._model

    def predict(self, messages: Sequence[Message]) -> list[Prediction]:
        """Score messages with the model named now, or with the one before it when that cannot be loaded."""
        if self._shelf.stamp() != self._stamp:
            self.refresh()
        return self._model.predict(messages)

    def refresh(self) -> None:
        """Load the model named now unless it answers already; what is wrong with it is kept in ``trouble``."""
        with self._lock:
            stamp = self._shelf.stamp()
            if stamp == self._stamp and self.trouble is None:
                return
            self._stamp = stamp
            try:
                named = self._shelf.active_version()
                if named != self._model.version:
                    self._model = self._shelf.load(named)
            except (NoActiveModel, ArtifactMismatch) as error:
                self.trouble = error
            else:
                self.trouble = None
