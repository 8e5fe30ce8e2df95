"""All checks, for whatever state the settings are in.

Lives here: which checks there are and what each needs. Must not live here: the checks.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jeeves.config import load_config
from jeeves.config.accounts import all_channels, each_account, name_of
from jeeves.doctor import channels, database, machine, mailbox, settings
from jeeves.doctor.canary import canary_patience, look_at_canary
from jeeves.doctor.findings import Check, Finding, examine, from_error, note, ok
from jeeves.errors import ConfigError
from jeeves.mail.credentials import GMAIL_HOSTS
from jeeves.store.health import component_of

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.config import Config

_DEFAULT_DATA = "~/.local/share/jeeves"
_NEED_SETTINGS = ("secrets", "permissions", "mail", "database", "model", "channels")


def visit(config_file: Path, now: datetime, *, seconds: float, canary: bool = False) -> list[Finding]:
    """Look at everything, at most ``seconds`` long; what needs settings is left out while they are wrong.

    ``canary``: also send a message of our own through the pipeline, which may take longer.
    """
    basics = [
        Check(subject="python", look=machine.look_at_python),
        Check(subject="service", look=channels.look_at_service),
    ]
    try:
        config = load_config(config_file)
    except ConfigError as error:
        disk = Check(subject="disk", look=partial(machine.look_at_disk, Path(_DEFAULT_DATA).expanduser()))
        findings = examine([*basics, disk], seconds)
        left_out = note("others", f"Not looked at without settings: {', '.join(_NEED_SETTINGS)}.")
        return [*_with_init(from_error("settings", error), config_file), *findings, left_out]
    _find_credentials(config_file)
    checks = [*basics, *_checks(config, config_file, now)]
    if canary:
        checks += [
            Check(subject=component_of("canary", name_of(each)), look=partial(look_at_canary, each))
            for each in each_account(config)
        ]
        seconds += max(canary_patience(each).total_seconds() for each in each_account(config))
    return [ok("settings", str(config_file)), *examine(checks, seconds)]


def _with_init(findings: list[Finding], config_file: Path) -> list[Finding]:
    if config_file.exists():
        return findings
    return [
        Finding(
            subject=each.subject,
            verdict=each.verdict,
            message=f"{config_file}: {each.message}",
            remedy="Make one in a short conversation: jeeves init",
        )
        for each in findings
    ]


def _checks(config: Config, config_file: Path, now: datetime) -> list[Check]:
    listed = all_channels(config)
    looks = {
        "speech": partial(channels.look_at_speech, config),
        "sms": partial(channels.look_at_account, config, "sms"),
        "call": partial(channels.look_at_account, config, "call"),
        "email": partial(channels.look_at_email, config),
        "ntfy": partial(channels.look_at_web_channel, "ntfy"),
        "webhook": partial(channels.look_at_web_channel, "webhook"),
    }
    return [
        Check(subject="secrets", look=partial(settings.look_at_secrets, config)),
        Check(subject="permissions", look=partial(settings.look_at_permissions, config, config_file)),
        Check(subject="disk", look=partial(machine.look_at_disk, config.database.data_dir)),
        Check(subject="database", look=partial(database.look_at_database, config, now)),
        *(
            Check(subject=component_of("mail", name_of(each)), look=partial(mailbox.look_at_mailbox, each))
            for each in each_account(config)
        ),
        *(
            [Check(subject="clock", look=partial(machine.look_at_clock, address))]
            if (address := _teller(config))
            else []
        ),
        Check(subject="model", look=partial(channels.look_at_model, config)),
        *(Check(subject=name, look=looks[name]) for name in listed if name in looks),
    ]


def _teller(config: Config) -> str:
    """Return the address of a web server that is talked to anyway and can be asked for the time; empty for none."""
    for mail in (each.mail for each in each_account(config)):
        if mail.auth == "oauth2" or mail.host.lower() in GMAIL_HOSTS:
            return mail.oauth_token_uri
    for name, account in (("sms", config.notify.sms), ("call", config.notify.call)):
        if account is not None and name in all_channels(config):
            return account.api_base or "https://api.twilio.com"
    return ""


def _find_credentials(config_file: Path) -> None:
    """Outside the service, read its credentials from where systemd does."""
    folder = config_file.absolute().parent / "credentials"
    if folder.is_dir():
        os.environ.setdefault("CREDENTIALS_DIRECTORY", str(folder))
