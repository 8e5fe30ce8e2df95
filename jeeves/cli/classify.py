"""``jeeves classify``: score mail in files, one JSON line per message.

Lives here: options, the shape of a line, the exit code. Must not live here: reading mail, scoring.
"""

from __future__ import annotations

import itertools
import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jeeves.cli.cluster_choice import chosen_cluster, cluster_options
from jeeves.cli.model_choice import load_model, model_option

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jeeves.actions.classify_files import Classified
    from jeeves.mail.archive import ArchiveItem, Unreadable
    from jeeves.ml.cluster import Cluster
    from jeeves.ml.model import Model


@click.command(short_help="Score mail in files, without database or configuration.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@model_option
@cluster_options
@click.pass_context
def command(
    context: click.Context, paths: Sequence[str], model: str | None, dask: str | None, *, dask_unencrypted: bool
) -> None:
    """Print one JSON line per message: id, probability, needs_place and reasons, in the order of the input.

    The model is the one that serves by your settings; without settings, the one Jeeves comes with.

    PATH is an .eml file, an mbox, a Maildir, a folder of such files, JSON lines (id, from, to, cc, date, subject,
    body), or - for standard input. What cannot be read is named on standard error; the rest still comes out, and
    the exit code is 1.
    """
    from jeeves.mail.archive import Unreadable  # noqa: PLC0415 - --help must not pay for it

    unreadable = 0
    entries = itertools.chain.from_iterable(_read(path) for path in paths)
    with chosen_cluster(dask, unencrypted=dask_unencrypted) as cluster:
        for outcome in _outcomes(load_model(context.find_root().params["config"], model), entries, cluster):
            if isinstance(outcome, Unreadable):
                unreadable += 1
                _complain(outcome)
            else:
                click.echo(_line(outcome))  # echo flushes
    if unreadable:
        context.exit(1)


def _outcomes(
    model: Model, entries: Iterable[ArchiveItem | Unreadable], cluster: Cluster | None
) -> Iterator[Classified | Unreadable]:
    from jeeves.actions.classify_files import (  # noqa: PLC0415 - --help must not pay for it
        classify_files,
        classify_files_elsewhere,
    )

    if cluster is None:
        return classify_files(model, entries)
    from jeeves.ml.cluster_scoring import score_elsewhere  # noqa: PLC0415 - likewise

    return classify_files_elsewhere(partial(score_elsewhere, model), entries, processors=cluster.processors)


def _read(path: str) -> Iterator[ArchiveItem | Unreadable]:
    from jeeves.mail.archive import read_path, read_stream  # noqa: PLC0415 - --help must not pay for it

    return read_stream(sys.stdin.buffer, name="-") if path == "-" else read_path(Path(path))


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
