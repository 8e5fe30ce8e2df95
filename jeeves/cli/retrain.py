"""``jeeves retrain``: train the starter model again and make it the active one.

Lives here: options, progress and the table of figures. Must not live here: training, model files.

Until labels of the owner can be learned from, this is also how the shipped model is built (``make model``).
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jeeves.types import ModelCard

SEED: Final = 20_260_101
FIGURES: Final = {
    "average_precision": "average precision",
    "roc_auc": "area under the ROC curve",
    "log_loss": "log loss",
    "precision_at_threshold": "precision at the threshold",
    "recall_at_threshold": "recall at the threshold",
}


@click.command(short_help="Train the starter model again.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("models"),
    show_default=True,
    help="Directory the models live in.",
)
def command(output: Path) -> None:
    """Train on the bundled starter corpus, keep the model and make it the active one."""
    card = retrain(output, now=datetime.now(UTC), progress=_show_progress)
    for line in table(card):
        click.echo(line)


def retrain(directory: Path, *, now: datetime, progress: Callable[[int, int], None]) -> ModelCard:
    """Train, save and activate the starter model in ``directory``; return its card.

    Raises NotEnoughLabels when the corpus is not there, UserError when the disk does not take the model.
    """
    from jeeves.actions.corpora import examples, starter_corpus  # noqa: PLC0415 - scikit-learn takes a second
    from jeeves.ml import artifact  # noqa: PLC0415 - likewise
    from jeeves.ml.train import train  # noqa: PLC0415 - likewise

    trained = train(list(examples(starter_corpus())), seed=SEED, progress=progress)
    card = artifact.save(directory, trained, name="starter", trained_at=now)
    artifact.activate(directory, card.version)
    return card


def table(card: ModelCard) -> Iterator[str]:
    """Yield the figures of a card as lines, saying what each was measured on."""
    counts = card.trained_on
    yield f"model                         {card.version}"
    yield (
        f"trained on                    {counts['examples']} messages in {counts['threads']} threads, "
        f"{counts['positives']} need a place"
    )
    yield "cross-validated on the same corpus, no thread split; a real mailbox holds fewer near misses and positives:"
    for key, name in FIGURES.items():
        yield f"  {name:<28}{card.metrics[key]:.3f}"
    yield f"  {'threshold':<28}{card.threshold:.3f}"


def _show_progress(done: int, total: int) -> None:
    click.echo(f"cross-validation: part {done} of {total}", err=True)


if __name__ == "__main__":
    sys.exit(command())
