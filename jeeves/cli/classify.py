"""``jeeves classify``: score mail in files, one JSON line per message.

Lives here: options, the shape of a line, the exit code. Must not live here: reading mail, scoring.
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jeeves.actions.classify_files import Classified
    from jeeves.mail.archive import ArchiveItem, Unreadable
    from jeeves.ml.model import Model
    from jeeves.ml.shelf import Shelf


@click.command(short_help="Score mail in files, without database or configuration.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--model", metavar="NAME|PATH", help="A model by name, or a model's folder; else the active one.")
@click.pass_context
def command(context: click.Context, paths: Sequence[str], model: str | None) -> None:
    """Print one JSON line per message: id, probability, needs_place and reasons, in the order of the input.

    The model is the one that serves by your settings; without settings, the one Jeeves comes with.

    PATH is an .eml file, an mbox, a Maildir, a folder of such files, JSON lines (id, from, to, cc, date, subject,
    body), or - for standard input. What cannot be read is named on standard error; the rest still comes out, and
    the exit code is 1.
    """
    from jeeves.actions.classify_files import classify_files  # noqa: PLC0415 - --help must not pay for it
    from jeeves.mail.archive import Unreadable  # noqa: PLC0415 - likewise

    unreadable = 0
    entries = itertools.chain.from_iterable(_read(path) for path in paths)
    for outcome in classify_files(_load(context.find_root().params["config"], model), entries):
        if isinstance(outcome, Unreadable):
            unreadable += 1
            _complain(outcome)
        else:
            click.echo(_line(outcome))  # echo flushes
    if unreadable:
        context.exit(1)


def _read(path: str) -> Iterator[ArchiveItem | Unreadable]:
    from jeeves.mail.archive import read_path, read_stream  # noqa: PLC0415 - --help must not pay for it

    return read_stream(sys.stdin.buffer, name="-") if path == "-" else read_path(Path(path))


def _load(named: Path | None, model: str | None) -> Model:
    """Load the model that serves, or the one named, by path when it looks like one.

    Raises NoActiveModel and ArtifactMismatch.
    """
    if model is None:
        shelf = _shelf(named)
        return shelf.load(shelf.active_version())
    path = Path(model)
    if path.exists() or len(path.parts) != 1:
        from jeeves.ml.artifact import load_path  # noqa: PLC0415 - --help must not pay for it

        return load_path(path)
    return _shelf(named).load(model)


def _shelf(named: Path | None) -> Shelf:
    """Return the models of the installation that the usual settings describe; without settings, the shipped ones."""
    from jeeves import shipped  # noqa: PLC0415 - --help must not pay for these
    from jeeves.config import find_config, load_config  # noqa: PLC0415
    from jeeves.ml.shelf import Shelf, shelf_for  # noqa: PLC0415

    if named is None and find_config() is None:
        return Shelf(own=shipped("models"))
    config = load_config(named)
    return shelf_for(config.classifier.directory, config.database.data_dir)


def _line(outcome: Classified) -> str:
    """Return the JSON line; ASCII only, so that nothing in a message reaches the terminal as a control."""
    prediction = outcome.prediction
    return json.dumps(
        {
            "id": outcome.item.id,
            "probability": round(prediction.probability, 6),
            "needs_place": prediction.needs_place,
            "reasons": [
                {"feature": reason.feature, "weight": round(reason.weight, 4)} for reason in prediction.reasons
            ],
        }
    )


def _complain(entry: Unreadable) -> None:
    from jeeves.sanitise import one_line  # noqa: PLC0415 - --help must not pay for it

    place = f", {entry.position}" if entry.position else ""
    click.echo(f"{one_line(entry.path)}{place}: {entry.reason}", err=True)
