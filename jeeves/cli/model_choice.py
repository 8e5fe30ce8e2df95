"""The model a command works with: ``--model NAME|PATH``.

Lives here: the option and what it leads to. Must not live here: reading model files.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from jeeves.ml.model import Model

model_option: Final = click.option(
    "--model", metavar="NAME|PATH", help="A shipped model by name, or a model's folder; else the active one."
)


def load_model(name: str | None) -> Model:
    """Load the model ``name``, by path when it looks like one; raises NoActiveModel and ArtifactMismatch."""
    from jeeves import shipped  # noqa: PLC0415 - --help must not pay for these
    from jeeves.ml.artifact import load, load_active, load_path  # noqa: PLC0415

    if name is None:
        return load_active(shipped("models"))
    path = Path(name)
    if path.exists() or len(path.parts) != 1:
        return load_path(path)
    return load(shipped("models"), name)
