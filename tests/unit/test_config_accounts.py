from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from jeeves import shipped
from jeeves.config.account_keys import naming_keys_of, with_keys_of
from jeeves.config.accounts import (
    account_named,
    accounts_named,
    all_channels,
    each_account,
    name_of,
    names_by_username,
)
from jeeves.config.in_use import secrets_in_use
from jeeves.errors import MailUnavailable, UserError
from tests.unit.config_files import MAIL, loaded, problems

if TYPE_CHECKING:
    from pathlib import Path

TWO = """
[[account]]
name = "home"
username = "me@gmail.com"
password = "env:HOME_PASSWORD"
[[account]]
name = "work"
host = "imap.example.com"
username = "me@example.com"
password = "env:WORK_PASSWORD"
folders = ["INBOX", "Clients"]
channels = ["speech"]
[alerts]
channels = ["console"]
"""


def test_each_account_is_seen_as_if_it_were_the_only_one(tmp_path: Path) -> None:
    home, work = each_account(loaded(tmp_path, TWO))

    assert (name_of(home), home.mail.username, home.mail.host) == ("home", "me@gmail.com", "imap.gmail.com")
    assert (name_of(work), work.mail.username, work.mail.folders) == ("work", "me@example.com", ("INBOX", "Clients"))
    assert home.alerts.channels == ("console",)
    assert work.alerts.channels == ("speech",)
    assert each_account(work) == (work,)


@pytest.mark.parametrize(
    ("advice", "named"),
    [
        ("Check mail.host and mail.port.", 'Check account "work".host and account "work".port.'),
        (
            'Set mail.tls = "implicit", or check mail.oauth_*.',
            'Set account "work".tls = "implicit", or check account "work".oauth_*.',
        ),
        ("Run: jeeves auth google. Else check.", "Run: jeeves auth google --account work. Else check."),
        (
            "If they are strangers: jeeves auth revoke, then jeeves auth google.",
            "If they are strangers: jeeves auth revoke --account work, then jeeves auth google --account work.",
        ),
        ("Run: jeeves auth google --account work", "Run: jeeves auth google --account work"),
        (
            "Nothing answers at mail.host.example:993 or imap.mail.port.",
            "Nothing answers at mail.host.example:993 or imap.mail.port.",
        ),
        (
            "The server mail.example.com is unknown to me@mail.host.",
            "The server mail.example.com is unknown to me@mail.host.",
        ),
    ],
)
def test_advice_names_the_keys_of_the_account_it_is_about(tmp_path: Path, advice: str, named: str) -> None:
    _, work = each_account(loaded(tmp_path, TWO))

    assert with_keys_of(work, advice) == named
    assert with_keys_of(loaded(tmp_path, MAIL), advice) == advice
    with pytest.raises(MailUnavailable) as caught, naming_keys_of(work):
        raise MailUnavailable("It is gone.", advice=advice)
    assert (caught.value.message, caught.value.advice) == ("It is gone.", named)


def test_one_mailbox_is_written_as_before(tmp_path: Path) -> None:
    config = loaded(tmp_path, MAIL)

    assert each_account(config) == (config,)
    assert name_of(config) == ""
    assert names_by_username(config) == {}


def test_channels_and_secrets_are_those_of_all_accounts(tmp_path: Path) -> None:
    config = loaded(tmp_path, TWO)

    assert all_channels(config) == ("console", "speech")
    assert [secret.name for secret in secrets_in_use(config)] == ["HOME_PASSWORD", "WORK_PASSWORD"]
    assert [secret.key for secret in secrets_in_use(config)][1] == 'account "work".password'


def test_an_account_is_found_by_its_name_in_any_case(tmp_path: Path) -> None:
    config = loaded(tmp_path, TWO)

    assert account_named(config, "Work").mail.username == "me@example.com"
    assert [name_of(each) for each in accounts_named(config, None)] == ["home", "work"]
    assert names_by_username(config) == {"me@gmail.com": "home", "me@example.com": "work"}


def test_a_name_nobody_bears_is_answered_with_those_there_are(tmp_path: Path) -> None:
    config = loaded(tmp_path, TWO)

    with pytest.raises(UserError, match=r'no account "wrok"; did you mean "work"') as caught:
        accounts_named(config, "wrok")
    assert caught.value.advice == 'jeeves.toml has "home" or "work".'

    with pytest.raises(UserError, match="several accounts") as caught:
        account_named(config, None)
    assert caught.value.advice == 'Say which one: --account with "home" or "work".'

    with pytest.raises(UserError) as caught:
        account_named(loaded(tmp_path, MAIL), "work")
    assert caught.value.advice == "Leave --account out."


def test_mail_and_account_together_are_refused_with_the_remedy(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, MAIL + TWO)

    assert found.startswith("mail: is for one mailbox, [[account]] for several, and both are there; ")
    assert found.endswith('give [mail] the heading [[account]] and a name = "..."')


def test_names_and_mailboxes_are_each_there_once(tmp_path: Path) -> None:
    found = problems(tmp_path, TWO.replace('"work"', '"Home"').replace("me@example.com", "ME@gmail.com"))

    assert found == (
        "account[2].name: is that of account[1] too; each account needs its own",
        "account[2].username: is that of account[1] too; each account needs its own",
    )


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("folder = ['INBOX']", 'account[2].folder: unknown key; did you mean "folders"?'),
        ("folders = 'INBOX'", 'account[2].folders: must be a list in square brackets, not "INBOX"'),
        (
            'tls = "none"',
            'account[2].tls: "none" sends the password in the clear: for localhost only; write "implicit"',
        ),
        (
            "channels = ['sms']",
            'account[2].channels: "sms" is listed, but there is no [notify.sms]; add that section or take "sms" out',
        ),
        ("channels = []", "account[2].channels: is empty; name at least one"),
    ],
)
def test_a_fault_is_told_with_the_number_of_its_account(tmp_path: Path, written: str, problem: str) -> None:
    key = written.partition(" ")[0]
    lines = [line for line in TWO.splitlines() if not (line.startswith(key) and line != 'channels = ["console"]')]
    at = lines.index('username = "me@example.com"')

    assert problems(tmp_path, "\n".join([*lines[:at], written, *lines[at:]]))[0].startswith(problem)


@pytest.mark.parametrize("name", ["", "me@gmail.com", "a b", "x" * 41, "-x"])
def test_a_name_is_short_and_no_address_for_it_stands_in_logs(tmp_path: Path, name: str) -> None:
    (found,) = problems(tmp_path, TWO.replace('"work"', f'"{name}"'))

    assert found.startswith("account[2].name: ")
    assert "is no name; write up to 40 letters" in found


def test_an_account_without_a_name_or_user_says_so(tmp_path: Path) -> None:
    assert problems(tmp_path, '[[account]]\nhost = "h.example"\n') == (
        "account[1].name: is missing; it must be set",
        "account[1].username: is missing; it must be set",
    )


@pytest.mark.parametrize("text", ['[account]\nname = "home"\n', 'account = ["home"]\n'])
def test_accounts_written_as_something_else_are_told_how_to_write_them(tmp_path: Path, text: str) -> None:
    (found,) = problems(tmp_path, text)
    assert found.endswith("write [[account]], with two brackets on each side")


def test_the_accounts_of_the_sample_work_in_the_place_of_its_mail_section(tmp_path: Path) -> None:
    sample = shipped("jeeves.toml").read_text(encoding="utf-8")
    (accounts,) = re.findall(r"^(?:#   (?=\[\[|[a-z_]+ = ).*\n)+", sample, flags=re.MULTILINE)
    without_mail = re.sub(r"^\[mail\].*?(?=\n\n)", "", sample, flags=re.DOTALL | re.MULTILINE)

    config = loaded(tmp_path, without_mail + accounts.replace("#   ", ""))

    assert [name_of(each) for each in each_account(config)] == ["home", "work"]
