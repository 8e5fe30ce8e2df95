"""``jeeves restore``: put a backup back into an empty place.

Lives here: the command and its closing line. Must not live here: the order of things (``keeping``).
"""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Put a backup back where nothing is yet.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.pass_context
def command(context: click.Context, file: Path) -> None:
    """Fill an empty database and the models' folder from FILE, which `jeeves backup` wrote.

    The place is the one the configuration names. Nothing is done when there is mail in it already, when FILE is
    damaged, or when a newer Jeeves made it. `jeeves run` then goes on where the backup ends: no alert is repeated.
    """
    from jeeves.app.databases import unmigrated_database  # noqa: PLC0415 - --help must not pay for these
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.keeping import restore  # noqa: PLC0415

    config = load_config(context.find_root().params["config"])
    with unmigrated_database(config) as engine:
        restore(config, engine, file)
    click.echo("Restored. Jeeves goes on from there with: jeeves run")
