"""The parts of ``jeeves init`` about mail: mailbox and folders.

Lives here: what is asked and said in each. Must not live here: the order of the parts (``init``), channels
(``init_channels``), asking as such (``questions``), tables and files (``setup``).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import click

from jeeves.cli.init_answers import MOST_SHOWN, as_field, chosen, keep_secret
from jeeves.errors import MailAuthFailed, PermanentError, TransientError, UserError
from jeeves.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from jeeves.cli.init_answers import Flags
    from jeeves.cli.questions import Questions
    from jeeves.config import Config
    from jeeves.mail.imap_look import Look
    from jeeves.setup.document import Answers
    from jeeves.setup.draft import Draft
    from jeeves.setup.providers import Provider, Tls

_PATIENCE: Final = 20.0  # seconds the mail server may keep silent
_SYSTEM_DATA: Final = "/var/lib/jeeves"


def ask_for_mailbox(
    questions: Questions, flags: Flags, draft: Draft, allow: Callable[[Draft], None]
) -> tuple[Answers, Look]:
    """Ask until a sign-in succeeds; ``allow`` has the owner say yes to Google.

    Raises what signing in raises when nothing may be asked.
    """
    answers = _where(questions, flags)
    while True:
        if answers.auth == "oauth2":
            keep_secret(questions, draft, "oauth-client-id", "OAuth client ID", flags.oauth_id_file, "--oauth-id-file")
            keep_secret(
                questions, draft, "oauth-secret", "OAuth client secret", flags.oauth_secret_file, "--oauth-secret-file"
            )
        else:
            keep_secret(questions, draft, "imap-password", "Password", flags.password_file, "--password-file")
        answers = replace(answers, references=draft.references)
        try:
            config = draft.write(answers)
            if answers.auth == "oauth2":
                allow(draft)
            found = _sign_in(config)
        except (TransientError, PermanentError) as error:
            if questions.quiet:
                raise
            questions.say(f"{error.message} {error.advice}")
            flags = replace(flags, password_file=None)
            if not isinstance(error, MailAuthFailed):
                answers = _other_server(questions, answers)
        else:
            questions.say(f"{answers.host} lets Jeeves in.")
            return answers, found


def _where(questions: Questions, flags: Flags) -> Answers:
    """Ask whose mailbox it is and where it lies."""
    from jeeves.config import fields  # noqa: PLC0415 - --help must not pay for these
    from jeeves.mail.credentials import GMAIL_HOSTS  # noqa: PLC0415
    from jeeves.setup.document import Answers  # noqa: PLC0415
    from jeeves.setup.here import local_timezone  # noqa: PLC0415
    from jeeves.setup.providers import advice_for, provider_of  # noqa: PLC0415

    email = questions.ask("Your mail address", flag="--email", check=_address, given=flags.email)
    provider = provider_of(email)
    host = flags.host or _host(questions, provider)
    questions.say(advice_for(host))
    zone = questions.ask(
        "Your time zone", flag="--timezone", check=as_field(fields.Zone), given=flags.timezone, default=local_timezone()
    )
    auth = flags.auth or "password"
    if flags.auth is None and host in GMAIL_HOSTS and not questions.quiet and flags.password_file is None:
        auth = click.prompt(
            "App password, or sign in with Google", type=click.Choice(["password", "oauth2"]), default="password"
        )
    ours = host == provider.host
    return Answers(
        username=email,
        host=host,
        tls=flags.tls or (provider.tls if ours else "implicit"),
        port=flags.port or (provider.port if ours and flags.tls is None else _usual_port(flags.tls)),
        auth="oauth2" if auth == "oauth2" else "password",
        folders=("INBOX",),
        channels=("console",),
        timezone=zone,
        data_dir=_data_dir(flags),
        twilio=None,
        references={},
    )


def _host(questions: Questions, provider: Provider) -> str:
    from jeeves.config import fields  # noqa: PLC0415 - --help must not pay for it

    if provider.known:
        questions.say(f"Its mail server is {provider.host}.")
        return provider.host
    if not questions.quiet:
        questions.say("Mail at Google under a domain of your own: write imap.gmail.com.")
    return questions.ask("Its mail server (IMAP)", flag="--host", check=as_field(fields.Host), default=provider.host)


def _other_server(questions: Questions, answers: Answers) -> Answers:
    from jeeves.config import fields  # noqa: PLC0415 - --help must not pay for it

    host = questions.ask("Its mail server (IMAP)", flag="--host", check=as_field(fields.Host), default=answers.host)
    port = click.prompt("Its port", type=click.IntRange(1, 65_535), default=answers.port)
    tls = click.prompt("Encryption", type=click.Choice(["implicit", "starttls", "none"]), default=answers.tls)
    return replace(answers, host=host, port=port, tls=cast("Tls", tls))


def _sign_in(config: Config) -> Look:
    from jeeves.app.mailboxes import mail_credentials  # noqa: PLC0415 - --help must not pay for these
    from jeeves.mail.imap_connect import ImapServer  # noqa: PLC0415
    from jeeves.mail.imap_look import look  # noqa: PLC0415

    mail = config.mail
    server = ImapServer(host=mail.host, port=mail.port, tls=mail.tls, ca_file=mail.ca_file, timeout=_PATIENCE)
    return look(server, mail.username, mail_credentials(config)())


def ask_for_folders(questions: Questions, flags: Flags, answers: Answers, found: Look) -> Answers:
    """Show the folders and ask which to watch."""
    if flags.folders:
        missing = [name for name in flags.folders if name not in found.folders and not name.startswith("\\")]
        if missing:
            raise UserError(
                f"--folder: there is no folder {missing[0]!r}.",
                advice=f"There are: {', '.join(found.folders[:MOST_SHOWN])}",
            )
        return replace(answers, folders=flags.folders)
    if not questions.quiet:
        for number, name in enumerate(found.folders[:MOST_SHOWN], start=1):
            purpose = "  (not for new mail)" if name in found.special else ""
            click.echo(f"  {number:>2}  {one_line(name)}{purpose}")
    watched = questions.ask(
        "Which folders to watch: numbers or names, commas between",
        flag="--folder",
        check=lambda written: chosen(written, found.folders),
        default="INBOX",
    )
    return replace(answers, folders=watched)


def _usual_port(tls: str | None) -> int:
    return 143 if tls in ("starttls", "none") else 993


def _data_dir(flags: Flags) -> str:
    if flags.data_dir is not None:
        return str(Path(flags.data_dir).expanduser().absolute())
    return _SYSTEM_DATA if flags.system else ""


def _address(written: str) -> str:
    from jeeves.setup.providers import is_address  # noqa: PLC0415 - --help must not pay for it

    if not is_address(written.strip()):
        raise ValueError("is not a mail address such as me@example.org")
    return written.strip()
