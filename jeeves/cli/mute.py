"""``jeeves mute``: hear no more of a sender or a thread, and see what is muted.

Lives here: arguments and the lines printed. Must not live here: what muting leads to (``store.mutes``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import click

from jeeves.cli.label import message_number

if TYPE_CHECKING:
    from datetime import timedelta, tzinfo
    from pathlib import Path

    from jeeves.store.mutes import PostgresMutes
    from jeeves.types import Mute

_ADDRESS: Final = re.compile(r"[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+")
_LONGEST_ADDRESS: Final = 254  # RFC 5321, section 4.5.3.1.3, without the angle brackets
_WHICH: Final = "Take the sign at the end of an alert, such as b2, the number of a message, or a mail address."


class Length(click.ParamType["timedelta"]):
    """A length of time such as 30d."""

    name = "length"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the length. Fails as click wants it on anything else, and on no time at all."""
        from jeeves.config.durations import parse_duration  # noqa: PLC0415 - --help must not pay for it

        try:
            length = parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not 0 < length.total_seconds() <= 36_500 * 86_400:
            self.fail("must be longer than nothing, and at most 36500d", param, ctx)
        return length


@click.command(short_help="Hear no more of a sender or a thread; `mute list` shows them.")
@click.argument("subject", metavar="SENDER|ID|list")
@click.option("--thread", is_flag=True, help="Mute the thread of message ID, not its sender.")
@click.option("--for", "length", type=Length(), metavar="30d", help="For how long; else for good.")
@click.pass_context
def command(context: click.Context, subject: str, *, thread: bool, length: timedelta | None) -> None:
    """Raise no more alerts about what SENDER writes, or the sender of message ID, or with --thread about its thread.

    SENDER is a mail address; ID is the number of a message, or the sign at the end of its alert, such as b2. What
    was waiting to be told is withdrawn. Mail is read and classified as before. `jeeves mute list` shows what is
    muted, `jeeves unmute` takes it back.
    """
    from jeeves.app.clock import utc_now  # noqa: PLC0415 - --help must not pay for these
    from jeeves.app.databases import open_database  # noqa: PLC0415
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.sanitise import one_line  # noqa: PLC0415
    from jeeves.store.mutes import PostgresMutes  # noqa: PLC0415
    from jeeves.types import LabelSource  # noqa: PLC0415

    config, now = load_config(_config_file(context)), utc_now()
    until = None if length is None else now + length
    with open_database(config) as database:
        mutes = PostgresMutes(database.engine)
        if subject == "list":
            lines = [_told(mute, config.alerts.timezone) for mute in mutes.all(now)]
            click.echo("\n".join(lines) or "Nothing is muted.")
            return
        sender, number = subject_of(mutes, subject, thread=thread)
        if number is not None:
            mutes.mute_thread(number, LabelSource.CLI, until=until, now=now)
        else:
            mutes.mute_sender(sender, LabelSource.CLI, until=until, now=now)
    whom = f"the thread of message {number}" if number is not None else one_line(sender)
    how_long = "for good" if until is None else f"until {until.astimezone(config.alerts.timezone):%d %b %Y %H:%M}"
    click.echo(f"Muted: {whom}, {how_long}.")


def subject_of(mutes: PostgresMutes, written: str, *, thread: bool) -> tuple[str, int | None]:
    """Return the address that is meant, or with ``thread`` "" and the number of a message of the thread.

    Raises UserError when it is neither an address nor a message there is.
    """
    from jeeves.errors import UserError  # noqa: PLC0415 - --help must not pay for it

    number = message_number(written)
    if number is None:
        if thread or not _ADDRESS.fullmatch(written) or len(written) > _LONGEST_ADDRESS:
            raise UserError("That names neither a message nor a sender.", advice=_WHICH)
        return written.lower(), None
    sender = mutes.sender_of(number)
    if sender is None:
        raise UserError(f"There is no message {number}.", advice=_WHICH)
    if thread:
        return "", number
    if not sender:
        raise UserError(f"Message {number} does not say who wrote it.", advice="Mute its thread: add --thread.")
    return sender, None


def _told(mute: Mute, zone: tzinfo) -> str:
    from jeeves.assist.alerts import reference_for, shorten  # noqa: PLC0415 - --help must not pay for these
    from jeeves.sanitise import one_line  # noqa: PLC0415

    until = "for good" if mute.until is None else f"until {mute.until.astimezone(zone):%d %b %Y %H:%M}"
    if mute.message_id is None:
        return f"sender  {until:<24}{one_line(mute.sender or '')}"
    subject = shorten(one_line(mute.subject), 38)
    return f"thread  {until:<24}{reference_for(mute.message_id)} {subject}".rstrip()


def _config_file(context: click.Context) -> Path | None:
    named: Path | None = context.find_root().params["config"]
    return named
