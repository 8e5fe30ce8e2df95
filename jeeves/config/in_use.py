"""Which secrets a configuration really uses.

Lives here: the list. Must not live here: reading them (``secrets``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jeeves.config.models import Config
    from jeeves.config.secrets import SecretRef


def secrets_in_use(config: Config) -> list[SecretRef]:
    """Return the references that the sign-in and the listed channels need, in the order of the file; none is read."""
    mail, notify = config.mail, config.notify
    used = [mail.password] if mail.auth == "password" else [mail.oauth_client_id, mail.oauth_client_secret]
    for name, account in (("sms", notify.sms), ("call", notify.call)):
        if account is not None and name in config.alerts.channels:
            used += [account.account_sid, account.auth_token]
    return used
