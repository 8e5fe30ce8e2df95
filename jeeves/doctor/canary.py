"""The self-test on request: a message of Jeeves's own through the daemon that runs.

Lives here: the check. Must not live here: sending the canary round (``actions.canary``).
"""

from __future__ import annotations

import secrets
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from jeeves.actions.canary import send_canary
from jeeves.app.clock import utc_now
from jeeves.app.mailboxes import canary_folder
from jeeves.config.account_keys import naming_keys_of
from jeeves.config.accounts import name_of
from jeeves.doctor.database import opened
from jeeves.doctor.findings import fault, ok
from jeeves.store.canary import PostgresCanary, canary_came_through
from jeeves.store.health import clear_error, component_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jeeves.config import Config
    from jeeves.doctor.findings import Finding

_BEYOND_POLL: Final = timedelta(minutes=1)


def canary_patience(config: Config) -> timedelta:
    """Return how long a canary may take."""
    return config.mail.poll + _BEYOND_POLL


def look_at_canary(config: Config) -> Iterator[Finding]:
    """Send a canary to the one mailbox of ``config`` and follow it.

    Raises CanaryLost, and what mail server and database raise.
    """
    component = component_of("canary", name_of(config))
    if not config.health.canary:
        yield fault(
            component, "Nobody looks into the canary's folder.", "Set health.canary = true, and start Jeeves anew."
        )
        return
    with opened(config) as engine:
        began = time.monotonic()
        with naming_keys_of(config):
            send_canary(
                canary_folder(config),
                PostgresCanary(engine, config.mail.username),
                token=secrets.token_hex(8),
                owner=config.mail.username,
                patience=canary_patience(config),
                clock=utc_now,
                wait=_wait,
            )
        canary_came_through(engine, utc_now(), account=name_of(config))
        clear_error(engine, component, utc_now())
    yield ok(component, f"A message came through and would have been alerted, {time.monotonic() - began:.0f} s later.")


def _wait(seconds: float) -> bool:
    time.sleep(seconds)
    return False
