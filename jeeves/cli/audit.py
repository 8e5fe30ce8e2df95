"""``jeeves audit``: show that everything on the server is stored.

Lives here: options and the two forms of the report. Must not live here: the comparison (``actions.audit``).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from jeeves.cli.account_choice import account_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jeeves.actions.audit import AuditReport, FolderAudit
    from jeeves.app.building import App
    from jeeves.errors import JeevesError


@click.command(short_help="Compare the server's mail with what is stored; fetch what is missing.")
@account_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
@click.pass_context
def command(context: click.Context, *, account: str | None, as_json: bool) -> None:
    """Compare every watched folder with the server, message by message, and store what is missing.

    Nothing is changed on the server, and nothing is deleted here: "gone" counts messages that were stored and that
    the server no longer has in that folder. It may run beside the daemon, which does the same once a day.

    Of several mailboxes those that can be read are compared, whatever is wrong with another.
    """
    from jeeves.app.building import build_each  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app.databases import open_database  # noqa: PLC0415
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.config.accounts import accounts_named  # noqa: PLC0415

    config = load_config(context.find_root().params["config"])
    wanted = [each.mail.username for each in accounts_named(config, account)]
    with open_database(config) as database:
        apps = [app for app in build_each(config, database) if app.config.mail.username in wanted]
        reports, failure = _audit_each(apps)
    if as_json:
        click.echo(json.dumps(as_data(reports, failed=failure is not None), indent=2))
    else:
        for line in lines(reports, failed=failure is not None):
            click.echo(line)
    if failure is not None:
        raise failure


def _audit_each(apps: Sequence[App]) -> tuple[list[tuple[str, AuditReport]], JeevesError | None]:
    """Return the reports, each with the mailbox's name, and the first error there was.

    Raises what concerns the only mailbox there is.
    """
    from jeeves.config.accounts import name_of  # noqa: PLC0415 - --help must not pay for these
    from jeeves.errors import DatabaseUnavailable, JeevesError  # noqa: PLC0415

    reports, failure = list[tuple[str, "AuditReport"]](), None
    for app in apps:
        try:
            reports.append((name_of(app.config), _audit(app)))
        except JeevesError as error:
            if len(apps) == 1 or isinstance(error, DatabaseUnavailable):
                raise
            failure = failure or error
    return reports, failure


def _audit(app: App) -> AuditReport:
    from jeeves.actions.audit import audit  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app.clock import utc_now  # noqa: PLC0415
    from jeeves.app.mailboxes import folders_read  # noqa: PLC0415
    from jeeves.config.account_keys import naming_keys_of  # noqa: PLC0415

    try:
        with naming_keys_of(app.config):
            folders = folders_read(app.config, app.source)
            return audit(app.source, app.store, app.config.mail.username, folders, utc_now)
    finally:
        app.source.close()


def as_data(reports: Sequence[tuple[str, AuditReport]], *, failed: bool = False) -> Mapping[str, object]:
    """Return the reports, each with the mailbox's name, for JSON; each folder says whose it is, if that has a name.

    ``failed``: there is a mailbox that could not be read.
    """
    folders = [
        ({"account": name} if name else {}) | asdict(each) for name, report in reports for each in report.folders
    ]
    complete = not failed and all(report.is_complete for _, report in reports)
    return {"complete": complete, "folders": folders}


def lines(reports: Sequence[tuple[str, AuditReport]], *, failed: bool = False) -> Iterator[str]:
    """Yield the reports, each with the mailbox's name, for people; ``failed`` as above."""
    for name, report in reports:
        for folder in report.folders:
            yield from _folder_lines(folder, f"{name} " if name else "")
    if failed:
        return
    complete = all(report.is_complete for _, report in reports)
    yield "Nothing was missing." if complete else "What was missing was fetched, unless it is gone by now."


def _folder_lines(folder: FolderAudit, whose: str) -> Iterator[str]:
    from jeeves.sanitise import one_line  # noqa: PLC0415 - --help must not pay for it

    yield (
        f"{whose}{one_line(folder.folder)}: {folder.on_server:,} on the server, {folder.new:,} of them new;"
        f" {folder.missing:,} missing, {folder.repaired:,} repaired; {folder.gone:,} gone from the server"
    )
    if folder.maybe_capped:
        yield (
            f"  The server shows exactly {folder.on_server:,} messages, a limit Gmail can set for IMAP: look at"
            " Settings, Forwarding and POP/IMAP, Folder size limits."
        )
