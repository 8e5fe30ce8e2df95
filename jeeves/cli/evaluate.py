"""``jeeves evaluate``: how good the model is, and how sure that is.

Lives here: options, progress, where the report goes. Must not live here: figures, their wording (``evaluation_text``).
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from jeeves.cli.corpus_choice import SEED, corpus_option, read_corpora
from jeeves.cli.model_choice import load_model, model_option
from jeeves.types import Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jeeves.actions.corpora import LabelledMessage
    from jeeves.actions.evaluate import Evaluation
    from jeeves.ml.learning_curve import LearningPoint


FLATTERY: Final = (
    "No --corpus named, no answers of yours: using the starter corpus. The shipped model\n"
    "learned from these very messages, so its figures here flatter it."
)


@click.command(short_help="Measure the model on labelled mail.")
@model_option
@corpus_option
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.html", help="Write a page to look at."
)
@click.option("--plots", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Write plots as PNG.")
@click.option("--learning-curve", is_flag=True, help="Also train on growing shares of the corpus (minutes).")
@click.option("--seed", type=click.IntRange(min=0), default=SEED, show_default=True, help="Of bootstrap and folds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
@click.pass_context
def command(context: click.Context, /, **options: Any) -> None:  # noqa: ANN401 - click's
    """Score labelled messages and print how well that went, each figure with its 95 % interval.

    Each line of FILE is one message: id, from, to, cc, date, subject, body, label (1 needs a place, 0 not), and if
    known thread, weight and source. The weight is the number of messages of the mailbox this one stands for: the
    figures at natural prevalence use it.
    """
    evaluate_and_show(Options(config_file=context.find_root().params["config"], **options))


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for."""

    config_file: Path | None
    model: str | None
    corpora: Sequence[Path]
    report: Path | None
    plots: Path | None
    learning_curve: bool
    seed: int
    as_json: bool


def evaluate_and_show(options: Options) -> None:
    """Evaluate, print, and write what was asked for. Raises UserError, NoActiveModel and ArtifactMismatch."""
    from jeeves.actions.evaluate import evaluate  # noqa: PLC0415 - --help must not pay for these
    from jeeves.cli.evaluation_text import as_data, lines  # noqa: PLC0415

    labelled = read_corpora(options.corpora, options.config_file)
    if any(each.origin is Origin.STARTER for each in labelled):
        click.echo(FLATTERY, err=True)
    model = load_model(options.config_file, options.model)
    evaluation = evaluate(
        model,
        labelled,
        threshold=model.threshold,
        seed=options.seed,
        progress=partial(_show_progress, "messages scored"),
    )
    learned = _learn(labelled, options.seed) if options.learning_curve else []
    if options.as_json:
        click.echo(json.dumps(as_data(evaluation, learned), indent=2, allow_nan=False))
    else:
        for line in lines(evaluation, learned, senders=sys.stdout.isatty()):
            click.echo(line)
    if options.report or options.plots:
        _draw(options, evaluation, learned)


def _learn(labelled: Sequence[LabelledMessage], seed: int) -> list[LearningPoint]:
    from jeeves.actions.compare import prepare  # noqa: PLC0415 - --help must not pay for these
    from jeeves.ml.contest import Ground  # noqa: PLC0415
    from jeeves.ml.learning_curve import learning_curve  # noqa: PLC0415

    progress = partial(_show_progress, "models of the learning curve trained")
    return learning_curve(Ground(prepare(labelled), seed=seed), seed=seed, progress=progress)


def _draw(options: Options, evaluation: Evaluation, learned: Sequence[LearningPoint]) -> None:
    from jeeves.cli.evaluation_page import page  # noqa: PLC0415 - matplotlib takes a second
    from jeeves.cli.evaluation_plots import plots_of  # noqa: PLC0415 - likewise
    from jeeves.cli.output import write  # noqa: PLC0415
    from jeeves.ml.plots import LIGHT, as_png  # noqa: PLC0415 - likewise

    plots = list(plots_of(evaluation, learned, seed=options.seed))
    if options.plots:
        for plot in plots:
            write(options.plots / f"{plot.name}.png", as_png(plot.draw(LIGHT)))
    if options.report:
        text = page(evaluation, plots, now=datetime.now(UTC), seed=options.seed)
        write(options.report, text.encode("utf-8"))


def _show_progress(what: str, done: int, total: int) -> None:
    """Keep one line up to date where somebody watches; a file gets none of it."""
    if sys.stderr.isatty():
        click.echo(f"\r{done:,} of {total:,} {what}", nl=done == total, err=True)
