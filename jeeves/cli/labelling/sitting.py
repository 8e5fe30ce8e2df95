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
from jeeves.app import open_database, utc_now
from jeeves.cli.labelling.outlook import outlook
from jeeves.cli.labelling.prompts import label_by_prompts
from jeeves.cli.labelling.terminal import missing_for_screen
from jeeves.ml.shelf import shelf_for
from jeeves.store.audits import PostgresAudits
from jeeves.store.label_queue import PostgresLabelQueue
from jeeves.store.labels import PostgresLabels

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from jeeves.config import Config
    from jeeves.ml.model import Model
    from jeeves.ml.sampling import Strategy
    from jeeves.types import ModelCard


def label_all(config: Config, strategy: Strategy, *, plain: bool) -> None:
    """Let the owner label message after message, on a screen where there is one.

    ``plain``: by prompts in any case. Raises what the database and the model raise.
    """
    lacking = "asked for" if plain else _lacking()
    shelf = shelf_for(config.classifier.directory, config.database.data_dir)
    model = shelf.load(shelf.active_version())
    card = next((each for each in shelf.cards() if each.version == model.version), None)
    with open_database(config) as database:
        sitting = _sitting(database.engine, model, card, strategy)
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


def _sitting(engine: Engine, model: Model, card: ModelCard | None, strategy: Strategy) -> Labelling:
    mail, labels = PostgresLabelQueue(engine), PostgresLabels(engine)
    learned_up_to = 0 if card is None else card.provenance.last_label_id
    queue = LabelQueue(mail, labels.answered(), model, learned_up_to=learned_up_to, seed=labels.latest())
    return Labelling(mail, labels, PostgresAudits(engine), queue, model, strategy=strategy, clock=utc_now)
