"""``jeeves backfill``: fetch the mail of the past from the server.

Lives here: options, progress, the closing line. Must not live here: what is fetched and when to wait (``actions``).
"""

from __future__ import annotations

import json
import random
import re
import time
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import click

from jeeves.cli.account_choice import account_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jeeves.actions.backfill import BackfillReport, Reach
    from jeeves.cli.progress import Shown
    from jeeves.config import Config
    from jeeves.errors import MailUnavailable

_DAYS: Final = {"d": 1.0, "w": 7.0, "m": 365.25 / 12, "y": 365.25}
_SPAN = re.compile(r"([0-9]{1,5})([dwmy])")
_MEGABYTE: Final = 1_000_000


class Since(click.ParamType[date]):
    """A day of the past: ``90d``, ``8w``, ``6m``, ``2y``, or ``2024-01-31``."""

    name = "since"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day; anything else is a usage error."""
        day = value if isinstance(value, date) else parse_since(str(value), today=datetime.now(UTC).date())
        return day or self.fail('write how long ago ("90d", "8w", "6m", "2y") or a day ("2024-01-31")', param, ctx)


class Size(click.ParamType[int]):
    """An amount of data: ``500MB``."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the bytes; anything else is a usage error."""
        from jeeves.config.sizes import parse_size  # noqa: PLC0415 - --help must not pay for it

        if isinstance(value, int):
            return value
        try:
            return parse_size(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def parse_since(text: str, *, today: date) -> date | None:
    """Return the day that lies ``text`` before ``today``, or that ``text`` names; None when it does neither."""
    span = _SPAN.fullmatch(text)
    try:
        if span:
            return today - timedelta(days=round(int(span[1]) * _DAYS[span[2]]))
        return date.fromisoformat(text)
    except (ValueError, OverflowError):
        return None


@click.command(short_help="Fetch the mail of the past, without attachments.")
@click.option("--since", type=Since(), metavar="WHEN", help="Not further back: 90d, 8w, 6m, 2y, or 2024-01-31.")
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="Only the newest N messages of each folder.")
@click.option("--folder", "folders", multiple=True, metavar="NAME", help="Another folder than those of mail.folders.")
@click.option("--budget", type=Size(), metavar="SIZE", help="Bytes a day, such as 500MB; else mail.backfill_budget.")
@account_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a mailbox at the end.")
@click.pass_context
def command(  # noqa: PLR0913 - one option each, all named
    context: click.Context,
    *,
    since: date | None,
    last: int | None,
    folders: Sequence[str],
    budget: int | None,
    account: str | None,
    as_json: bool,
) -> None:
    """Store the mail that lies on the server since before Jeeves watched it, newest first.

    Text and invitations are fetched, attachments never. Stop it at any time and run it again: it goes on where it
    was. `jeeves run` may watch meanwhile. Mail older than alerts.max_age is never alerted. When the day's budget is
    used up it ends and says so. Of several mailboxes, all are read unless --account names one.
    """
    from jeeves.actions.backfill import Reach  # noqa: PLC0415 - --help must not pay for these
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.config.account_keys import naming_keys_of  # noqa: PLC0415
    from jeeves.config.accounts import accounts_named, name_of  # noqa: PLC0415

    for config in accounts_named(load_config(context.find_root().params["config"]), account):
        allowed, name = budget or config.mail.backfill_budget, name_of(config)
        reach = Reach(since=since, last=last, budget=allowed, max_age=config.alerts.max_age)
        with naming_keys_of(config):
            report, seconds = _backfill(config, folders or config.mail.folders, reach)
        if as_json:
            whose = {"account": name} if name else {}
            more = {"known": report.done - report.new, "seconds": round(seconds, 3)}
            click.echo(json.dumps(whose | asdict(report) | more))
        else:
            click.echo(f"{name}: {_summary(report, allowed)}" if name else _summary(report, allowed))


def _backfill(config: Config, folders: Sequence[str], reach: Reach) -> tuple[BackfillReport, float]:
    """Return what came of it, and the seconds from signing in to the last message stored."""
    from jeeves.actions.backfill import Backfill  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app.clock import utc_now  # noqa: PLC0415
    from jeeves.app.databases import open_database  # noqa: PLC0415
    from jeeves.app.past import backfills_in, past_mail  # noqa: PLC0415
    from jeeves.cli.progress import message_progress  # noqa: PLC0415

    source = past_mail(config)
    try:
        with open_database(config) as database, message_progress("backfill") as shown:
            backfill = Backfill(
                source,
                backfills_in(database),
                config.mail.username,
                reach,
                clock=utc_now,
                random=random.random,
                wait=lambda delay: time.sleep(delay.total_seconds()),
                narrator=_Narrator(shown),
            )
            started = time.monotonic()
            return backfill.run(folders), time.monotonic() - started
    finally:
        source.close()


class _Narrator:
    """Tells the owner what goes on, on standard error."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    def progress(self, report: BackfillReport) -> None:
        """Move the bar."""
        self._shown(report.done + report.unreadable, report.total)

    def capped(self, folder: str) -> None:
        """Say where the rest of the mail may be."""
        click.echo(
            f"{folder} holds a suspiciously round number of messages. If there are more: Gmail, Settings, "
            'Forwarding and POP/IMAP, "Do not limit the number of messages in an IMAP folder".',
            err=True,
        )

    def waits(self, error: MailUnavailable, delay: timedelta) -> None:
        """Say why nothing moves."""
        click.echo(f"{error.message} Waiting {delay.total_seconds():,.0f} seconds.", err=True)


def _summary(report: BackfillReport, budget: int) -> str:
    known = report.done - report.new
    line = f"{report.new:,} messages stored, {known:,} known already, {report.unreadable:,} not handed out."
    if report.finished:
        return line
    left = report.total - report.done - report.unreadable
    return (
        f"{line}\nThe budget of {budget / _MEGABYTE:,.1f} MB a day is used up, {left:,} messages are left: "
        "run it again tomorrow."
    )
