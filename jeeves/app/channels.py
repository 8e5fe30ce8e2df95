"""The way out: the adapter of each channel, and where the owner's answers come in.

Lives here: which adapter serves which section of the configuration. Must not live here: what is sent, and when.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from jeeves.config.accounts import all_channels
from jeeves.errors import UserError
from jeeves.notify.console import ConsoleNotifier
from jeeves.notify.speech import SpeechNotifier

if TYPE_CHECKING:
    from jeeves.config import Config
    from jeeves.ports import Notifier, ReplySource


def notifiers_for(config: Config) -> dict[str, Notifier]:
    """Return an adapter for each configured channel, by channel name. Raises UserError on a secret that is missing."""
    return {channel: notifier_for(config, channel) for channel in all_channels(config)}


def notifier_for(config: Config, channel: str) -> Notifier:  # noqa: PLR0911 - one channel a line
    """Return the adapter of ``channel``. Raises UserError on a section or a secret that is missing."""
    notify = config.notify
    if channel == "console":
        return ConsoleNotifier(clock=lambda: datetime.now(config.alerts.timezone))
    if channel == "speech":
        return SpeechNotifier(engine=notify.speech.engine, wav_dir=notify.speech.wav_dir)
    if channel == "sms" and notify.sms is not None:
        from jeeves.notify.sms import SmsNotifier  # noqa: PLC0415 - with Twilio's SDK and requests 11 MB

        return SmsNotifier(notify.sms)
    if channel == "call" and notify.call is not None:
        from jeeves.notify.call import CallNotifier  # noqa: PLC0415 - likewise

        return CallNotifier(notify.call)
    if channel == "email" and notify.email is not None:
        from jeeves.notify.email import EmailNotifier  # noqa: PLC0415 - who has no such channel must not pay for it

        return EmailNotifier(notify.email, sender=config.mail.username)
    if channel == "ntfy" and notify.ntfy is not None:
        from jeeves.notify.ntfy import NtfyNotifier  # noqa: PLC0415 - likewise

        return NtfyNotifier(notify.ntfy)
    if channel == "webhook" and notify.webhook is not None:
        from jeeves.notify.webhook import WebhookNotifier  # noqa: PLC0415 - likewise

        return WebhookNotifier(notify.webhook)
    raise UserError(f"The channel {channel} is not set up.", advice=f"Add a section [notify.{channel}] to jeeves.toml.")


def replies_to(config: Config) -> ReplySource | None:
    """Return where the owner's answers come in; None when alerts do not go out by text message."""
    if "sms" not in all_channels(config) or config.notify.sms is None:
        return None
    from jeeves.notify.replies import TwilioReplies  # noqa: PLC0415 - who has no such channel must not pay for it

    return TwilioReplies(config.notify.sms)
