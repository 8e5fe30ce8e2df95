"""``jeeves backup``: everything Jeeves knows in one file.

Lives here: the command and its closing line. Must not live here: what a backup holds (``keeping``).
"""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Write database and models to one file, also while Jeeves runs.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def command(context: click.Context, file: Path) -> None:
    """Write the database and the models that learned from your answers to FILE, as they are at one moment.

    Jeeves may run meanwhile. FILE can be read by you only; one of that name is replaced once the new one is whole.
    It holds mail, and no secret: passwords and the permission of `jeeves auth` are not in it.
    """
    from jeeves.app.clock import utc_now  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app.databases import open_database  # noqa: PLC0415
    from jeeves.cli.status import size_text  # noqa: PLC0415
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.keeping import back_up  # noqa: PLC0415

    config = load_config(context.find_root().params["config"])
    with open_database(config) as database:
        size = back_up(config, database.engine, file.absolute(), now=utc_now())
    click.echo(f"{file}: {size_text(size)}. Put it back with: jeeves restore FILE")
