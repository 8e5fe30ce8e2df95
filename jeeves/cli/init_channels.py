"""The part of ``jeeves init`` about speaking up: which channels, and whether they work.

Lives here: what is asked and said about channels. Must not live here: mailbox and folders (``init_steps``), sending
(``notify``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import click

from jeeves.cli.init_answers import as_field, chosen, keep_secret
from jeeves.errors import JeevesError, UserError
from jeeves.setup.document import NTFY_TOPIC
from jeeves.types import Notification, NotificationStatus

if TYPE_CHECKING:
    from jeeves.cli.init_answers import Flags
    from jeeves.cli.questions import Questions
    from jeeves.setup.document import Answers
    from jeeves.setup.draft import Draft

_CHANNELS: Final = ("console", "speech", "sms", "call", "email", "ntfy")


def ask_for_channels(questions: Questions, flags: Flags, draft: Draft, answers: Answers) -> Answers:
    """Ask how to speak up, and try it."""
    if not flags.channels and not questions.quiet:
        questions.say(
            "Alerts can go to the console (a terminal, or the service's log), be spoken aloud on this machine "
            "(speech), reach your telephone by the free app ntfy, or as sms or call through an account at Twilio, or "
            "be mailed to you (email). The next one takes over when one fails."
        )
    channels = questions.ask(
        "Channels, in order, commas between",
        flag="--channel",
        check=lambda written: chosen(written, _CHANNELS),
        given=",".join(flags.channels) or None,
        default="console",
    )
    answers = replace(answers, channels=channels)
    if {"sms", "call"} & set(channels):
        answers = _twilio(questions, flags, draft, answers)
    if "ntfy" in channels:
        questions.say("In the app ntfy, subscribe to a topic nobody guesses: who knows its name reads your alerts.")
        keep_secret(questions, draft, NTFY_TOPIC, "Name of the topic", flags.ntfy_topic_file, "--ntfy-topic-file")
        answers = replace(answers, references=draft.references)
    if "email" in channels:
        answers = _email(questions, flags, answers)
    return _try_out(questions, flags, draft, answers)


def _twilio(questions: Questions, flags: Flags, draft: Draft, answers: Answers) -> Answers:
    from jeeves.config import fields  # noqa: PLC0415 - --help must not pay for these
    from jeeves.setup.document import Twilio  # noqa: PLC0415

    keep_secret(questions, draft, "twilio-sid", "Twilio account SID", flags.twilio_sid_file, "--twilio-sid-file")
    keep_secret(questions, draft, "twilio-token", "Twilio auth token", flags.twilio_token_file, "--twilio-token-file")
    phone = as_field(fields.Phone)
    sender = questions.ask("Your Twilio number (+15550100)", flag="--from", check=phone, given=flags.sender)
    to = questions.ask("Your own telephone (+15550101)", flag="--to", check=phone, given=flags.to)
    return replace(answers, twilio=Twilio(sender=sender, to=to), references=draft.references)


def _email(questions: Questions, flags: Flags, answers: Answers) -> Answers:
    from jeeves.config import fields  # noqa: PLC0415 - --help must not pay for it

    if answers.auth != "password":
        raise UserError("The channel email needs a password.", advice="Use an app password, or another channel.")
    guess = f"smtp.{answers.host.removeprefix('imap.')}"
    host = questions.ask(
        "The server that takes your mail (SMTP)",
        flag="--smtp-host",
        check=as_field(fields.Host),
        given=flags.smtp_host,
        default=guess,
    )
    return replace(answers, smtp_host=host)


def _try_out(questions: Questions, flags: Flags, draft: Draft, answers: Answers) -> Answers:
    """Send a test alert to each channel the owner wants to try; one that fails is taken out if they say so."""
    from jeeves.app.channels import notifiers_for  # noqa: PLC0415 - --help must not pay for it

    notifiers = notifiers_for(draft.write(answers))
    kept = []
    for channel in answers.channels:
        if not questions.agree(f"Send a test alert to {channel}?", given=flags.test_channels, default=True):
            kept.append(channel)
            continue
        try:
            notifiers[channel].send(_test_alert(channel, datetime.now(UTC)))
        except JeevesError as error:
            if questions.quiet:
                raise
            questions.say(f"{error.message} {error.advice}")
            if click.confirm(f"Keep {channel} all the same?", default=False):
                kept.append(channel)
        else:
            questions.say(f"The test alert to {channel} is out.")
            kept.append(channel)
    return replace(answers, channels=tuple(kept) or ("console",))


def _test_alert(channel: str, now: datetime) -> Notification:
    return Notification(
        id=0,
        dedupe_key="init",
        channel=channel,
        body="This is a test by Jeeves: alerts arrive here",
        reference="t0",
        status=NotificationStatus.SENDING,
        attempt=1,
        created_at=now,
        expires_at=now + timedelta(minutes=10),
    )
