"""``jeeves import``: take mail out of files into the database.

Lives here: options, progress, the closing line, the exit code. Must not live here: reading mail, storing it.
"""

from __future__ import annotations

import itertools
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jeeves.cli.account_choice import account_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jeeves.actions.import_mail import ImportReport
    from jeeves.config import Config
    from jeeves.mail.archive import Unreadable


@click.command(short_help="Take old mail in: Google Takeout, mbox, Maildir, .eml files.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@account_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
@click.pass_context
def command(context: click.Context, paths: Sequence[Path], *, account: str | None, as_json: bool) -> None:
    """Store the mail in files: an mbox (also Google Takeout's), a Maildir, an .eml file, a folder of these.

    Run it again at any time: what is stored already is not stored twice, whether it came from a file or from the
    server. Mail older than alerts.max_age is never alerted. What cannot be read is named on standard error with its
    offset; the rest goes in, and the exit code is 1.

    In a Takeout, the label mail.training_label ("Jeeves") or its sublabel "Yes" marks a message that needs a place,
    its sublabel "No" one that doesn't: both become answers to learn from.

    Of several mailboxes, --account says whose mail it is.
    """
    from jeeves.config import load_config  # noqa: PLC0415 - --help must not pay for these
    from jeeves.config.accounts import account_named  # noqa: PLC0415

    config = account_named(load_config(context.find_root().params["config"]), account)
    report = _import(config, paths)
    if as_json:
        click.echo(json.dumps(asdict(report) | {"known": report.read - report.new}))
    else:
        known = report.read - report.new
        click.echo(f"{report.new:,} messages stored, {known:,} known already, {report.unreadable:,} unreadable.")
        if report.answers:
            click.echo(f"{report.answers:,} answers taken from the label {config.mail.training_label}.")
    if report.unreadable:
        context.exit(1)


def _import(config: Config, paths: Sequence[Path]) -> ImportReport:
    from jeeves.actions.import_mail import MailImport  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app.clock import utc_now  # noqa: PLC0415
    from jeeves.app.databases import open_database  # noqa: PLC0415
    from jeeves.app.past import archive_in  # noqa: PLC0415
    from jeeves.cli.progress import byte_progress  # noqa: PLC0415
    from jeeves.mail.archive import read_raw  # noqa: PLC0415

    total = _size_of(paths)
    with open_database(config) as database, byte_progress("import") as shown:
        mail_import = MailImport(
            archive_in(database),
            config.mail.username,
            training_label=config.mail.training_label,
            max_age=config.alerts.max_age,
            clock=utc_now,
            complain=_complain,
            progress=lambda report: shown(report.bytes_read, total, messages=report.read),
        )
        return mail_import.run(itertools.chain.from_iterable(map(read_raw, paths)))


def _complain(entry: Unreadable) -> None:
    from jeeves.sanitise import one_line  # noqa: PLC0415 - --help must not pay for it

    place = f", {entry.position}" if entry.position else ""
    click.echo(f"{one_line(entry.path)}{place}: {entry.reason}", err=True)


def _size_of(paths: Sequence[Path]) -> int:
    """Return the bytes below ``paths``; what cannot be looked at counts nothing, reading it will say why."""
    files = (Path(parent, name) for path in paths for parent, _, names in os.walk(path) for name in names)
    return sum(_file_size(path) for path in itertools.chain(paths, files))


def _file_size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0
