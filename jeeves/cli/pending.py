"""``jeeves pending``: the get-togethers that lack a place.

Lives here: options, printing. Must not live here: what is open (``store``), the wording (``pending_text``).
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jeeves.config import Config
    from jeeves.types import OpenThread


@click.command(short_help="List the get-togethers that lack a place.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a get-together instead.")
@click.pass_context
def command(context: click.Context, *, as_json: bool) -> None:
    """List who wants to meet, what for, when, and how long it has been open, the longest open first.

    The sign in front is the one at the end of its alert; `jeeves why SIGN` tells how it came about.
    """
    from jeeves.app.clock import utc_now  # noqa: PLC0415 - --help must not pay for these
    from jeeves.cli.pending_text import as_data, lines  # noqa: PLC0415
    from jeeves.cli.terminal_width import width_for  # noqa: PLC0415
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.config.accounts import names_by_username  # noqa: PLC0415

    named: Path | None = context.find_root().params["config"]
    config, now = load_config(named), utc_now()
    owner, names = config.mail.username, names_by_username(config)
    opened = _still_open(config)
    if as_json:
        for each in opened:
            data = as_data(each, owner, now=now, names=names)
            click.echo(json.dumps(data))  # ASCII only: nothing steers the terminal
        return
    for line in lines(opened, owner, config.alerts.timezone, now=now, names=names, width=width_for(sys.stdout)):
        click.echo(line)


def _still_open(config: Config) -> Sequence[OpenThread]:
    """Return what is open now, also where no daemon has noticed yet that it went by.

    What the owner called wrong is none.
    """
    from jeeves.app.clock import utc_now  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app.databases import open_database  # noqa: PLC0415
    from jeeves.assist.threads import seen_at  # noqa: PLC0415
    from jeeves.store.thread_states import PostgresThreads  # noqa: PLC0415
    from jeeves.types import PlaceState  # noqa: PLC0415

    with open_database(config) as database:
        opened = PostgresThreads(database.engine).open_threads()
    now, zone = utc_now(), config.alerts.timezone
    opened = [each for each in opened if not each.refused]
    return [each for each in opened if seen_at(each.state, now, zone).place_state is PlaceState.OPEN]
