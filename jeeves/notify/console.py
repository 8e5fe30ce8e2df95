"""Alerts as lines on the terminal or in the service's journal.

Lives here: printing. Must not live here: wording, colours, progress bars.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from jeeves.errors import DeliveryUnconfirmed, NotifierUnavailable
from jeeves.sanitise import one_line
from jeeves.types import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from jeeves.types import Notification


def _local_now() -> datetime:
    return datetime.now(UTC).astimezone()


class ConsoleNotifier:
    """Prints each alert as one line: local time, two spaces, text."""

    def __init__(self, stream: TextIO | None = None, *, clock: Callable[[], datetime] = _local_now) -> None:
        """Print to ``stream``, or to what standard output is at that moment; ``clock`` gives the time to show."""
        self._stream = stream
        self._clock = clock

    def send(self, notification: Notification) -> Receipt:
        """Print the alert and flush. Raises NotifierUnavailable when nobody holds the other end any more."""
        stream = self._stream or sys.stdout
        line = f"{self._clock():%H:%M}  {one_line(notification.body)}\n"
        try:
            encoding = stream.encoding or "utf-8"
            stream.write(line.encode(encoding, "replace").decode(encoding))
            stream.flush()
        except (OSError, ValueError, AttributeError) as error:  # broken pipe, closed file, no standard output at all
            raise NotifierUnavailable(
                "The console takes no more lines.", advice="Start Jeeves in a terminal, or as a service."
            ) from error
        return Receipt(delivered=True)

    def find(self, notification: Notification) -> Receipt | None:
        """Raise DeliveryUnconfirmed: nobody can ask a terminal what it has shown."""
        raise DeliveryUnconfirmed(f"Nobody knows whether alert {one_line(notification.reference)} was shown.")
