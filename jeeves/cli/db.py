"""``jeeves db``: look after the database.

Lives here: the commands of an owner who runs a PostgreSQL of their own. Must not live here: migrations.
"""

from __future__ import annotations

import click


@click.group(short_help="Look after the database.")
def command() -> None:
    """Look after the database."""


@command.command("upgrade", short_help="Bring the database up to this version of Jeeves.")
@click.option("--no-backup", is_flag=True, help="Go without the backup, where pg_dump is missing.")
@click.pass_context
def upgrade(context: click.Context, *, no_backup: bool) -> None:
    """Bring the database up to this version of Jeeves: one transaction, under a lock.

    What there is goes into a backup first, in "backups" below database.data_dir, where the last three stay: see
    `jeeves restore`. The embedded database is upgraded by whichever command starts it, with the same backup; this
    one is for a server of your own.
    """
    from jeeves.app.databases import migrate_database  # noqa: PLC0415 - --help must not pay for these
    from jeeves.config import load_config  # noqa: PLC0415

    migrate_database(load_config(context.find_root().params["config"]), backup=not no_backup)
    click.echo("The database is up to date.")
