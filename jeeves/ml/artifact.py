"""Trained models on disk: ``DIRECTORY/VERSION/model.skops`` and ``card.json``, and ``DIRECTORY/ACTIVE``.

Lives here: writing, checking and reading model files. Must not live here: training, scoring.

A model file is data, never code: skops builds only the types of scikit-learn and numpy it knows and the one
function named in ``TRUSTED`` (skops documentation, "Secure persistence"). The list is written by hand; what a file
asks for is never trusted because it asks. The SHA-256 of the card is checked before skops sees a byte.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zipfile import ZIP_DEFLATED

import skops.io
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from jeeves.errors import ArtifactMismatch, NoActiveModel
from jeeves.ml import features
from jeeves.ml.card import ACTIVE, CARD, NAME, active_version, disk_failures, read_card, write_active, write_card
from jeeves.ml.model import Model
from jeeves.types import ModelCard, Provenance

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.ml.train import Trained

ARTIFACT: Final = "model.skops"
TRUSTED: Final = ("jeeves.ml.features.analyse",)

_RETRAIN: Final = "Train it again with `jeeves retrain`, or restore the folder from a backup or the release."


def load_active(directory: Path) -> Model:
    """Load the model ``directory/ACTIVE`` names.

    Raises NoActiveModel when there is none, ArtifactMismatch when it is damaged or of another make.
    """
    return load(directory, active_version(directory))


def load(directory: Path, version: str) -> Model:
    """Load the model named ``version`` from ``directory``; raises as ``load_active`` does."""
    if not NAME.fullmatch(version):
        raise NoActiveModel(
            f"{directory / ACTIVE} names no model", advice=f"Write the name of a folder beside it into it. {_RETRAIN}"
        )
    return load_path(directory / version)


def load_path(path: Path) -> Model:
    """Load the model in the folder ``path`` (or beside the file ``path``); raises as ``load_active`` does."""
    folder = path.parent if path.name in {ARTIFACT, CARD} else path
    if not folder.is_dir():
        raise NoActiveModel(f"there is no model at {folder}", advice=_RETRAIN)
    card = read_card(folder / CARD, advice=_RETRAIN)
    _demand_libraries(card)
    try:
        content = (folder / ARTIFACT).read_bytes()
    except OSError as error:
        raise ArtifactMismatch(f"the model file {folder / ARTIFACT} cannot be read", advice=_RETRAIN) from error
    if hashlib.sha256(content).hexdigest() != card.sha256:
        raise ArtifactMismatch(
            f"the model file {folder / ARTIFACT} is damaged: its SHA-256 is not the one on its card", advice=_RETRAIN
        )
    return Model(_pipeline(content, folder), threshold=card.threshold, version=card.version)


def save(
    directory: Path, trained: Trained, *, name: str, trained_at: datetime, provenance: Provenance | None = None
) -> ModelCard:
    """Write a new model into ``directory`` and return its card; it is not active yet.

    ``name`` says what it was trained from and opens the version: ``starter-2026.11.21-1a2b3c4d``; ``provenance``
    goes onto the card. The folder appears whole or not at all. Raises UserError when the disk does not take it.
    """
    content = skops.io.dumps(trained.pipeline, compression=ZIP_DEFLATED, compresslevel=9)
    sha256 = hashlib.sha256(content).hexdigest()
    card = ModelCard(
        version=f"{name}-{trained_at:%Y.%m.%d}-{sha256[:8]}",
        sha256=sha256,
        hyper_parameters=trained.hyper_parameters,
        threshold=trained.threshold,
        metrics=trained.metrics,
        trained_on=trained.trained_on,
        trained_at=trained_at,
        libraries=_libraries(),
        provenance=provenance or Provenance(),
    )
    with disk_failures(directory):
        directory.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=directory, prefix=".unfinished-"))
        try:
            (unfinished / ARTIFACT).write_bytes(content)
            write_card(unfinished / CARD, card)
            for name_of_file in (ARTIFACT, CARD):
                _reach_disk(unfinished / name_of_file)
            unfinished.chmod(0o755)
            unfinished.rename(directory / card.version)
        except BaseException:  # Ctrl-C too: nothing half done stays behind
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    return card


def activate(directory: Path, version: str) -> None:
    """Make ``version`` the active model, in one step: a reader sees the old name or the new one.

    Raises NoActiveModel or ArtifactMismatch when that model cannot be loaded, UserError when the disk does not take
    the change; the old one then stays active.
    """
    load(directory, version)
    with disk_failures(directory):
        write_active(directory, version)


def _reach_disk(path: Path) -> None:
    """Wait until a file is on the disk: ACTIVE must not outlive the model it names when the power fails."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def _libraries() -> dict[str, str]:
    return {
        "scikit-learn": installed_version("scikit-learn"),
        "skops": installed_version("skops"),
        "jeeves.ml.features": features.VERSION,
    }


def _demand_libraries(card: ModelCard) -> None:
    """Refuse a model made by another minor release, or from other features: it would load and score nonsense."""
    for library, installed in _libraries().items():
        needed = card.libraries.get(library, "an unknown version")
        if needed.split(".")[:2] != installed.split(".")[:2]:
            raise ArtifactMismatch(
                f"model {card.version} was made with {library} {needed}, but {installed} is installed",
                advice=f"Install {library} {needed}, or train the model again with `jeeves retrain`.",
            )


def _pipeline(content: bytes, folder: Path) -> Pipeline:
    try:
        loaded = skops.io.load(io.BytesIO(content), trusted=list(TRUSTED))
    except Exception as error:  # what skops raises on a hostile file is not documented: all of it means no
        raise ArtifactMismatch(
            f"the model file {folder / ARTIFACT} holds something other than a Jeeves model", advice=_RETRAIN
        ) from error
    if not _is_ours(loaded):
        raise ArtifactMismatch(
            f"the model file {folder / ARTIFACT} holds something other than a Jeeves model", advice=_RETRAIN
        )
    return loaded


def _is_ours(loaded: object) -> bool:
    return (
        isinstance(loaded, Pipeline)
        and [name for name, _ in loaded.steps] == ["tfidf", "logistic_regression"]
        and isinstance(loaded.named_steps["tfidf"], TfidfVectorizer)
        and loaded.named_steps["tfidf"].tokenizer is features.analyse
        and isinstance(loaded.named_steps["logistic_regression"], LogisticRegression)
        and loaded.named_steps["logistic_regression"].classes_.tolist() == [False, True]
    )
