"""The option --account: which of several mailboxes a command is for.

Lives here: the option. Must not live here: finding the account (``config.accounts``).
"""

from __future__ import annotations

import click

account_option = click.option(
    "--account", metavar="NAME", help="Of several mailboxes ([[account]] in jeeves.toml) the one of this name."
)
