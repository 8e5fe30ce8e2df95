"""The card beside a model file, and the name of the active model: what can be read without loading any model.

Lives here: ``ModelCard`` to and from JSON, ``ACTIVE``. Must not live here: the model file itself, scikit-learn.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from jeeves.errors import ArtifactMismatch, NoActiveModel
from jeeves.types import ModelCard

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


ACTIVE: Final = "ACTIVE"  # the file in the models' folder that names the active one


def active_version(directory: Path) -> str:
    """Return the name ``directory/ACTIVE`` holds. Raises NoActiveModel when it cannot be read."""
    try:
        return (directory / ACTIVE).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NoActiveModel(
            f"there is no active model in {directory}",
            advice="Set classifier.directory to the folder that holds the models, or run `jeeves retrain`.",
        ) from error


def write_card(path: Path, card: ModelCard) -> None:
    """Write ``card`` as indented JSON. Raises OSError."""
    fields = asdict(card) | {"trained_at": card.trained_at.astimezone(UTC).isoformat()}
    path.write_text(json.dumps(fields, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def read_card(path: Path, *, advice: str) -> ModelCard:
    """Read a card. Raises ArtifactMismatch with ``advice`` when it is missing, cut short or not a card."""
    try:
        return _card(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ArtifactMismatch(f"the model card {path} is missing or damaged", advice=advice) from error


def _card(fields: Mapping[str, object]) -> ModelCard:
    card = ModelCard(
        version=_text(fields["version"]),
        sha256=_text(fields["sha256"]),
        hyper_parameters=_mapping(fields["hyper_parameters"]),
        threshold=_number(fields["threshold"]),
        metrics={key: _number(value) for key, value in _mapping(fields["metrics"]).items()},
        trained_on={key: int(_number(value)) for key, value in _mapping(fields["trained_on"]).items()},
        trained_at=datetime.fromisoformat(_text(fields["trained_at"])),
        libraries={key: _text(value) for key, value in _mapping(fields["libraries"]).items()},
    )
    if not 0 <= card.threshold <= 1:
        raise ValueError("a threshold is a probability")
    return card


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise TypeError("not a line of text")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError("not a number")
    return float(value)


def _mapping(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value
