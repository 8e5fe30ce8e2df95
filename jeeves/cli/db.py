"""``jeeves db``: look after the database.

Lives here: the commands of an owner who runs a PostgreSQL of their own. Must not live here: migrations.
"""

from __future__ import annotations

import click


@click.group(short_help="Look after the database.")
def command() -> None:
    """Look after the database."""


@command.command("upgrade", short_help="Bring the database up to this version of Jeeves.")
@click.pass_context
def upgrade(context: click.Context) -> None:
    """Bring the database up to this version of Jeeves: one transaction, under a lock.

    The embedded database is upgraded by whichever command starts it; this one is for a server of your own.
    """
    from jeeves.app import migrate_database  # noqa: PLC0415 - --help must not pay for these
    from jeeves.config import load_config  # noqa: PLC0415

    migrate_database(load_config(context.find_root().params["config"]))
    click.echo("The database is up to date.")
