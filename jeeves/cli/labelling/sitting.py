"""Opens a sitting: database, queue and model put together for labelling.

Lives here: ``label_all``. Must not live here: decisions, what is shown.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from jeeves.actions.label_queue import LabelQueue
from jeeves.actions.labelling import Labelling
from jeeves.app.clock import utc_now
from jeeves.app.databases import open_database
from jeeves.cli.labelling.outlook import outlook
from jeeves.cli.labelling.prompts import label_by_prompts
from jeeves.cli.labelling.terminal import missing_for_screen
from jeeves.errors import ArtifactMismatch, NoActiveModel
from jeeves.ml.shelf import shelf_for
from jeeves.store.audits import PostgresAudits
from jeeves.store.label_queue import PostgresLabelQueue
from jeeves.store.labels import PostgresLabels
from jeeves.types import Origin

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from jeeves.config import Config
    from jeeves.ml.model import Model
    from jeeves.ml.sampling import Strategy
    from jeeves.ml.shelf import Shelf


def label_all(config: Config, strategy: Strategy, *, plain: bool) -> None:
    """Let the owner label message after message, on a screen where there is one.

    ``plain``: by prompts in any case. Raises what the database and the model raise.
    """
    lacking = "asked for" if plain else _lacking()
    shelf = shelf_for(config.classifier.directory, config.database.data_dir)
    model = shelf.load(shelf.active_version())
    card = next((each for each in shelf.cards() if each.version == model.version), None)
    untaught = _untaught(shelf, model)
    with open_database(config) as database:
        sitting = _sitting(database.engine, model, untaught, strategy)
        if lacking:
            click.echo(f"Plain prompts: {lacking}.", err=True)
            label_by_prompts(sitting, sys.stdin, click.echo, zone=config.alerts.timezone, outlook=outlook(card))
            return
        from jeeves.cli.labelling.screen import label_on_screen  # noqa: PLC0415 - textual need not be there

        label_on_screen(sitting, zone=config.alerts.timezone, outlook=outlook(card))
        click.echo(f"Labelled so far: {sitting.progress().labelled:,}. Learn from them: jeeves retrain")


def _lacking() -> str:
    streams = (sys.stdin, sys.stdout, sys.stderr)  # Textual draws on standard error
    return missing_for_screen(is_terminal=all(stream.isatty() for stream in streams), environment=os.environ)


def _sitting(engine: Engine, model: Model, untaught: Model | None, strategy: Strategy) -> Labelling:
    mail, labels = PostgresLabelQueue(engine), PostgresLabels(engine)
    queue = LabelQueue(mail, labels.answered(), model, untaught=untaught, seed=labels.latest(), now=utc_now())
    return Labelling(mail, labels, PostgresAudits(engine), queue, model, strategy=strategy, clock=utc_now)


def _untaught(shelf: Shelf, model: Model) -> Model | None:
    """Return a model that learned from no label of the owner, rather the one that serves; None: there is none."""
    cards = [card for card in shelf.cards() if not card.provenance.origins.get(Origin.OWNER)]
    if any(card.version == model.version for card in cards):
        return model
    for card in cards:
        try:
            return shelf.load(card.version)
        except (NoActiveModel, ArtifactMismatch):  # of another release: the next one may do
            continue
    return None
