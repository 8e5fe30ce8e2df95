"""``jeeves retrain``: learn again from the starter corpus, files and the owner's answers.

Lives here: options, progress and the table of figures. Must not live here: training, model files, the gate.
"""

from __future__ import annotations

import _thread
import json
import os
import textwrap
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from jeeves.cli.cluster_choice import chosen_cluster, cluster_options
from jeeves.cli.progress import stage_progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Engine

    from jeeves.actions.retrain import Progress, Retrained
    from jeeves.ml.fitted import Prior
    from jeeves.types import ModelCard

SEED: Final = 20_260_101
FIGURES: Final = {
    "average_precision": "average precision",
    "roc_auc": "area under the ROC curve",
    "log_loss": "log loss",
    "precision_at_threshold": "precision at the threshold",
    "recall_at_threshold": "recall at the threshold",
    "recall_at_50_alerts_per_1000": "recall at 50 per 1,000",
    "recall_at_100_alerts_per_1000": "recall at 100 per 1,000",
    "brier_score": "Brier score",
}
_NICEST: Final = 19
_GRACE: Final = 1.0  # seconds
_INTERRUPTED: Final = 130  # 128 + SIGINT, as shells have it
_MAILBOX: Final = 1_000  # latest messages that show how the mail looks at training time
_NEEDED: Final = 20  # ``train.LEAST_OF_EACH``, which costs a second to ask
_WIDTH: Final = 80
_MARGIN: Final = 30  # columns before the figures


@click.command(short_help="Learn again from your labels.")
@click.option(
    "--corpus",
    "corpora",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help='Learn from labelled messages too: JSON lines with "label"; may be repeated.',
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Build a model in this folder instead, without your mail, settings or database.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=SEED, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
@click.option("--background", is_flag=True, hidden=True, help="Be nice, and end when standard input does.")
@cluster_options
@click.pass_context
def command(  # noqa: PLR0913 - click's: one argument an option
    context: click.Context,
    corpora: Sequence[Path],
    output: Path | None,
    seed: int,
    *,
    as_json: bool,
    background: bool,
    dask: str | None,
    dask_unencrypted: bool,
) -> None:
    """Train a new model on the starter corpus, on FILEs, and on your answers (`jeeves label`).

    It serves from now on if it is not worse on answers of yours that neither model has learned from; otherwise it is
    kept, and `jeeves models activate` lets it serve all the same. Ctrl-C keeps the old model.
    """
    if background:
        step_back()
    now = datetime.now(UTC)
    with chosen_cluster(dask, unencrypted=dask_unencrypted), stage_progress() as progress:
        if output is not None:
            card = _build(output, corpora, seed=seed, now=now, progress=progress)
            report: dict[str, object] = {"card": asdict(card), "serves": card.version}
            shown = list(table(card))
        else:
            found = _retrain(context, corpora, seed=seed, now=now, progress=progress)
            report = asdict(found) | {"serves": found.card.version if found.verdict.promoted else found.champion}
            shown = [*table(found.card), *outcome(found)]
    if as_json:
        click.echo(json.dumps(report, default=_as_text, indent=2, sort_keys=True))
        return
    for line in shown:
        click.echo(line)


def step_back() -> None:
    """Leave the processor to others, and end with whoever holds the other end of standard input, killed or not."""
    with suppress(PermissionError):  # where the service's system call filter forbids it
        os.nice(_NICEST)
    threading.Thread(target=_end_with_input, daemon=True).start()


def _end_with_input() -> None:
    while os.read(0, 4096):  # not through sys.stdin: its lock would be held while the interpreter ends
        pass
    _thread.interrupt_main()  # the same as Ctrl-C: everything is let go of in order
    time.sleep(_GRACE)
    os._exit(_INTERRUPTED)  # a long step of scikit-learn does not hear it


def _build(output: Path, corpora: Sequence[Path], *, seed: int, now: datetime, progress: Progress) -> ModelCard:
    from jeeves.actions.retrain import build_starter  # noqa: PLC0415 - scikit-learn takes a second
    from jeeves.ml.shelf import Shelf  # noqa: PLC0415 - likewise

    return build_starter(Shelf(own=output), corpora, seed=seed, now=now, progress=progress)


def _retrain(
    context: click.Context, corpora: Sequence[Path], *, seed: int, now: datetime, progress: Progress
) -> Retrained:
    from jeeves.actions.retrain import Wishes, retrain  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app.databases import open_database  # noqa: PLC0415
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.ml.shelf import shelf_for  # noqa: PLC0415
    from jeeves.store.drift import recent_messages  # noqa: PLC0415
    from jeeves.store.labels import PostgresLabels  # noqa: PLC0415
    from jeeves.store.models import PostgresModels  # noqa: PLC0415

    config = load_config(context.find_root().params["config"])
    with open_database(config) as database:
        return retrain(
            shelf_for(config.classifier.directory, config.database.data_dir),
            PostgresModels(database.engine),
            PostgresLabels(database.engine),
            corpora=corpora,
            mailbox=recent_messages(database.engine, _MAILBOX),
            wishes=Wishes(
                seed=seed,
                miss_cost=config.classifier.miss_cost,
                alerts_per_thousand=_budget(config.classifier.alert_budget, database.engine, now),
                prior=_shipped_model(),
            ),
            now=now,
            progress=progress,
        )


def _shipped_model() -> Prior | None:
    """Return the model Jeeves comes with, for a few labels to move; None when it is of another make."""
    from jeeves import shipped  # noqa: PLC0415 - --help must not pay for these
    from jeeves.errors import ArtifactMismatch, NoActiveModel  # noqa: PLC0415
    from jeeves.ml.artifact import load_active  # noqa: PLC0415
    from jeeves.ml.fitted import Prior  # noqa: PLC0415

    try:
        model = load_active(shipped("models"))
    except (ArtifactMismatch, NoActiveModel):
        return None
    return Prior(fitted=model.fitted, threshold=model.threshold)


def _budget(alerts_per_week: float | None, engine: Engine, now: datetime) -> float | None:
    """Return the alerts per thousand messages that ``alerts_per_week`` comes to in this mailbox; None without one."""
    from jeeves.store.drift import messages_per_week  # noqa: PLC0415 - --help must not pay for it

    if alerts_per_week is None:
        return None
    return min(alerts_per_week / max(messages_per_week(engine, now), 1.0), 1.0) * 1_000


def table(card: ModelCard) -> Iterator[str]:
    """Yield the figures of a card as lines, saying what each was measured on."""
    counts, origins = card.trained_on, card.provenance.origins
    yield f"{'model':<{_MARGIN}}{card.version}"
    yield f"{'trained on':<{_MARGIN}}{counts['examples']:,} messages in {counts['threads']:,} threads,"
    yield f"{'':<{_MARGIN}}{counts['positives']:,} need a place"
    if origins:
        parts = [f"{count:,} {origin}" for origin, count in origins.items()]
        yield f"{'where they come from':<{_MARGIN}}{', '.join(parts)}"
    settings = card.hyper_parameters
    if settings.get("from_prior") and not settings.get("judged_on_real_mail", True):
        yield "measured on the starter corpus, which the shipped model has learned from: label"
        yield f"{_NEEDED} conversations of each kind for figures that say something."
    else:
        yield "cross-validated on the same messages, no thread split; your mailbox is harder:"
    for key, name in FIGURES.items():
        if key in card.metrics:
            yield f"  {name:<{_MARGIN - 2}}{card.metrics[key]:.3f}{_interval(card, key)}{_alone(card, key)}"
    yield f"  {'threshold':<{_MARGIN - 2}}{card.threshold:.3f}"


def _interval(card: ModelCard, key: str) -> str:
    """Return the 95 % interval of a figure, as cards of today hold it."""
    if key not in card.intervals:
        return ""
    low, high = card.intervals[key]
    return f" ({low:.3f} to {high:.3f})"


def _alone(card: ModelCard, key: str) -> str:
    """Return the figure of a model that learned from the starter corpus alone."""
    alone = card.provenance.starter_alone
    return f"; starter alone {alone[key]:.3f}" if key in alone else ""


def outcome(found: Retrained) -> Iterator[str]:
    """Yield what became of the new model, at most 80 columns wide."""
    if found.contradictions:
        times = "answer contradicts" if found.contradictions == 1 else "answers contradict"
        yield f"{found.contradictions} of your {times} a later one to the same text; the latest counts."
    yield from textwrap.wrap(found.verdict.why, _WIDTH, break_on_hyphens=False)
    if found.verdict.promoted:
        yield f"{found.card.version} serves from now on. Back: jeeves models rollback"
    else:
        yield f"{found.champion} serves on."


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
