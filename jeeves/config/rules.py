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
    accounts = {f"account[{number}]": account for number, account in enumerate(_accounts(raw), start=1)}
    logins = {"mail": mail} | accounts
    speakers = {"alerts": alerts} | accounts
    return [
        *_mailboxes_in_two_ways(raw),
        *_named_twice(accounts),
        *(line for place, login in logins.items() for line in _unprotected_login(place, login)),
        *_unprotected_mail(email),
        *(line for place, speaker in speakers.items() for line in _channels_without_section(place, speaker, notify)),
        *_sender_of_messages(notify),
    ]


def _accounts(raw: Mapping[str, object]) -> list[Mapping[str, object]]:
    accounts = raw.get("account")
    listed = accounts if isinstance(accounts, list) else []
    return [account if isinstance(account, Mapping) else {} for account in listed]


def _mailboxes_in_two_ways(raw: Mapping[str, object]) -> list[str]:
    if "mail" not in raw or "account" not in raw:
        return []
    remedy = 'give [mail] the heading [[account]] and a name = "..."'
    return [f"mail: is for one mailbox, [[account]] for several, and both are there; {remedy}"]


def _named_twice(accounts: Mapping[str, Mapping[str, object]]) -> list[str]:
    """Find names that two accounts share, and mailboxes: what is stored is told apart by the user name."""
    problems: list[str] = []
    seen: dict[tuple[str, str], str] = {}
    for place, account in accounts.items():
        for key in ("name", "username"):
            value = account.get(key)
            first = seen.setdefault((key, value.lower()), place) if isinstance(value, str) else place
            if first != place:
                problems.append(f"{place}.{key}: is that of {first} too; each account needs its own")
    return problems


def _table(raw: Mapping[str, object], name: str) -> Mapping[str, object]:
    table = raw.get(name)
    return table if isinstance(table, Mapping) else {}


def _unprotected_login(place: str, mail: Mapping[str, object]) -> list[str]:
    host = mail.get("host", "imap.gmail.com")
    if mail.get("tls") != "none" or not isinstance(host, str) or is_loopback(host):
        return []
    return [
        f'{place}.tls: "none" sends the password in the clear: for localhost only; write "implicit" or "starttls"',
    ]


def _unprotected_mail(email: Mapping[str, object]) -> list[str]:
    host = email.get("host", "smtp.gmail.com")
    if email.get("tls") != "none" or not isinstance(host, str) or is_loopback(host):
        return []
    return ['notify.email.tls: "none" sends the password in the clear: for localhost only; write "implicit"']


def _channels_without_section(place: str, speaker: Mapping[str, object], notify: Mapping[str, object]) -> list[str]:
    channels = speaker.get("channels")
    listed = channels if isinstance(channels, list) else []
    return [
        f'{place}.channels: "{name}" is listed, but there is no [notify.{name}]; add that section or take "{name}" out'
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
