"""The card beside a model file, and the name of the active model: what can be read without loading any model.

Lives here: ``ModelCard`` to and from JSON, ``ACTIVE``. Must not live here: the model file itself, scikit-learn.
"""

from __future__ import annotations

import json
import math
import os
import re
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from jeeves.errors import ArtifactMismatch, NoActiveModel, UserError
from jeeves.types import ModelCard, Provenance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


ACTIVE: Final = "ACTIVE"  # the file in the models' folder that names the active one
CARD: Final = "card.json"
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # of a model, which is also the name of its folder


def active_version(directory: Path) -> str:
    """Return the name ``directory/ACTIVE`` holds. Raises NoActiveModel when it cannot be read."""
    try:
        return (directory / ACTIVE).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NoActiveModel(
            f"there is no active model in {directory}",
            advice="Set classifier.directory to the folder that holds the models, or run `jeeves retrain`.",
        ) from error


@contextmanager
def disk_failures(directory: Path) -> Iterator[None]:
    """Turn an OSError of the block into a UserError that names ``directory``."""
    try:
        yield
    except OSError as error:
        raise UserError(
            f"the model cannot be kept in {directory}: {error.strerror or type(error).__name__}",
            advice="Make the folder writable and see that the disk has room, or choose another one.",
        ) from error


def write_active(directory: Path, version: str) -> None:
    """Make ``version`` the active model, in one step: a reader sees the old name or the new one. Raises OSError."""
    unfinished = directory / f".{ACTIVE}-{os.getpid()}"
    with unfinished.open("w", encoding="utf-8") as stream:
        stream.write(version + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(directory / ACTIVE)


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
        provenance=_provenance(_mapping(fields.get("provenance", {}))),
    )
    if not 0 <= card.threshold <= 1:
        raise ValueError("a threshold is a probability")
    return card


def _provenance(fields: Mapping[str, object]) -> Provenance:
    """Read what cards did not hold at first: each field may be missing."""
    deciles = fields.get("deciles", [])
    if not isinstance(deciles, list):
        raise TypeError("not a list")
    return Provenance(
        origins={key: int(_number(value)) for key, value in _mapping(fields.get("origins", {})).items()},
        last_label_id=int(_number(fields.get("last_label_id", 0))),
        verdict=_text(fields.get("verdict", "")),
        mailbox={key: _number(value) for key, value in _mapping(fields.get("mailbox", {})).items()},
        deciles=tuple(_number(value) for value in deciles),
    )


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
