"""Trained models on disk: ``DIRECTORY/VERSION/model.npz`` and ``card.json``, and ``DIRECTORY/ACTIVE``.

Lives here: writing, checking and reading model files. Must not live here: training, scoring.

A model file is data, never code: arrays of numbers and text, read with ``allow_pickle=False`` (NumPy documentation,
``numpy.load``). The SHA-256 of the card is checked before NumPy sees a byte.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
import shutil
import tempfile
import zipfile
from importlib.metadata import version as installed_version
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from jeeves.errors import ArtifactMismatch, NoActiveModel, OutdatedModel
from jeeves.ml import features
from jeeves.ml.card import ACTIVE, CARD, NAME, active_version, disk_failures, read_card, write_active, write_card
from jeeves.ml.fitted import Fitted
from jeeves.ml.model import Model
from jeeves.ml.pooled import PooledRegression
from jeeves.ml.vectors import KINDS, Vectoriser
from jeeves.ml.word_forms import WordForm
from jeeves.types import ModelCard, Provenance

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from jeeves.ml.train import Trained

ARTIFACT: Final = "model.npz"

_RETRAIN: Final = "Train it again with `jeeves retrain`, or restore the folder from a backup or the release."
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)  # the earliest a zip archive can name


def load_active(directory: Path) -> Model:
    """Load the model ``directory/ACTIVE`` names.

    Raises NoActiveModel when there is none, ArtifactMismatch when it is damaged, OutdatedModel when it is of another
    make.
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
    if (outdated := complaint(card)) is not None:
        raise outdated
    try:
        content = (folder / ARTIFACT).read_bytes()
    except OSError as error:
        raise ArtifactMismatch(f"the model file {folder / ARTIFACT} cannot be read", advice=_RETRAIN) from error
    if hashlib.sha256(content).hexdigest() != card.sha256:
        raise ArtifactMismatch(
            f"the model file {folder / ARTIFACT} is damaged: its SHA-256 is not the one on its card", advice=_RETRAIN
        )
    return Model(_fitted(content, folder), threshold=card.threshold, version=card.version)


def save(
    directory: Path, trained: Trained, *, name: str, trained_at: datetime, provenance: Provenance | None = None
) -> ModelCard:
    """Write a new model into ``directory`` and return its card; it is not active yet.

    ``name`` says what it was trained from and opens the version: ``starter-2026.11.21-1a2b3c4d``; ``provenance``
    goes onto the card. The same model learned again on the same day is kept beside the first, with a number: its card
    tells of another training, and the first one may be what was damaged. The folder appears whole or not at all.
    Raises UserError when the disk does not take it.
    """
    content = _content(trained.fitted)
    sha256 = hashlib.sha256(content).hexdigest()
    card = ModelCard(
        version=_free_version(directory, f"{name}-{trained_at:%Y.%m.%d}-{sha256[:8]}"),
        sha256=sha256,
        hyper_parameters=trained.hyper_parameters,
        threshold=trained.threshold,
        metrics=trained.metrics,
        trained_on=trained.trained_on,
        trained_at=trained_at,
        libraries=_libraries(),
        intervals=trained.intervals,
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


def _free_version(directory: Path, version: str) -> str:
    numbered = (f"{version}-{number}" for number in count(2))
    return next(free for free in chain([version], numbered) if not (directory / free).exists())


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
        "numpy": installed_version("numpy"),
        "jeeves.ml.features": features.VERSION,
    }


def complaint(card: ModelCard) -> OutdatedModel | None:
    """Return what is wrong with a model of another minor release, or of other features: it would score nonsense."""
    for library, installed in _libraries().items():
        needed = card.libraries.get(library, "an unknown version")
        if needed.split(".")[:2] != installed.split(".")[:2]:
            return OutdatedModel(
                f"model {card.version} was made with {library} {needed}, but {installed} is installed",
                advice=f"Install {library} {needed}, or train the model again with `jeeves retrain`.",
            )
    return None


def _content(fitted: Fitted) -> bytes:
    """Return the model as bytes, the same for the same model: an .npz file without times.

    Weights are rounded to 32 bits, half the size for the seventh digit.
    """
    vectoriser, regression = fitted.vectoriser, fitted.regression
    arrays: dict[str, NDArray[Any]] = {
        "message_weights": regression.message_weights.astype(np.float32),
        "sentence_weights": regression.sentence_weights.astype(np.float32),
        "intercept": np.array(regression.intercept),
        "temperature": np.array(regression.temperature),
        "form": np.array(vectoriser.form.value),
    }
    for kind in KINDS:
        names = "\n".join(vectoriser.names[kind.name].tolist())
        arrays[f"{kind.name}.names"] = np.frombuffer(names.encode(), dtype=np.uint8)
        arrays[f"{kind.name}.idf"] = vectoriser.idf[kind.name].astype(np.float32)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=_NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
    return stream.getvalue()


def _fitted(content: bytes, folder: Path) -> Fitted:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return _assembled(arrays)
    except Exception as error:  # what NumPy raises on a hostile file is not documented: all of it means no
        raise ArtifactMismatch(
            f"the model file {folder / ARTIFACT} holds something other than a Jeeves model", advice=_RETRAIN
        ) from error


def _assembled(arrays: Mapping[str, NDArray[Any]]) -> Fitted:
    """Put the parts together. Raises ValueError when they do not fit, KeyError when one is missing."""
    known: dict[str, str] = {}  # kinds share most of their words, and so they share the strings
    names = {kind.name: _names(arrays[f"{kind.name}.names"], known) for kind in KINDS}
    idf = {kind.name: _numbers(arrays[f"{kind.name}.idf"], len(names[kind.name])) for kind in KINDS}
    sizes = {
        level: sum(len(names[kind.name]) for kind in KINDS if kind.of_sentences is level) for level in (False, True)
    }
    regression = PooledRegression(
        message_weights=_numbers(arrays["message_weights"], sizes[False]),
        sentence_weights=_numbers(arrays["sentence_weights"], sizes[True]),
        intercept=float(arrays["intercept"]),
        temperature=float(arrays["temperature"]),
    )
    if not (math.isfinite(regression.intercept) and 0 < regression.temperature < math.inf):
        raise ValueError("not a decision function")
    return Fitted(
        vectoriser=Vectoriser(names=names, idf=idf, form=WordForm(str(arrays["form"]))), regression=regression
    )


def _names(encoded: NDArray[Any], known: dict[str, str]) -> NDArray[Any]:
    """Return the features as Python's own strings: NumPy's are each as wide as the longest, in 4 bytes a character."""
    text = encoded.astype(np.uint8, casting="equiv").tobytes().decode()
    return np.array([known.setdefault(name, name) for name in text.split("\n")] if text else [], dtype=np.object_)


def _numbers(values: NDArray[Any], length: int) -> NDArray[np.float64]:
    numbers = values.astype(np.float64, casting="safe")
    if numbers.shape != (length,) or not np.isfinite(numbers).all():
        raise ValueError("not one number per feature")
    return numbers
