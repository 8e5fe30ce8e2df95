"""``jeeves label``: say whether messages need a place, one by one, all in a row, or by a file.

Lives here: arguments, which way of labelling they ask for, the line printed. Must not live here: what an answer is
worth, the screen (``cli.labelling``).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

_LARGEST: Final = 2**63 - 1  # what a bigint holds
_SAID: Final = {"yes": "needs a place", "no": "does not need a place", "skip": "is left out of training"}


class MessageNumber(click.ParamType[int]):
    """A message by its number, or by the reference in its alert."""

    name = "id"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number. Fails as click wants it on anything else."""
        number = message_number(str(value))
        if number is None:
            self.fail("is neither the number of a message nor the sign of an alert, such as b2", param, ctx)
        return number


def message_number(written: str) -> int | None:
    """Return the number of the message that a number or the reference of an alert stands for; None: for none."""
    from jeeves.assist.alerts import message_id_of  # noqa: PLC0415 - --help must not pay for it

    digits = written.isascii() and written.isdecimal() and len(written) <= len(str(_LARGEST))
    number = int(written) if digits else message_id_of(written)
    return number if number is not None and 1 <= number <= _LARGEST else None


@click.command(short_help="Say whether messages need a place.")
@click.argument("number", metavar="[ID", type=MessageNumber(), required=False)
@click.argument("answer", metavar="yes|no|skip]", type=click.Choice(["yes", "no", "skip"]), required=False)
@click.option(
    "--from", "source", metavar="FILE", help="Take answers from a file, all of them or none; - is standard input."
)
@click.option("--export", metavar="FILE", help="Write every answer that counts to a file; - is standard output.")
@click.option("--with-text", is_flag=True, help="Export the mail itself too.")
@click.pass_context
def command(
    context: click.Context,
    number: int | None,
    answer: str | None,
    source: str | None,
    export: str | None,
    *,
    with_text: bool,
) -> None:
    """Answer for the message ID whether someone wants to meet and nobody has said where.

    ID is the number of a message, or the sign at the end of its alert, such as b2. The latest answer counts; skip
    takes an answer back. Learned from by `jeeves retrain`.

    A file holds one JSON object a line: "message_key" (it names a message in any database) or "id", and "label": 1 when
    it needs a place, 0 when not, or "skip".
    """
    asked = [number is not None, source is not None, export is not None]
    if sum(asked) != 1 or (number is not None) != (answer is not None) or (with_text and export is None):
        raise click.UsageError("Give ID and an answer, or --from FILE, or --export FILE (perhaps --with-text).")
    config_file: Path | None = context.find_root().params["config"]
    if source is not None:
        _import(config_file, source)
    elif export is not None:
        _export(config_file, export, with_text=with_text)
    elif number is not None and answer is not None:
        _answer(config_file, number, answer)


def _answer(config_file: Path | None, number: int, answer: str) -> None:
    from jeeves.actions.label import label_message  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app import open_database, utc_now  # noqa: PLC0415
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.store.labels import PostgresLabels  # noqa: PLC0415
    from jeeves.types import Answer, LabelSource  # noqa: PLC0415

    with open_database(load_config(config_file)) as database:
        store = PostgresLabels(database.engine)
        label_message(store, number, Answer(answer), LabelSource.CLI, now=utc_now())
    click.echo(f"Noted: message {number} {_SAID[answer]}.")


def _import(config_file: Path | None, source: str) -> None:
    from jeeves.actions.label_files import import_answers, read_answers  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app import open_database, utc_now  # noqa: PLC0415
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.errors import UserError  # noqa: PLC0415
    from jeeves.store.label_files import PostgresLabelFiles  # noqa: PLC0415

    name = "standard input" if source == "-" else source
    try:
        if source == "-":
            answers = read_answers(sys.stdin.buffer, name)
        else:
            with Path(source).open("rb") as lines:
                answers = read_answers(lines, name)
    except OSError as error:
        raise UserError(
            f"{name} cannot be read: {error.strerror or type(error).__name__}",
            advice="Name a file of answers, one JSON object a line.",
        ) from error
    with open_database(load_config(config_file)) as database:
        outcome = import_answers(PostgresLabelFiles(database.engine), answers, name, now=utc_now())
    known = outcome.messages - outcome.new
    click.echo(f"Noted: {outcome.messages:,} messages, {outcome.new:,} answers new, {known:,} known already.")


def _export(config_file: Path | None, target: str, *, with_text: bool) -> None:
    from jeeves.actions.label_files import written  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app import open_database  # noqa: PLC0415
    from jeeves.cli.output import write  # noqa: PLC0415
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.store.labels import PostgresLabels  # noqa: PLC0415

    with open_database(load_config(config_file)) as database:
        answered = PostgresLabels(database.engine).answered()
    lines = list(written(answered, with_text=with_text))
    if target == "-":
        for line in lines:
            click.echo(line)
        return
    write(Path(target), "".join(f"{line}\n" for line in lines).encode("ascii"), private=True)
    what = "with the mail" if with_text else "without any mail"
    click.echo(f"Written: {len(lines):,} answers, {what}, to {target}")
