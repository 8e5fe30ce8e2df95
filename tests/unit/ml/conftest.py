"""A small model, trained once for all tests of this room."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from jeeves.ml import artifact
from jeeves.ml.model import Model
from jeeves.ml.train import Trained, train
from tests.unit.ml.examples import examples

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def trained() -> Trained:
    return train(examples(), seed=7)


@pytest.fixture(scope="session")
def model(trained: Trained) -> Model:
    return Model(trained.fitted, threshold=trained.threshold, version="test-1")


@pytest.fixture
def models(trained: Trained, tmp_path: Path) -> Path:
    """Return a models directory with one active model."""
    card = artifact.save(tmp_path, trained, name="test", trained_at=datetime(2026, 3, 4, 5, 6, tzinfo=UTC))
    artifact.activate(tmp_path, card.version)
    return tmp_path
