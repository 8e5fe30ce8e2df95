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
    from jeeves.config import Config
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

    ID is the number of a stored message, the sign at the end of its alert, such as b2, or the name of a thread; FILE
    holds mail, as for `jeeves classify`. Each reason has its weight: above zero it speaks for a get-together without
    a place. The weights add up to the log-odds, and these are the probability in other words. A stored message is
    explained by the model that decided on it, or, when that is gone, by what it noted; it also shows what was decided
    at the time, how its thread has fared, and how its alerts were sent.
    """
    from jeeves.cli.why_text import as_data, lines  # noqa: PLC0415 - --help must not pay for it

    config_file: Path | None = context.find_root().params["config"]
    for place, why in enumerate(_explained(config_file, message, model)):
        if as_json:
            click.echo(json.dumps(as_data(why)))  # ASCII only: nothing in a message reaches the terminal as a control
            continue
        if place:
            click.echo()
        for line in lines(why, everything=everything, header=sys.stdout.isatty()):
            click.echo(line)


def _explained(config_file: Path | None, asked: str, model: str | None) -> Iterator[Why]:
    number = message_number(asked)
    if number is not None or _names_thread(asked):
        yield _of_stored(config_file, _from_database(config_file, number, asked), model)
        return
    loaded = None
    for case in _from_file(Path(asked)):
        loaded = loaded or load_model(config_file, model)
        yield _explain(loaded, case)


def _of_stored(config_file: Path | None, case: Case, model: str | None) -> Why:
    """Explain by the model named, else the one that decided, else by what that one noted."""
    from jeeves.cli.why_text import as_noted  # noqa: PLC0415 - --help must not pay for these
    from jeeves.errors import ArtifactMismatch, NoActiveModel  # noqa: PLC0415

    decisions = case.decided.decisions if case.decided else ()
    if model is not None or not decisions:
        return _explain(load_model(config_file, model), case)
    try:
        return _explain(load_model(config_file, decisions[0].model_version), case)
    except (NoActiveModel, ArtifactMismatch):
        return as_noted(case, decisions[0])


def _names_thread(asked: str) -> bool:
    """Tell a thread's name from a file's: it is a Message-ID, or a number too large for a message."""
    if "@" not in asked and not (asked.isascii() and asked.isdecimal()):
        return False
    try:
        return not Path(asked).exists()
    except OSError:  # no file has such a name
        return True


def _explain(model: Model, case: Case) -> Why:
    from jeeves.cli.why_text import Why  # noqa: PLC0415 - --help must not pay for it

    (explanation,), (prediction,) = model.explain([case.message]), model.predict([case.message])
    return Why(case=case, explanation=explanation, prediction=prediction, threshold=model.threshold)


def _from_database(config_file: Path | None, number: int | None, asked: str) -> Case:
    from jeeves.cli.why_text import Case  # noqa: PLC0415 - --help must not pay for these
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.config.accounts import names_by_username  # noqa: PLC0415
    from jeeves.errors import UserError  # noqa: PLC0415

    config = load_config(config_file)
    found = _read(config, number, asked)
    if found is None:
        raise UserError(
            f"There is no message {number}." if number is not None else "There is no such thread.",
            advice="Take the sign at the end of an alert, such as b2, the number of a message, or ./FILE for a file.",
        )
    names, account = names_by_username(config), found[1].account
    mailbox = names.get(account, account) if names else ""
    return Case(id=found[0], message=found[1].message, decided=found[1], mailbox=mailbox)


def _read(config: Config, number: int | None, asked: str) -> tuple[int, DecidedMessage] | None:
    from jeeves.app.databases import open_database  # noqa: PLC0415 - --help must not pay for these
    from jeeves.store.decisions import find_thread, read_decisions  # noqa: PLC0415

    with open_database(config) as database:
        found = None if number is None else read_decisions(database.engine, number)
        if found is None and _names_thread(asked):  # Gmail's threads are numbers too
            number = find_thread(database.engine, asked)
            found = None if number is None else read_decisions(database.engine, number)
        return None if number is None or found is None else (number, found)


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
