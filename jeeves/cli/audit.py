"""``jeeves audit``: show that everything on the server is stored.

Lives here: options and the two forms of the report. Must not live here: the comparison (``actions.audit``).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jeeves.actions.audit import AuditReport, FolderAudit


@click.command(short_help="Compare the server's mail with what is stored; fetch what is missing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
@click.pass_context
def command(context: click.Context, *, as_json: bool) -> None:
    """Compare every watched folder with the server, message by message, and store what is missing.

    Nothing is changed on the server, and nothing is deleted here: "gone" counts messages that were stored and that
    the server no longer has in that folder. It may run beside the daemon, which does the same once a day.
    """
    from jeeves.actions.audit import audit  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app import build, folders_read, open_database, utc_now  # noqa: PLC0415
    from jeeves.config import load_config  # noqa: PLC0415

    config = load_config(context.find_root().params["config"])
    with open_database(config) as database:
        app = build(config, database)
        try:
            folders = folders_read(config, app.source)
            report = audit(app.source, app.store, config.mail.username, folders, utc_now)
        finally:
            app.source.close()
    if as_json:
        click.echo(json.dumps({"complete": report.is_complete, **asdict(report)}, indent=2))
    else:
        for line in lines(report):
            click.echo(line)


def lines(report: AuditReport) -> Iterator[str]:
    """Yield the report for people."""
    for folder in report.folders:
        yield from _folder_lines(folder)
    yield "Nothing was missing." if report.is_complete else "What was missing was fetched, unless it is gone by now."


def _folder_lines(folder: FolderAudit) -> Iterator[str]:
    from jeeves.sanitise import one_line  # noqa: PLC0415 - --help must not pay for it

    yield (
        f"{one_line(folder.folder)}: {folder.on_server:,} on the server, {folder.new:,} of them new;"
        f" {folder.missing:,} missing, {folder.repaired:,} repaired; {folder.gone:,} gone from the server"
    )
    if folder.maybe_capped:
        yield (
            f"  The server shows exactly {folder.on_server:,} messages, a limit Gmail can set for IMAP: look at"
            " Settings, Forwarding and POP/IMAP, Folder size limits."
        )
