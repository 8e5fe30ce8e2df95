"""``jeeves auth``: let Jeeves read a Gmail mailbox without a password, see whether it may, and take it back.

Lives here: what is said on the terminal, and waiting for browser or keyboard. Must not live here: the protocol
(``mail.consent``, ``mail.oauth``).
"""

from __future__ import annotations

import os
import queue
import select
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from jeeves.cli.account_choice import account_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jeeves.config import Config
    from jeeves.mail.consent import Answer

_GLANCE = 0.1  # seconds between looks at browser and keyboard
_LONGEST_LINE = 16_384


@click.group(short_help="Sign in to Gmail with OAuth instead of a password.")
def command() -> None:
    """Sign in to Gmail with OAuth instead of an app password (mail.auth = "oauth2")."""


@command.command("google", short_help="Allow Jeeves to read the mailbox, in a browser.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=0,
    metavar="PORT",
    help="Port of this machine that the browser comes back to; else any.",
)
@click.option(
    "--wait", type=click.IntRange(1, 86_400), default=600, show_default=True, metavar="SECONDS", help="When to give up."
)
@account_option
@click.pass_context
def google(context: click.Context, port: int, wait: int, account: str | None) -> None:
    """Ask Google, in a browser, for permission to read the mailbox, and keep it below database.data_dir.

    Works over SSH too: either forward the port, as shown, or paste the address that the browser ends up at. A daemon
    that runs takes the new permission up by itself.
    """
    from jeeves.app.clock import utc_now  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app.mailboxes import mail_consent  # noqa: PLC0415
    from jeeves.config.account_keys import naming_keys_of, with_keys_of  # noqa: PLC0415
    from jeeves.config.accounts import name_of  # noqa: PLC0415
    from jeeves.mail.grant_file import grant_path, write_grant  # noqa: PLC0415

    config = _config(context, account)
    with naming_keys_of(config):
        with mail_consent(config, port) as (consent, loopback):
            for line in _instructions(config.mail.username, consent.address, loopback.port):
                click.echo(line)
            answer = _wait(consent.read, loopback.answers, time.monotonic() + wait)
        write_grant(grant_path(config.database.data_dir, name_of(config)), consent.exchange(answer, utc_now()))
    if config.mail.auth == "oauth2":
        said = "Jeeves may read the mailbox now. To try it: jeeves auth status --check"
        click.echo(with_keys_of(config, said))
    else:
        table = "[[account]]" if name_of(config) else "[mail]"
        click.echo(f'Jeeves may read the mailbox. It will, once jeeves.toml says auth = "oauth2" under {table}.')


@command.command("status", short_help="Show how Jeeves signs in, and whether it may.")
@click.option("--check", is_flag=True, help="Sign in to the mail server now.")
@account_option
@click.pass_context
def status(context: click.Context, *, check: bool, account: str | None) -> None:
    """Show how Jeeves signs in and since when it may; never a secret. Exit status 1: it was not allowed yet."""
    from jeeves.app.mailboxes import mail_credentials, mail_source  # noqa: PLC0415 - --help must not pay for these
    from jeeves.config.account_keys import naming_keys_of, with_keys_of  # noqa: PLC0415
    from jeeves.config.accounts import name_of  # noqa: PLC0415
    from jeeves.mail.grant_file import COMMAND, grant_path, read_grant  # noqa: PLC0415
    from jeeves.sanitise import one_line  # noqa: PLC0415

    config = _config(context, account)
    by_token = config.mail.auth == "oauth2"
    click.echo(f"sign-in     {'OAuth' if by_token else 'password'}, as {one_line(config.mail.username)}")
    with naming_keys_of(config):
        grant = read_grant(grant_path(config.database.data_dir, name_of(config)))
    if grant is not None:
        when = grant.obtained_at.astimezone(config.alerts.timezone)
        click.echo(f"permission  for {one_line(grant.account)}, obtained {when:%Y-%m-%d %H:%M}")
    else:
        click.echo(f"permission  none{f'; run: {with_keys_of(config, COMMAND)}' if by_token else ''}")
        if by_token:
            context.exit(1)
    if check:
        source = mail_source(config, mail_credentials(config))
        try:
            with naming_keys_of(config):
                source.status(config.mail.folders[0])
        finally:
            source.close()
        click.echo("check       the mail server lets Jeeves in")


@command.command("revoke", short_help="Take the permission back.")
@account_option
@click.pass_context
def revoke(context: click.Context, account: str | None) -> None:
    """Take the permission back: have Google end it, and delete what is kept of it here."""
    from jeeves.app.mailboxes import token_endpoint  # noqa: PLC0415 - --help must not pay for these
    from jeeves.config.account_keys import naming_keys_of  # noqa: PLC0415
    from jeeves.config.accounts import name_of  # noqa: PLC0415
    from jeeves.errors import MailUnavailable  # noqa: PLC0415
    from jeeves.mail.grant_file import delete_grant, grant_path, read_grant  # noqa: PLC0415

    config = _config(context, account)
    path = grant_path(config.database.data_dir, name_of(config))
    with naming_keys_of(config):
        grant = read_grant(path)
    if grant is None:
        click.echo("There is no permission to take back.")
        return
    try:
        token_endpoint(config).revoke(grant.refresh_token)
    except MailUnavailable as failure:
        delete_grant(path)
        raise MailUnavailable(
            "Jeeves has forgotten the permission, but Google did not confirm its end.",
            advice="Take Jeeves out at myaccount.google.com/permissions.",
        ) from failure
    delete_grant(path)
    click.echo("Google has ended the permission, and Jeeves has forgotten it.")


def _config(context: click.Context, account: str | None) -> Config:
    """Return the configuration of the mailbox that is meant."""
    from jeeves.config import load_config  # noqa: PLC0415 - --help must not pay for these
    from jeeves.config.accounts import account_named  # noqa: PLC0415

    return account_named(load_config(context.find_root().params["config"]), account)


def _instructions(account: str, address: str, port: int) -> Iterator[str]:
    from jeeves.sanitise import one_line  # noqa: PLC0415 - --help must not pay for it

    yield f"Open this address in a browser and allow access to {one_line(account)}:"
    yield ""
    yield address
    yield ""
    yield "If the browser runs on another computer than Jeeves (SSH), do one of these:"
    yield "- Before you open it, run this over there, with the name of this machine:"
    yield f"    ssh -N -L {port}:127.0.0.1:{port} USER@MACHINE"
    yield f"- Or allow access, let the browser fail to open http://127.0.0.1:{port}/...,"
    yield "  copy that whole address from its address bar, paste it here and press Enter."
    yield ""
    yield "Waiting for your answer (Ctrl-C to give up) ..."


def _wait(read: Callable[[str], Answer | None], arrivals: queue.Queue[str], deadline: float) -> Answer:
    """Return the first answer from the browser or the keyboard; ``deadline`` by the monotonic clock.

    Raises UserError when none comes.
    """
    from jeeves.errors import UserError  # noqa: PLC0415 - --help must not pay for it

    keyboard = Keyboard(sys.stdin.fileno() if sys.stdin is not None else None)
    while time.monotonic() < deadline:
        lines = keyboard.lines()
        with suppress(queue.Empty):
            lines.append(arrivals.get(timeout=_GLANCE))
        for line in lines:
            answer = read(line)
            if answer is not None:
                return answer
            if line.strip():
                click.echo("That is not the address the browser was sent to; copy all of it, from http:// on.")
    raise UserError("No answer came from the browser.", advice="Run it again: jeeves auth google")


class Keyboard:
    """Lines typed or pasted, without ever waiting for one."""

    def __init__(self, descriptor: int | None) -> None:
        """Read from ``descriptor``; None when there is no standard input."""
        self._descriptor = descriptor
        self._begun = b""

    def lines(self) -> list[str]:
        """Return the lines that are complete by now; what an end of input cuts off counts as one."""
        if self._descriptor is None or not select.select([self._descriptor], [], [], 0)[0]:
            return []
        piece = os.read(self._descriptor, _LONGEST_LINE)
        if not piece:
            self._descriptor = None
        *complete, self._begun = (self._begun + piece + (b"" if piece else b"\n"))[-_LONGEST_LINE:].split(b"\n")
        return [line.decode("utf-8", "replace") for line in complete]
