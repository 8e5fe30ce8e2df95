"""A new ``jeeves.toml``: only what the owner chose, everything else stays at its default.

Lives here: the record of the answers and the text that follows from them; pure. Must not live here: secrets. The
text names where they lie.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HEAD = """\
# Jeeves's settings, made by `jeeves init`. A line left out means the default; all of them are shown and explained in
# the sample jeeves.toml that comes with Jeeves. Secrets never stand here, only where they lie.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twilio:
    """Numbers for text messages and calls, E.164."""

    sender: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the owner chose."""

    username: str
    host: str
    port: int
    tls: Literal["implicit", "starttls", "none"]
    auth: Literal["password", "oauth2"]
    folders: tuple[str, ...]
    channels: tuple[str, ...]
    timezone: str
    data_dir: str  # empty: the default
    twilio: Twilio | None
    smtp_host: str = ""  # the server that takes mail from the owner; needed for the channel email
    references: Mapping[str, str]  # name of a secret, as in SECRETS, to where it lies: "file:secrets/..."


# The secrets there may be, and the key of [mail] each belongs to; the other two go to the channels of Twilio.
MAIL_SECRETS = {
    "imap-password": "password",
    "oauth-client-id": "oauth_client_id",
    "oauth-secret": "oauth_client_secret",
}
TWILIO_SECRETS = {"twilio-sid": "account_sid", "twilio-token": "auth_token"}
NTFY_TOPIC = "ntfy-topic"


def render(answers: Answers) -> str:
    """Return the text of the file."""
    return "\n".join([_HEAD, *_mail(answers), *_database(answers), *_alerts(answers)]) + "\n"


def _mail(answers: Answers) -> Iterator[str]:
    yield "[mail]"
    yield _line("host", answers.host)
    yield _line("port", answers.port)
    if answers.tls != "implicit":
        yield _line("tls", answers.tls)
    yield _line("username", answers.username)
    if answers.auth != "password":
        yield _line("auth", answers.auth)
    for name, key in MAIL_SECRETS.items():
        if name in answers.references:
            yield _line(key, answers.references[name])
    yield _line("folders", answers.folders)
    yield ""


def _database(answers: Answers) -> Iterator[str]:
    if answers.data_dir:
        yield "[database]"
        yield _line("data_dir", answers.data_dir)
        yield ""


def _alerts(answers: Answers) -> Iterator[str]:
    yield "[alerts]"
    yield _line("channels", answers.channels)
    yield _line("timezone", answers.timezone)
    for channel in answers.channels:
        if channel in ("sms", "call") and answers.twilio is not None:
            yield ""
            yield f"[notify.{channel}]"
            for name, key in TWILIO_SECRETS.items():
                yield _line(key, answers.references[name])
            yield _line("from", answers.twilio.sender)
            yield _line("to", answers.twilio.to)
        elif channel == "email":
            yield ""
            yield "[notify.email]"
            yield _line("host", answers.smtp_host)
            yield _line("password", answers.references["imap-password"])
        elif channel == "ntfy":
            yield ""
            yield "[notify.ntfy]"
            yield _line("topic", answers.references[NTFY_TOPIC])


def _line(key: str, value: str | int | tuple[str, ...]) -> str:
    r"""Return ``key = value``: JSON's numbers, strings and lists are TOML too, but for DEL (TOML 1.0, "String")."""
    shown = json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
    return f"{key} = {shown}".replace("\x7f", "\\u007f")
