"""The owner's settings: ``jeeves.toml`` in, one frozen ``Config`` out.

Lives here: the public names. Must not live here: logic, or anything that reads mail, a database or a network.
"""

from jeeves.config.loading import find_config, load_config
from jeeves.config.models import (
    Account,
    Alerts,
    Call,
    ClassifierSettings,
    Config,
    Database,
    Email,
    Mail,
    Notify,
    Ntfy,
    Sms,
    Speech,
    Webhook,
)
from jeeves.config.secrets import SecretRef

__all__ = [
    "Account",
    "Alerts",
    "Call",
    "ClassifierSettings",
    "Config",
    "Database",
    "Email",
    "Mail",
    "Notify",
    "Ntfy",
    "SecretRef",
    "Sms",
    "Speech",
    "Webhook",
    "find_config",
    "load_config",
]
