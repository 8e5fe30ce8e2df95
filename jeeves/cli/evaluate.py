"""``jeeves evaluate``: how good the model is, and how sure that is.

Lives here: options, progress, where the report goes. Must not live here: figures, their wording (``evaluation_text``).
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from jeeves.cli.corpus_choice import SEED, corpus_option, read_corpora
from jeeves.cli.model_choice import load_model, model_option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


FLATTERY = (
    "No --corpus named: using the starter corpus. The shipped model learned from these\n"
    "very messages, so its figures here flatter it."
)


@click.command(short_help="Measure the model on labelled mail.")
@model_option
@corpus_option
@click.option("--seed", type=click.IntRange(min=0), default=SEED, show_default=True, help="Of the bootstrap.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
def command(model: str | None, corpora: Sequence[Path], seed: int, *, as_json: bool) -> None:
    """Score labelled messages and print how well that went, each figure with its 95 % interval.

    Each line of FILE is one message: id, from, to, cc, date, subject, body, label (1 needs a place, 0 not), and if
    known thread, weight and source. The weight is the number of messages of the mailbox this one stands for: the
    figures at natural prevalence use it.
    """
    from jeeves.actions.evaluate import evaluate  # noqa: PLC0415 - --help must not pay for these
    from jeeves.cli.evaluation_text import as_data, lines  # noqa: PLC0415

    if not corpora:
        click.echo(FLATTERY, err=True)
    labelled = read_corpora(corpora)
    loaded = load_model(model)
    evaluation = evaluate(loaded, labelled, threshold=loaded.threshold, seed=seed, progress=_show_progress)
    if as_json:
        click.echo(json.dumps(as_data(evaluation), indent=2, allow_nan=False))
    else:
        for line in lines(evaluation, senders=sys.stdout.isatty()):
            click.echo(line)


def _show_progress(done: int, total: int) -> None:
    """Keep one line up to date where somebody watches; a file gets none of it."""
    if sys.stderr.isatty():
        click.echo(f"\rscored {done:,} of {total:,} messages", nl=done == total, err=True)
