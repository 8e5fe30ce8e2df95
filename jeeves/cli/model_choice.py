"""The model a command works with: ``--model NAME|PATH``.

Lives here: the option and what it leads to. Must not live here: reading model files.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from jeeves.errors import ConfigError
    from jeeves.ml.model import Model
    from jeeves.ml.shelf import Shelf

model_option: Final = click.option(
    "--model", metavar="NAME|PATH", help="A model by name, or a model's folder; else the active one."
)


def load_model(config_file: Path | None, name: str | None) -> Model:
    """Load the model that serves, or the one named, by path when it looks like one.

    Where an upgrade made the owner's model useless, the shipped one is taken, and that is said. Raises NoActiveModel,
    ArtifactMismatch and what is wrong with the settings.
    """
    if name is None:
        return _load_active(_shelf(config_file))
    path = Path(name)
    if path.exists() or len(path.parts) != 1:
        from jeeves.ml.artifact import load_path  # noqa: PLC0415 - --help must not pay for it

        return load_path(path)
    return _shelf(config_file).load(name)


def _load_active(shelf: Shelf) -> Model:
    from jeeves.errors import OutdatedModel  # noqa: PLC0415 - --help must not pay for these
    from jeeves.ml.artifact import load_active  # noqa: PLC0415

    try:
        return shelf.load(shelf.active_version())
    except OutdatedModel as error:
        if shelf.shipped is None:
            raise
        click.echo(f"{error.message}. The model Jeeves comes with is used.", err=True)
        return load_active(shelf.shipped)


def _shelf(config_file: Path | None) -> Shelf:
    """Return the models of the installation that the usual settings describe; without settings, the shipped ones.

    Settings that were not asked for and are wrong stop nobody from having mail in files scored, but it is said: the
    owner's own model is not the one that answers.
    """
    from jeeves import shipped  # noqa: PLC0415 - --help must not pay for these
    from jeeves.config import find_config, load_config  # noqa: PLC0415
    from jeeves.errors import ConfigError  # noqa: PLC0415
    from jeeves.ml.shelf import Shelf, shelf_for  # noqa: PLC0415

    if config_file is None and find_config() is None:
        return Shelf(own=shipped("models"))
    try:
        config = load_config(config_file)
    except ConfigError as error:
        if config_file is not None:
            raise
        click.echo(_passed_over(error), err=True)
        return Shelf(own=shipped("models"))
    return shelf_for(config.classifier.directory, config.database.data_dir)


def _passed_over(error: ConfigError) -> str:
    from jeeves.sanitise import one_line  # noqa: PLC0415 - --help must not pay for it

    more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
    return one_line(f"{error.message}: {error.problems[0]}{more}. The model Jeeves comes with is used.")
