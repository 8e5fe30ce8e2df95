"""``jeeves label``: say whether a message needs a place.

Lives here: arguments and the line printed. Must not live here: what an answer is worth.
"""

from __future__ import annotations

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


@click.command(short_help="Say whether a message needs a place.")
@click.argument("number", metavar="ID", type=MessageNumber())
@click.argument("answer", type=click.Choice(["yes", "no", "skip"]))
@click.pass_context
def command(context: click.Context, number: int, answer: str) -> None:
    """Answer for the message ID whether someone wants to meet and nobody has said where.

    ID is the number of a message, or the sign at the end of its alert, such as b2. The latest answer counts; skip
    takes an answer back. Learned from by `jeeves retrain`.
    """
    from jeeves.actions.label import label_message  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app import open_database, utc_now  # noqa: PLC0415
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.store.labels import PostgresLabels  # noqa: PLC0415
    from jeeves.types import Answer, LabelSource  # noqa: PLC0415

    config = load_config(context.find_root().params["config"])
    with open_database(config) as database:
        store = PostgresLabels(database.engine)
        label_message(store, number, Answer(answer), LabelSource.CLI, now=utc_now())
    click.echo(f"Noted: message {number} {_SAID[answer]}.")
