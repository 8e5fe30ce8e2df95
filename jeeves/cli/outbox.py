"""``jeeves outbox``: what is on its way to the owner, and orders about it.

Lives here: arguments and the forms of the answer. Must not live here: what may be sent again (``store.outbox_desk``).
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

import click

from jeeves.cli.columns import shortened, wrapped
from jeeves.cli.terminal_width import WIDEST, width_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Engine

    from jeeves.config import Config
    from jeeves.store.outbox_desk import Order, OutboxEntry

_MARGIN: Final = 7  # columns before what a line tells
_MOST: Final = 200  # entries listed

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")
_names = click.argument("names", metavar="ID...", nargs=-1, required=True)


@click.group(short_help="Show what is on its way to you; send again, or let be.")
def command() -> None:
    """Show the alerts on their way to you, and send one again or let it be.

    ID is the number in the list, or the sign at the end of the alert, such as b2.
    """


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that are over; the latest 200.")
@_as_json
@click.pass_context
def list_(context: click.Context, *, everything: bool, as_json: bool) -> None:
    """List the alerts that are on their way, the latest first."""
    from jeeves.app.databases import open_database  # noqa: PLC0415 - --help must not pay for these
    from jeeves.store.outbox_desk import read_outbox  # noqa: PLC0415

    with open_database(_config(context)) as database:
        entries = read_outbox(database.engine, everything=everything, limit=_MOST)
    if as_json:
        click.echo(json.dumps([_plain(entry) for entry in entries], default=_as_text, indent=2))
    elif not entries:
        click.echo("Nothing is on its way." if not everything else "No alert was ever written.")
    else:
        for entry in entries:
            click.echo("\n".join(lines(entry, width_for(sys.stdout))))


@command.command()
@_names
@click.option("--again", is_flag=True, help="Even if it may have reached you already.")
@_as_json
@click.pass_context
def retry(context: click.Context, names: tuple[str, ...], *, again: bool, as_json: bool) -> None:
    """Send alerts again that failed, expired or were withdrawn.

    They go out when Jeeves runs, in quiet hours as soon as these end. One that may have reached you already is sent
    again with --again only.
    """
    from jeeves.app.clock import utc_now  # noqa: PLC0415 - --help must not pay for these
    from jeeves.assist.quiet import next_moment_to_speak  # noqa: PLC0415
    from jeeves.config.restraint import restraint_of  # noqa: PLC0415
    from jeeves.store.outbox_desk import retry as order_retry  # noqa: PLC0415

    config, now = _config(context), utc_now()
    until = now + config.alerts.max_age
    due_at = next_moment_to_speak(now, restraint_of(config), config.alerts.timezone)
    later = (
        "" if due_at <= now else f" when quiet hours end, {due_at.astimezone(config.alerts.timezone):%a %d %b %H:%M}"
    )

    def order(engine: Engine, name: str) -> list[Order]:
        orders = order_retry(engine, name, now=now, until=until, again=again)
        return [replace(each, said=f"{each.said}{later}") if each.done else each for each in orders]

    _obey(config, names, order, as_json)


@command.command()
@_names
@_as_json
@click.pass_context
def cancel(context: click.Context, names: tuple[str, ...], *, as_json: bool) -> None:
    """Withdraw alerts that have not gone out."""
    from jeeves.app.clock import utc_now  # noqa: PLC0415 - --help must not pay for these
    from jeeves.store.outbox_desk import cancel as order_cancel  # noqa: PLC0415

    _obey(_config(context), names, lambda engine, name: order_cancel(engine, name, now=utc_now()), as_json)


def _config(context: click.Context) -> Config:
    from jeeves.config import load_config  # noqa: PLC0415 - --help must not pay for it

    return load_config(context.find_root().params["config"])


def _obey(
    config: Config,
    names: Sequence[str],
    order: Callable[[Engine, str], list[Order]],
    as_json: bool,  # noqa: FBT001 - the option handed on
) -> None:
    """Carry out ``order`` for each name and report. Exits with 1 unless something was done for each."""
    from jeeves.app.databases import open_database  # noqa: PLC0415 - --help must not pay for it

    with open_database(config) as database:
        orders = {name: order(database.engine, name) for name in names}
    if as_json:
        found = [
            {**_plain(each.entry), "done": each.done, "said": each.said} for group in orders.values() for each in group
        ]
        unknown = [name for name, group in orders.items() if not group]
        click.echo(json.dumps({"orders": found, "unknown": unknown}, default=_as_text, indent=2))
    else:
        for name, group in orders.items():
            for line in _answers(name, group, width_for(sys.stdout)):
                click.echo(line)
    if not all(any(each.done for each in group) for group in orders.values()):
        raise SystemExit(1)


def _answers(name: str, orders: Sequence[Order], width: int) -> Iterator[str]:
    from jeeves.sanitise import one_line  # noqa: PLC0415 - --help must not pay for it

    if not orders:
        yield from wrapped(f"There is no alert {one_line(name)}. See: jeeves outbox list --all", width)
    for order in orders:
        entry = order.entry
        said = f"{one_line(entry.reference)} by {one_line(entry.channel)} ({entry.id}): {order.said}."
        yield from wrapped(said, width)


def lines(entry: OutboxEntry, width: int = WIDEST) -> Iterator[str]:
    """Yield an entry for people, at most ``width`` columns wide; of its text as much as a line of 80 holds."""
    from jeeves.sanitise import one_line  # noqa: PLC0415 - --help must not pay for it

    due = f", due {entry.next_attempt_at.astimezone():%d %b %H:%M:%S}" if entry.next_attempt_at else ""
    tries = f", {entry.attempts} attempt{'' if entry.attempts == 1 else 's'}" if entry.attempts else ""
    outcome = f", last {entry.last_outcome}" if entry.last_outcome else ""
    name, channel = one_line(entry.reference), one_line(entry.channel)
    head = f"{name}  {channel}  {entry.status.value}{tries}{outcome}{due}"
    margin = " " * _MARGIN
    yield from wrapped(head, width, first=f"{entry.id:>5}  ", rest=margin)
    body = shortened(one_line(entry.body), WIDEST - _MARGIN)
    yield from wrapped(body, width, first=margin, rest=margin)


def _plain(entry: OutboxEntry) -> dict[str, object]:
    return {**asdict(entry), "may_have_gone_out": entry.may_have_gone_out}


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
