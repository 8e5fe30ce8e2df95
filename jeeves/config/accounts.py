"""Several mailboxes in one configuration: each seen as if it were the only one.

Lives here: falling a configuration apart into one for each account, and finding the one that is named. Must not live
here: what an account may hold (``models``), what contradicts what (``rules``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jeeves.config.models import Account
from jeeves.config.wording import listed, nearest, show
from jeeves.errors import UserError

if TYPE_CHECKING:
    from jeeves.config.models import Config


def each_account(config: Config) -> tuple[Config, ...]:
    """Return a configuration for each mailbox: its ``mail`` is that account, its ``alerts.channels`` are the account's.

    With ``[mail]``, that is ``config`` itself.
    """
    return tuple(_only(config, account) for account in config.account) or (config,)


def _only(config: Config, account: Account) -> Config:
    alerts = config.alerts.model_copy(update={"channels": account.channels or config.alerts.channels})
    return config.model_copy(update={"account": (), "mail": account, "alerts": alerts})


def name_of(config: Config) -> str:
    """Return the name of the mailbox a configuration of ``each_account`` is for; empty with ``[mail]``."""
    return config.mail.name if isinstance(config.mail, Account) else ""


def accounts_named(config: Config, name: str | None) -> tuple[Config, ...]:
    """Return the configuration of the account called ``name``, or, for None, of each.

    Raises UserError when there is no such account.
    """
    if name is None:
        return each_account(config)
    known = [account.name for account in config.account]
    if not known:
        raise UserError("There are no accounts with names in jeeves.toml.", advice="Leave --account out.")
    found = [each for each in each_account(config) if name_of(each).lower() == name.lower()]
    if not found:
        raise UserError(
            f"There is no account {show(name)}{nearest(name, known)}.", advice=f"jeeves.toml has {listed(known)}."
        )
    return tuple(found)


def account_named(config: Config, name: str | None) -> Config:
    """Return the configuration of the account called ``name``; None stands for the only one.

    Raises UserError when there is no such account, or there are several and none is named.
    """
    found = accounts_named(config, name)
    if len(found) > 1:
        known = listed(account.name for account in config.account)
        raise UserError("There are several accounts.", advice=f"Say which one: --account with {known}.")
    return found[0]


def names_by_username(config: Config) -> dict[str, str]:
    """Return the name of each account by the user name it is stored under; empty where there is but one mailbox."""
    return {account.username: account.name for account in config.account} if len(config.account) > 1 else {}


def all_channels(config: Config) -> tuple[str, ...]:
    """Return every channel that alerts may go out on, each once, in the order of the accounts."""
    return tuple(dict.fromkeys(channel for each in each_account(config) for channel in each.alerts.channels))
