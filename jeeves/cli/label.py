"""``jeeves label``: say whether messages need a place, one by one, all in a row, or by a file.

Lives here: arguments, which way of labelling they ask for, the line printed. Must not live here: what an answer is
worth, the screen (``cli.labelling``).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

_LARGEST: Final = 2**63 - 1  # what a bigint holds
_SAID: Final = {"yes": "needs a place", "no": "does not need a place", "skip": "is left out of training"}

# ``ml.sampling.Strategy``, which --help must not import.
_STRATEGIES: Final = ("mixed", "uncertain", "likely", "unlike", "suspect", "random")
_STRATEGY_HELP: Final = (
    "What comes next: mixed, a share of each (default); what Jeeves is unsure of; finds nobody confirmed; what is"
    " unlike anything labelled; your answers it would contradict; or drawn by lot."
)


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


@click.command(short_help="Say which messages need a place.")
@click.argument("number", metavar="[ID", type=MessageNumber(), required=False)
@click.argument("answer", metavar="yes|no|skip]", type=click.Choice(["yes", "no", "skip"]), required=False)
@click.option("--strategy", type=click.Choice(_STRATEGIES), default=_STRATEGIES[0], help=_STRATEGY_HELP)
@click.option("--plain", is_flag=True, help="Prompts instead of the full screen.")
@click.option("--from", "source", metavar="FILE", help="Take answers from a file, all or none; - is standard input.")
@click.option("--export", metavar="FILE", help="Write the answers that count to a file; - is standard output.")
@click.option("--with-text", is_flag=True, help="Export the mail itself too.")
@click.pass_context
def command(context: click.Context, /, **chosen: object) -> None:
    """Show message after message and ask of each whether someone wants to meet and nobody has said where.

    One key decides, ? shows the keys, every answer is stored at once, u takes it back. Where a full screen is not
    possible, prompts do the same. Answers are learned from by `jeeves retrain`.

    With ID, answer for that message only: ID is its number (`jeeves search` finds it), or the sign at the end of its
    alert, such as b2. The latest answer counts; skip takes an answer back.

    A file holds one JSON object a line: "message_key" (it names a message in any database) or "id", and "label": 1 when
    it needs a place, 0 when not, or "skip".
    """
    options = _Options(**chosen)  # type: ignore[arg-type]  # click's values, named and typed above
    config_file: Path | None = context.find_root().params["config"]
    if options.ways() > 1 or (options.number is None) != (options.answer is None):
        raise click.UsageError("Give an ID and an answer, or --from FILE, or --export FILE, or none of these.")
    if options.with_text and options.export is None:
        raise click.UsageError("--with-text goes with --export FILE.")
    if options.source is not None:
        _import(config_file, options.source)
    elif options.export is not None:
        _export(config_file, options.export, with_text=options.with_text)
    elif options.number is not None and options.answer is not None:
        _answer(config_file, options.number, options.answer)
    else:
        _label_all(config_file, options.strategy, plain=options.plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    number: int | None
    answer: str | None
    strategy: str
    plain: bool
    source: str | None
    export: str | None
    with_text: bool

    def ways(self) -> int:
        return sum(each is not None for each in (self.number, self.source, self.export))


def _label_all(config_file: Path | None, strategy: str, *, plain: bool) -> None:
    from jeeves.cli.labelling.sitting import label_all  # noqa: PLC0415 - --help must not pay for these
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.ml.sampling import Strategy  # noqa: PLC0415

    label_all(load_config(config_file), Strategy(strategy), plain=plain)


def _answer(config_file: Path | None, number: int, answer: str) -> None:
    from jeeves.actions.label import label_message  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app.clock import utc_now  # noqa: PLC0415
    from jeeves.app.databases import open_database  # noqa: PLC0415
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.store.labels import PostgresLabels  # noqa: PLC0415
    from jeeves.types import Answer, LabelSource  # noqa: PLC0415

    with open_database(load_config(config_file)) as database:
        store = PostgresLabels(database.engine)
        label_message(store, number, Answer(answer), LabelSource.CLI, now=utc_now())
    click.echo(f"Noted: message {number} {_SAID[answer]}.")


def _import(config_file: Path | None, source: str) -> None:
    from jeeves.actions.label_files import import_answers, read_answers  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app.clock import utc_now  # noqa: PLC0415
    from jeeves.app.databases import open_database  # noqa: PLC0415
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
    from jeeves.app.databases import open_database  # noqa: PLC0415
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
