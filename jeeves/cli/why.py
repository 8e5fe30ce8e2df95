"""``jeeves why``: what decided about a message, word by word.

Lives here: options, where the message comes from, printing. Must not live here: scoring, the wording (``why_text``).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jeeves.cli.label import message_number
from jeeves.cli.model_choice import load_model, model_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jeeves.cli.why_text import Case, Why
    from jeeves.ml.model import Model
    from jeeves.store.decisions import DecidedMessage


@click.command(short_help="Show what decided about a message.")
@click.argument("message", metavar="ID|FILE")
@click.option("--all", "everything", is_flag=True, help="Every reason, not the strongest twelve only.")
@model_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a message instead, with every reason.")
@click.pass_context
def command(context: click.Context, message: str, *, everything: bool, model: str | None, as_json: bool) -> None:
    """Show the sentence, the words and the features that decide whether a message needs a place.

    ID is the number of a stored message, or the sign at the end of its alert, such as b2; FILE holds mail, as for
    `jeeves classify`. Each reason has its weight: above zero it speaks for a get-together without a place. The
    weights add up to the log-odds, and these are the probability in other words. Of a stored message it also shows
    what was decided at the time.
    """
    from jeeves.cli.why_text import as_data, lines  # noqa: PLC0415 - --help must not pay for it

    config_file: Path | None = context.find_root().params["config"]
    number = message_number(message)
    cases = _from_file(Path(message)) if number is None else _from_database(config_file, number)
    loaded = load_model(config_file, model)
    for place, case in enumerate(cases):
        why = _explain(loaded, case)
        if as_json:
            click.echo(json.dumps(as_data(why)))  # ASCII only: nothing in a message reaches the terminal as a control
            continue
        if place:
            click.echo()
        for line in lines(why, everything=everything, header=sys.stdout.isatty()):
            click.echo(line)


def _explain(model: Model, case: Case) -> Why:
    from jeeves.cli.why_text import Why  # noqa: PLC0415 - --help must not pay for it

    (explanation,), (prediction,) = model.explain([case.message]), model.predict([case.message])
    return Why(case=case, explanation=explanation, prediction=prediction, threshold=model.threshold)


def _from_database(config_file: Path | None, number: int) -> list[Case]:
    from jeeves.cli.why_text import Case  # noqa: PLC0415 - --help must not pay for these
    from jeeves.errors import UserError  # noqa: PLC0415

    found = _read(config_file, number)
    if found is None:
        raise UserError(
            f"There is no message {number}.",
            advice="Take the sign at the end of an alert, such as b2, the number of a message, or ./FILE for a file.",
        )
    return [Case(id=number, message=found.message, decided=found)]


def _read(config_file: Path | None, number: int) -> DecidedMessage | None:
    from jeeves.app import open_database  # noqa: PLC0415 - --help must not pay for these
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.store.decisions import read_decisions  # noqa: PLC0415

    with open_database(load_config(config_file)) as database:
        return read_decisions(database.engine, number)


def _from_file(path: Path) -> Iterator[Case]:
    """Yield the messages of a file. Raises UserError where it cannot be read."""
    from jeeves.cli.why_text import Case  # noqa: PLC0415 - --help must not pay for these
    from jeeves.errors import UserError  # noqa: PLC0415
    from jeeves.mail.archive import Unreadable, read_path  # noqa: PLC0415

    for entry in read_path(path):
        if isinstance(entry, Unreadable):
            place = f", {entry.position}," if entry.position else ""
            raise UserError(
                f"{entry.path}{place} {entry.reason}.",
                advice="Name a file of mail, the sign at the end of an alert, such as b2, or a message's number.",
            )
        yield Case(id=entry.id, message=entry.message)
