"""The labelled messages a command works on: ``--corpus FILE``, given as often as needed.

Lives here: the option and what it leads to. Must not live here: the format of the files (``actions.corpora``).
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jeeves.actions.corpora import LabelledMessage

SEED: Final = 20_260_101

corpus_option: Final = click.option(
    "--corpus",
    "corpora",
    type=click.Path(dir_okay=False, path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Labelled messages as JSON lines; may be given again. Else your answers, or the starter corpus.",
)


def read_corpora(paths: Sequence[Path], config_file: Path | None) -> list[LabelledMessage]:
    """Return the labelled messages of all ``paths``; else those the owner answered for; else the starter corpus.

    Raises UserError, and what opening the configured database raises.
    """
    from jeeves.actions.corpora import read_corpus, starter_corpus  # noqa: PLC0415 - --help must not pay for it

    if paths:
        return list(itertools.chain.from_iterable(read_corpus(path) for path in paths))
    return _answered(config_file) or list(starter_corpus())


def _answered(config_file: Path | None) -> list[LabelledMessage]:
    """Return the owner's answers; none where there are no settings, or answers of one kind only."""
    from jeeves.actions.owner_labels import owner_corpus  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app.databases import open_database  # noqa: PLC0415
    from jeeves.config import find_config, load_config  # noqa: PLC0415
    from jeeves.store.labels import PostgresLabels  # noqa: PLC0415

    if config_file is None and find_config() is None:
        return []
    with open_database(load_config(config_file)) as database:
        answered = list(owner_corpus(PostgresLabels(database.engine).answered()))
    return answered if len({each.label for each in answered}) > 1 else []
