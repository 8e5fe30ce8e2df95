"""``jeeves models``: see the trained models, choose which one serves, go back.

Lives here: options and the forms of the report. Must not live here: what choosing means (``actions.models``).
"""

from __future__ import annotations

import json
import sys
import textwrap
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Final

import click

from jeeves.cli.terminal_width import WIDEST, width_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jeeves.ml.shelf import Shelf
    from jeeves.store.models import PostgresModels
    from jeeves.types import ModelCard, ModelRecord

_NAME: Final = 36  # columns of a figure's name, or half the line where that is less
_AS_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")


@click.group(short_help="See the trained models; choose which one serves.")
def command() -> None:
    """See the trained models, choose which one serves, go back to the one before.

    A running Jeeves takes the change up by itself. What was decided stays decided: nobody is told twice.
    """


@command.command("list", short_help="List them, the latest first.")
@_AS_JSON
@click.pass_context
def list_models(context: click.Context, *, as_json: bool) -> None:
    """List every model this installation has had, the latest trained first."""
    with _opened(context) as (_, store):
        records = store.all()
    if as_json:
        click.echo(json.dumps([asdict(record) for record in records], default=_as_text, indent=2))
        return
    for record in records:
        for line in lines_of(record, width_for(sys.stdout)):
            click.echo(line)


@command.command("show", short_help="Show the card of one.")
@click.argument("version")
@_AS_JSON
@click.pass_context
def show(context: click.Context, version: str, *, as_json: bool) -> None:
    """Show what is known of the model VERSION: data, settings, figures, and how it was let in."""
    from jeeves.errors import NoActiveModel  # noqa: PLC0415 - --help must not pay for it

    with _opened(context) as (shelf, store):
        records = {record.version: record for record in store.all()}
        cards = {card.version: card for card in shelf.cards()}
    if version not in cards or version not in records:
        shelf.folder(version)
        raise NoActiveModel(f"the model {version} has no readable card", advice="Take another: `jeeves models list`.")
    card, record = cards[version], records[version]
    if as_json:
        merged = asdict(card) | {"state": record.state, "why": record.why}
        click.echo(json.dumps(merged, default=_as_text, indent=2, sort_keys=True))
        return
    width = width_for(sys.stdout)
    for line in (*lines_of(record, width), *figures_of(card, width)):
        click.echo(line)


@command.command("activate", short_help="Let another one serve.")
@click.argument("version")
@click.pass_context
def activate(context: click.Context, version: str) -> None:
    """Let the model VERSION serve from now on, whatever the gate said of it."""
    from jeeves.actions.models import activate as activate_model  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app.clock import utc_now  # noqa: PLC0415

    with _opened(context) as (shelf, store):
        activate_model(shelf, store, version, why="You activated it.", now=utc_now())
    click.echo(f"{version} serves from now on. Back: jeeves models rollback")


@command.command("rollback", short_help="Go back to the one before.")
@click.pass_context
def rollback(context: click.Context) -> None:
    """Let the model serve that served before the present one."""
    from jeeves.actions.models import rollback as go_back  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app.clock import utc_now  # noqa: PLC0415

    with _opened(context) as (shelf, store):
        version = go_back(shelf, store, now=utc_now())
    click.echo(f"{version} serves again.")


def lines_of(record: ModelRecord, width: int = WIDEST) -> Iterator[str]:
    """Yield a model's entry in the list, at most ``width`` columns wide; the one that serves is marked by a star."""
    from jeeves.sanitise import one_line  # noqa: PLC0415 - --help must not pay for it
    from jeeves.types import ModelState  # noqa: PLC0415 - likewise

    mark = "*" if record.state is ModelState.CHAMPION else " "
    head = f"{one_line(record.version)}  {record.state}, trained {record.trained_at:%Y-%m-%d %H:%M} UTC"
    yield from _wrap(head, width, first=f"{mark} ", rest="    ")
    own = int(record.trained_on.get("owner", 0))
    examples = int(record.trained_on.get("examples", 0))
    text = f"{examples:,} examples, {own:,} of them your own. {one_line(record.why)}".rstrip()
    yield from _wrap(text, width, first="    ", rest="    ")


def figures_of(card: ModelCard, width: int = WIDEST) -> Iterator[str]:
    """Yield what is on a card, at most ``width`` columns wide: name and figure side by side."""
    yield from _figure("SHA-256", card.sha256, width)
    yield from _figure("threshold", f"{card.threshold:.4f}", width)
    for title, figures in (
        ("trained on", dict(card.trained_on) | dict(card.provenance.origins)),
        ("figures", card.metrics),
        ("settings", card.hyper_parameters),
        ("versions", card.libraries),
    ):
        yield f"  {title}"
        for name, value in sorted(figures.items()):
            shown = f"{value:.4f}" if isinstance(value, float) else str(value)
            yield from _figure(name, shown, width)


def _figure(name: str, shown: str, width: int) -> Iterator[str]:
    room = min(_NAME, width // 2 - 4)
    if len(name) >= room:
        yield f"    {name}"[:width]
        name = ""
    yield from _wrap(shown or "none", width, first=f"    {name:<{room}}", rest=" " * (room + 4))


def _wrap(text: str, width: int, *, first: str, rest: str) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


@contextmanager
def _opened(context: click.Context) -> Iterator[tuple[Shelf, PostgresModels]]:
    """Open the models' folder and their rows, which follow it first."""
    from jeeves.actions.models import follow_files  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app.clock import utc_now  # noqa: PLC0415
    from jeeves.app.databases import open_database  # noqa: PLC0415
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.ml.shelf import shelf_for  # noqa: PLC0415
    from jeeves.store.models import PostgresModels  # noqa: PLC0415

    config = load_config(context.find_root().params["config"])
    shelf = shelf_for(config.classifier.directory, config.database.data_dir)
    with open_database(config) as database:
        store = PostgresModels(database.engine)
        follow_files(shelf, store, now=utc_now())
        yield shelf, store


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
