"""``jeeves show``: a stored message and everything that became of it.

Lives here: options and printing. Must not live here: the wording (``show_text``), what decides (``jeeves why``).
"""

from __future__ import annotations

import json

import click

from jeeves.cli.label import MessageNumber


@click.command(short_help="Show a message, its answers, its thread, what was decided.")
@click.argument("number", metavar="ID", type=MessageNumber())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
@click.pass_context
def command(context: click.Context, number: int, *, as_json: bool) -> None:
    """Show the message ID: its text, every answer it ever got and which one counts, its thread, its alerts.

    ID is the number of a message (`jeeves search` finds it), or the sign at the end of its alert, such as b2.
    """
    from jeeves.app.databases import open_database  # noqa: PLC0415 - --help must not pay for these
    from jeeves.cli.show_text import as_data, lines  # noqa: PLC0415
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.config.accounts import names_by_username  # noqa: PLC0415
    from jeeves.errors import UserError  # noqa: PLC0415
    from jeeves.store.records import read_record  # noqa: PLC0415

    config = load_config(context.find_root().params["config"])
    with open_database(config) as database:
        record = read_record(database.engine, number)
    if record is None:
        raise UserError(
            f"There is no message {number}.",
            advice="Take the sign at the end of an alert, such as b2, or a number that jeeves search tells.",
        )
    if as_json:
        click.echo(json.dumps(as_data(record)))  # ASCII only: nothing in a message reaches the terminal as a control
        return
    names = names_by_username(config)
    for line in lines(record, mailbox=names.get(record.account, record.account) if names else ""):
        click.echo(line)
