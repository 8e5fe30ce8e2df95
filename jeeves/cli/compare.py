"""``jeeves compare``: the contest of methods.

Lives here: options, progress, the table. Must not live here: the methods, the notebook (``actions.compare``).
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from jeeves.cli.corpus_choice import SEED, corpus_option, read_corpora

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jeeves.actions.compare import Entry

PLOT: Final = "roc.png"


@click.command(short_help="Let other methods compete on the same mail.")
@corpus_option
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("contest"),
    show_default=True,
    help="Folder for contest.json and roc.png.",
)
@click.option("--seed", type=click.IntRange(min=0), default=SEED, show_default=True, help="Of folds and methods.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
@click.pass_context
def command(context: click.Context, corpora: Sequence[Path], output: Path, seed: int, *, as_json: bool) -> None:
    """Train nine methods, each with a small grid, on the same thread-grouped folds and features.

    What is finished is kept in the output folder: broken off, the contest goes on where it was when run again.
    """
    from jeeves.actions.compare import compare, prepare  # noqa: PLC0415 - --help must not pay for it

    labelled = prepare(read_corpora(corpora, context.find_root().params["config"]))
    entries: list[Entry] = []
    try:
        for entry in compare(labelled, seed=seed, directory=output, timer=time.perf_counter, progress=_show_progress):
            entries.append(entry)
            click.echo(f"{entry.method}: average precision {entry.average_precision.estimate:.3f}", err=True)
    except KeyboardInterrupt:
        click.echo(f"\nBroken off. Run it again: the {len(entries)} methods that are finished are kept.", err=True)
        raise
    _draw(entries, output / PLOT)
    if as_json:
        click.echo(json.dumps({"entries": [asdict(entry) for entry in entries]}, indent=1))
        return
    for line in table(entries):
        click.echo(line)
    click.echo(f"The curves are in {click.format_filename(output / PLOT)}.")


def table(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield the entries, best average precision first, in 80 columns."""
    yield f"{'':<20}{'average':<20}{'area under':>10}{'recall':>8}{'train':>8}{'ms per':>8}{'size':>6}"
    yield f"{'method':<20}{'precision':<20}{'ROC':>10}{'at 50':>8}{'s':>8}{'message':>8}{'MB':>6}"
    for entry in _ranked(entries):
        precision = entry.average_precision
        yield (
            f"{entry.method:<20}{precision.estimate:.3f} ({precision.low:.2f} to {precision.high:.2f})"
            f"{entry.roc_auc.estimate:>10.3f}{entry.recall_at_50.estimate:>8.3f}{entry.seconds_to_train:>8.1f}"
            f"{entry.milliseconds_per_message:>8.2f}{entry.megabytes:>6.1f}"
        )
    yield "In brackets: 95 % interval. Recall at 50: allowed 50 alerts per 1,000 messages,"
    yield "at natural prevalence. NB: naive Bayes. SVC: support vector classifier."


def _ranked(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: -entry.average_precision.estimate)


def _draw(entries: Sequence[Entry], path: Path) -> None:
    from jeeves.actions.compare import curve_of  # noqa: PLC0415 - --help must not pay for these
    from jeeves.cli.output import write  # noqa: PLC0415
    from jeeves.ml.plots import LIGHT, as_png, draw_contest  # noqa: PLC0415

    curves = {
        f"{entry.method} ({entry.roc_auc.estimate:.3f})": curve_of(entry)
        for entry in sorted(entries, key=lambda entry: -entry.roc_auc.estimate)
    }
    write(path, as_png(draw_contest(curves, LIGHT)))


def _show_progress(method: str, done: int, total: int) -> None:
    """Keep one line up to date where somebody watches; a file gets a line per method only."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[2K{method}: model {done} of {total}" + "\r\x1b[2K" * (done == total), nl=False, err=True)
