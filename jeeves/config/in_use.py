"""Which secrets a configuration really uses.

Lives here: the list. Must not live here: reading them (``secrets``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jeeves.config.accounts import all_channels, each_account
from jeeves.config.models import Section
from jeeves.config.secrets import SecretRef

if TYPE_CHECKING:
    from jeeves.config.models import Config


def secrets_in_use(config: Config) -> list[SecretRef]:
    """Return the references that the sign-in and the listed channels need, in the order of the file; none is read."""
    used: list[SecretRef] = []
    for mail in (each.mail for each in each_account(config)):
        used += [mail.password] if mail.auth == "password" else [mail.oauth_client_id, mail.oauth_client_secret]
    for channel in all_channels(config):
        section = getattr(config.notify, channel, None)  # the console has none
        values = [getattr(section, key) for key in type(section).model_fields] if isinstance(section, Section) else []
        used += [value for value in values if isinstance(value, SecretRef)]
    return used
