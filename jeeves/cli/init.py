"""``jeeves init``: a short conversation that ends with a working installation.

Lives here: options and the order of things. Must not live here: single questions (``init_steps``,
``init_channels``), files (``setup``).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from jeeves.cli.init_answers import Flags
from jeeves.cli.questions import Questions
from jeeves.errors import UserError

if TYPE_CHECKING:
    from jeeves.setup.draft import Draft

_USER: Final = "~/.config/jeeves/jeeves.toml"
_SYSTEM: Final = "/etc/jeeves/jeeves.toml"
_PATH: Final = click.Path(path_type=Path)


@click.command(short_help="Set Jeeves up in a short conversation.")
@click.option("--email", metavar="ADDRESS", help="The mailbox to read.")
@click.option("--host", help="Its IMAP server; else found from the address.")
@click.option("--port", type=click.IntRange(1, 65_535), help="Its port; else the usual one.")
@click.option("--tls", type=click.Choice(["implicit", "starttls", "none"]))
@click.option("--auth", type=click.Choice(["password", "oauth2"]), help="oauth2: sign in with Google.")
@click.option("--password-file", metavar="PATH", type=_PATH, help="A file (chmod 600) with the password.")
@click.option("--oauth-id-file", metavar="PATH", type=_PATH, help="A file with the id of your OAuth client.")
@click.option("--oauth-secret-file", metavar="PATH", type=_PATH, help="A file with its secret.")
@click.option("--folder", "folders", multiple=True, metavar="NAME", help="A folder to watch; may be repeated.")
@click.option(
    "--channel",
    "channels",
    multiple=True,
    metavar="NAME",
    help="console, speech, ntfy, sms, call or email; repeatable.",
)
@click.option("--twilio-sid-file", metavar="PATH", type=_PATH, help="A file with the SID of your Twilio account.")
@click.option("--twilio-token-file", metavar="PATH", type=_PATH, help="A file with its auth token.")
@click.option("--ntfy-topic-file", metavar="PATH", type=_PATH, help="A file with the topic, for the channel ntfy.")
@click.option("--smtp-host", metavar="HOST", help="For the channel email: the server that takes your mail.")
@click.option("--from", "sender", metavar="NUMBER", help="Your Twilio number.")
@click.option("--to", metavar="NUMBER", help="Your own telephone.")
@click.option("--timezone", metavar="ZONE", help="For times in alerts; else this machine's.")
@click.option("--data-dir", metavar="PATH", help="Where mail is kept.")
@click.option("--test-channels/--no-test-channels", default=None, help="Send a test alert to each channel.")
@click.option("--backfill/--no-backfill", default=None, help="Read the mail of the last year now.")
@click.option("--service/--no-service", default=None, help="Have the operating system run Jeeves.")
@click.option("--system", is_flag=True, help="For the machine: settings in /etc/jeeves, data in /var/lib/jeeves.")
@click.option("--force", is_flag=True, help="Replace settings that are there; they are kept as jeeves.toml.old.")
@click.option("--yes", is_flag=True, help="Ask nothing: flags and defaults.")
@click.pass_context
def command(context: click.Context, /, *, force: bool, yes: bool, system: bool, **flags: Any) -> None:  # noqa: ANN401 - click's values, checked by their options
    """Set Jeeves up: mailbox, folders, channels; tried before anything is written.

    Settings go to ~/.config/jeeves/jeeves.toml, or where --config says, with mode 600; secrets into files of their
    own beside it. Ctrl-C at any question leaves everything as it was.
    """
    named = context.find_root().params["config"]
    target = (named or Path(_SYSTEM if system else _USER).expanduser()).absolute()
    questions, chosen = Questions(quiet=yes), Flags(**flags, system=system)
    try:
        _see_what_is_there(questions, target, force=force)
        written = _converse(context, questions, chosen, target)
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nNothing was changed.", err=True)
        raise
    for path in written:
        click.echo(f"Written, for nobody else to read: {path}")
    _go_on(questions, chosen, target)


def holds_accounts(target: Path) -> bool:
    """Tell whether the settings there are for mailboxes with names; settings nobody can read are not."""
    try:
        return "account" in tomllib.loads(target.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return False


def _see_what_is_there(questions: Questions, target: Path, *, force: bool) -> None:
    """Let nobody lose settings by accident. Raises UserError or click.Abort."""
    if not target.exists():
        return
    if holds_accounts(target):
        raise UserError(
            f"{target} has several mailboxes, and this conversation is about one.",
            advice="Add another [[account]] to it yourself, or name another place with --config.",
        )
    if force:
        return
    if questions.quiet:
        raise UserError(
            f"{target} is there already.", advice="Replace it with --force, or name another place with --config."
        )
    if not click.confirm(f"{target} is there already. Replace it (kept as {target.name}.old)?", default=False):
        raise click.Abort


def _converse(context: click.Context, questions: Questions, flags: Flags, target: Path) -> list[Path]:
    """Ask, try everything, write; return the files."""
    from jeeves.cli.init_channels import ask_for_channels  # noqa: PLC0415 - --help must not pay for these
    from jeeves.cli.init_steps import ask_for_folders, ask_for_mailbox  # noqa: PLC0415
    from jeeves.setup.draft import Draft  # noqa: PLC0415

    root = context.find_root()

    def allow(draft: Draft) -> None:
        from jeeves.cli.auth import google  # noqa: PLC0415 - passwords are the rule

        root.params["config"] = draft.config_file
        context.invoke(google, port=0, wait=600, account=None)

    questions.say("A few questions, and Jeeves reads your mail. Nothing is written before the end; Ctrl-C gives up.")
    with Draft(target, as_credentials=flags.system) as draft:
        answers, found = ask_for_mailbox(questions, flags, draft, allow)
        answers = ask_for_folders(questions, flags, answers, found)
        answers = ask_for_channels(questions, flags, draft, answers)
        draft.write(answers)
        if not questions.quiet:
            click.confirm(f"All is tried. Write {target}?", default=True, abort=True)
        return draft.put_in_place()


def _go_on(questions: Questions, flags: Flags, target: Path) -> None:
    """Offer what comes next; the settings are in place whatever becomes of it."""
    jeeves = [sys.executable, "-m", "jeeves", "--config", str(target)]
    year = "Read the mail of the last year now? Jeeves learns your habits from it and stays silent about it."
    if questions.agree(year, given=flags.backfill, default=False):
        _run([*jeeves, "backfill", "--since", "1y"], later="jeeves backfill")
    given = flags.service if shutil.which("systemctl") or sys.platform == "darwin" else False
    if questions.agree("Have the operating system run Jeeves from now on?", given=given, default=True):
        scope = "--system" if flags.system else "--user"
        _run([*jeeves, "service", "install", scope], later="jeeves service install")
    program = _program(target)
    questions.say(f"Done. To watch it in this terminal: {program} run. To have everything looked at: {program} doctor.")


def _program(target: Path) -> str:
    """Return how to call Jeeves with the settings in ``target``: others may be found first, such as a checkout's."""
    from jeeves.config import find_config  # noqa: PLC0415 - --help must not pay for it

    found = find_config()
    return "jeeves" if found is not None and found.absolute() == target else f"jeeves --config {target}"


def _run(command: list[str], *, later: str) -> None:
    if subprocess.run(command, check=False).returncode:  # noqa: S603 - this very program
        click.echo(f"That did not work out; try it again later with: {later}")
