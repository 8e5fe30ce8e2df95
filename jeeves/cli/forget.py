"""``jeeves forget``: delete mail from the database for good.

Lives here: options, the question, the closing line. Must not live here: the deleting (``store.forgetting``).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Engine

    from jeeves.config import Config


@click.command(short_help="Delete what a sender wrote, what is old, or everything.")
@click.option("--sender", metavar="ADDRESS", help="Everything this mail address wrote.")
@click.option("--before", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="What arrived before that day.")
@click.option("--all", "everything", is_flag=True, help="Everything, also what was learned; stop Jeeves first.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def command(
    context: click.Context, *, sender: str | None, before: datetime | None, everything: bool, yes: bool
) -> None:
    """Delete messages and all that was made of them: texts, originals, predictions, labels, alerts, threads.

    Mail on the server is not touched. With --sender or --before a digest of each message stays, which tells nobody
    what it was: so it is not stored again when it is fetched again. With --all nothing stays, and when Jeeves runs
    again it begins as on the first day. A model keeps words it has learned until the next `jeeves retrain`, or --all;
    backups of your own are yours to delete.
    """
    from jeeves.app.clock import utc_now  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app.databases import open_database  # noqa: PLC0415
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.keeping import backups_folder  # noqa: PLC0415
    from jeeves.store.forgetting import count, forget  # noqa: PLC0415

    if [sender is not None, before is not None, everything].count(True) != 1:
        raise click.UsageError("Name one of --sender, --before and --all.")
    config = load_config(context.find_root().params["config"])
    with open_database(config) as database:
        if everything:
            _forget_everything(config, database.engine, yes=yes)
            return
        which = _which(config, sender, before)
        number = count(database.engine, which)
        if number and not yes:
            click.confirm(f"Delete {number:,} {_noun(number)} for good?", abort=True)
        number = forget(database.engine, which, now=utc_now())
    click.echo(f"{number:,} {_noun(number)} forgotten.")
    backups = len(list(backups_folder(config).glob("*.tar")))
    if number and backups:
        click.echo(f"Backups in {backups_folder(config)} may still hold them: {backups}.")


def _forget_everything(config: Config, engine: Engine, *, yes: bool) -> None:
    from jeeves.keeping import forget_files  # noqa: PLC0415 - --help must not pay for these
    from jeeves.store.forgetting import forget_all  # noqa: PLC0415

    if not yes:
        click.confirm("Delete everything Jeeves has stored and learned, for good?", abort=True)
    forget_all(engine)
    forget_files(config)
    click.echo("Everything forgotten.")


def _which(config: Config, sender: str | None, before: datetime | None) -> ColumnElement[Any]:
    from jeeves.store.forgetting import received_before, written_by  # noqa: PLC0415 - --help must not pay for it

    if sender is not None:
        return written_by(sender)
    day = before or datetime.min  # noqa: DTZ901 - the caller has given one of the two
    return received_before(day.replace(tzinfo=config.alerts.timezone))


def _noun(number: int) -> str:
    return "message" if number == 1 else "messages"
