"""The self-test: put the canary into its folder, follow it through the pipeline, take it away.

Lives here: the use case, by ports. Must not live here: what the canary is (``assist.canary``), when it is due.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from jeeves.assist.canary import CAME_THROUGH, canary_letter
from jeeves.errors import CanaryLost

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from jeeves.ports import Clock
    from jeeves.types import CanarySighting

_LOOK_EVERY = 1.0  # seconds


class CanaryFolder(Protocol):
    """The canary's own folder on the mail server, the only one that is ever written to. Raises what MailSource does."""

    def put(self, letter: bytes) -> None:
        """Append the canary; the folder is made when it is not there."""
        ...

    def clear(self) -> None:
        """Take every canary away."""
        ...


class CanaryRows(Protocol):
    """What the pipeline has made of the canary."""

    def sighting(self, token: str) -> CanarySighting | None:
        """Return how far the canary of that token is; None: it is not stored."""
        ...

    def erase(self) -> None:
        """Delete every canary, with all that was made of it."""
        ...


def send_canary(  # noqa: PLR0913 - the ports of the use case, each named
    folder: CanaryFolder,
    rows: CanaryRows,
    *,
    token: str,
    owner: str,
    patience: timedelta,
    clock: Clock,
    wait: Callable[[float], bool],
) -> bool:
    """Send a canary through the running daemon; returns whether it came through, False when told to end.

    ``wait`` waits so many seconds and says whether to end. Raises CanaryLost when the canary was not stored, not
    decided on or would not have been alerted within ``patience``, and what folder and rows raise. Whatever happens, the
    canary is taken away; what a kill leaves behind, the next one takes away.
    """
    _take_away(folder, rows)
    try:
        sent = clock()
        folder.put(canary_letter(token, owner=owner, now=sent))
        while (seen := rows.sighting(token)) is None or seen.decision is None:
            if clock() - sent > patience:
                raise CanaryLost(
                    f"The canary was {'stored and not decided on' if seen else 'not read'} within"
                    f" {patience.total_seconds():.0f} seconds.",
                    advice="See what keeps the mail: jeeves status",
                )
            if wait(_LOOK_EVERY):
                return False
    finally:
        _take_away(folder, rows)
    if seen.decision != CAME_THROUGH:
        raise CanaryLost(
            "The canary was read, and would not have been alerted: the model does not take it for a proposal.",
            advice="See how the model does: jeeves evaluate. Back to the one before: jeeves models rollback",
        )
    return True


def _take_away(folder: CanaryFolder, rows: CanaryRows) -> None:
    folder.clear()
    rows.erase()
