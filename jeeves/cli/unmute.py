"""``jeeves unmute``: hear of a sender or a thread again.

Lives here: arguments and the line printed. Must not live here: how a subject is named (``mute``).
"""

from __future__ import annotations

import click

from jeeves.cli.mute import subject_of


@click.command(short_help="Hear of a sender or a thread again.")
@click.argument("subject", metavar="SENDER|ID")
@click.option("--thread", is_flag=True, help="Unmute the thread of message ID, not its sender.")
@click.pass_context
def command(context: click.Context, subject: str, *, thread: bool) -> None:
    """Take back what `jeeves mute` was told of SENDER or ID; SENDER and ID are those `jeeves mute list` shows."""
    from jeeves.app.databases import open_database  # noqa: PLC0415 - --help must not pay for these
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.errors import UserError  # noqa: PLC0415
    from jeeves.sanitise import one_line  # noqa: PLC0415
    from jeeves.store.mutes import PostgresMutes  # noqa: PLC0415

    config = load_config(context.find_root().params["config"])
    with open_database(config) as database:
        mutes = PostgresMutes(database.engine)
        sender, number = subject_of(mutes, subject, thread=thread)
        taken_back = mutes.unmute_sender(sender) if number is None else mutes.unmute_thread(number)
    whom = one_line(sender) if number is None else f"The thread of message {number}"
    if not taken_back:
        raise UserError(f"{whom} is not muted.", advice="See what is: jeeves mute list")
    click.echo(f"{whom} is heard again.")
