"""``jeeves notify-test``: a test message through each channel, now.

Lives here: options and the lines printed. Must not live here: sending (``actions.probe``).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jeeves.actions.probe import Probe

_WIDTH: Final = 80
_SAID: Final = {
    "delivered": "delivered",
    "sent": "sent; whether it arrived, the channel has not told",
    "unknown": "nobody knows",
    "failed": "failed",
}


@click.command("notify-test", short_help="Send a test message through each channel, now.")
@click.option("--channel", "only", metavar="NAME", help="Through this one, whether alerts.channels names it or not.")
@click.option("--wait", type=click.FloatRange(0, 600), default=20.0, show_default=True, metavar="SECONDS",
              help="How long to wait for the provider to tell that it arrived.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")
@click.pass_context
def command(context: click.Context, only: str | None, *, wait: float, as_json: bool) -> None:
    """Send a test message through each channel that alerts may go out on and tell how each fared.

    Nothing of it is kept, and no mail is needed. Exit status 1: a channel failed.
    """
    import time  # noqa: PLC0415 - --help must not pay for these
    from datetime import timedelta  # noqa: PLC0415

    from jeeves.actions.probe import Verdict, probe  # noqa: PLC0415
    from jeeves.app.channels import notifier_for  # noqa: PLC0415
    from jeeves.app.clock import utc_now  # noqa: PLC0415
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.config.accounts import all_channels  # noqa: PLC0415

    config = load_config(context.find_root().params["config"])
    channels = all_channels(config) if only is None else (_known(only),)
    probes = []
    for channel in channels:
        build = partial(notifier_for, config, channel)
        probes.append(probe(channel, build, clock=utc_now, sleep=time.sleep, wait=timedelta(seconds=wait)))
        if not as_json:
            click.echo("\n".join(lines(probes[-1])))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in probes], indent=2))
    if any(each.verdict in (Verdict.FAILED, Verdict.UNKNOWN) for each in probes):
        raise SystemExit(1)


def _known(name: str) -> str:
    from jeeves.config.fields import CHANNELS  # noqa: PLC0415 - --help must not pay for these
    from jeeves.config.wording import listed, nearest, show  # noqa: PLC0415
    from jeeves.errors import UserError  # noqa: PLC0415

    if name not in CHANNELS:
        raise UserError(
            f"There is no channel {show(name)}{nearest(name, CHANNELS)}.", advice=f"There are {listed(CHANNELS)}."
        )
    return name


def lines(probe: Probe) -> Iterator[str]:
    """Yield what became of a test for people, at most 80 columns wide."""
    import textwrap  # noqa: PLC0415 - --help must not pay for these

    from jeeves.sanitise import one_line  # noqa: PLC0415

    named = f" ({one_line(probe.provider_id)})" if probe.provider_id else ""
    yield f"{probe.channel}: {_SAID[probe.verdict]}{named}"
    for sentence in (probe.said, probe.advice):
        yield from textwrap.wrap(one_line(sentence), _WIDTH, initial_indent="  ", subsequent_indent="  ")
