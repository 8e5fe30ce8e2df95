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
    help="Labelled messages as JSON lines; may be given again. Else the starter corpus.",
)


def read_corpora(paths: Sequence[Path]) -> list[LabelledMessage]:
    """Return the labelled messages of all ``paths``, or the starter corpus when none is named. Raises UserError."""
    from jeeves.actions.corpora import read_corpus, starter_corpus  # noqa: PLC0415 - --help must not pay for it

    if paths:
        return list(itertools.chain.from_iterable(read_corpus(path) for path in paths))
    return list(starter_corpus())
