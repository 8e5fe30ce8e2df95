"""Rules that look at two keys at once.

Lives here: pure checks of the raw tables, so that they speak even when another key is wrong. Must not live here:
checks of one value (``fields``).
"""

from __future__ import annotations

from collections.abc import Mapping

from jeeves.config.fields import is_loopback


def broken_rules(raw: Mapping[str, object]) -> list[str]:
    """Return one sentence for each rule that the tables break; values of wrong type are left to ``fields``."""
    mail, alerts, notify = (_table(raw, name) for name in ("mail", "alerts", "notify"))
    email = _table(notify, "email")
    return [
        *_unprotected_login(mail),
        *_unprotected_mail(email),
        *_channels_without_section(alerts, notify),
        *_sender_of_messages(notify),
    ]


def _table(raw: Mapping[str, object], name: str) -> Mapping[str, object]:
    table = raw.get(name)
    return table if isinstance(table, Mapping) else {}


def _unprotected_login(mail: Mapping[str, object]) -> list[str]:
    host = mail.get("host", "imap.gmail.com")
    if mail.get("tls") != "none" or not isinstance(host, str) or is_loopback(host):
        return []
    return [
        'mail.tls: "none" sends the password in the clear: for localhost only; write "implicit" or "starttls"',
    ]


def _unprotected_mail(email: Mapping[str, object]) -> list[str]:
    host = email.get("host", "smtp.gmail.com")
    if email.get("tls") != "none" or not isinstance(host, str) or is_loopback(host):
        return []
    return ['notify.email.tls: "none" sends the password in the clear: for localhost only; write "implicit"']


def _channels_without_section(alerts: Mapping[str, object], notify: Mapping[str, object]) -> list[str]:
    channels = alerts.get("channels")
    listed = channels if isinstance(channels, list) else []
    return [
        f'alerts.channels: "{name}" is listed, but there is no [notify.{name}]; add that section or take "{name}" out'
        for name in ("sms", "call", "email", "ntfy", "webhook")
        if name in listed and name not in notify
    ]


def _sender_of_messages(notify: Mapping[str, object]) -> list[str]:
    sms = notify.get("sms")
    if not isinstance(sms, Mapping):
        return []
    named = [key for key in ("from", "messaging_service") if key in sms]
    if len(named) == 1:
        return []
    count = "both are" if named else "neither is"
    return [f'notify.sms: {count} set; write exactly one of "from" and "messaging_service"']
