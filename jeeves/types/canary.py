"""The self-test's message.

Lives here: whom it is from, and how far it came. Must not live here: sending it or looking for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CANARY_SENDER: Final = "canary@jeeves.invalid"  # of the self-test's message; a domain nobody can have (RFC 2606)


@dataclass(frozen=True, slots=True, kw_only=True)
class CanarySighting:
    """How far the self-test's message is: it is stored."""

    decision: str | None  # why it was suppressed, as with ``Suppressed``; None: not decided on yet
