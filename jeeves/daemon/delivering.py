"""The thread that alerts go out by: a channel that hangs holds up nothing else.

Lives here: ``Deliverer``. Must not live here: what delivering does (``passes``, ``actions``).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jeeves.daemon.passes import Runner

_AT_LEAST_EVERY = 2.0  # seconds: how soon a retry that has come due goes out


class Deliverer:
    """Delivers whenever the runner is asked to, and now and then by itself."""

    def __init__(self, runner: Runner) -> None:
        """Deliver what lies in ``runner``'s outbox."""
        self._runner = runner
        self._stop = threading.Event()

    def run(self) -> None:
        """Deliver until ``stop``. Raises any error that is a bug."""
        while not self._stop.is_set():
            self._runner.deliver_guarded()
            self._runner.wait_for_request(_AT_LEAST_EVERY)

    def stop(self) -> None:
        """End ``run`` as soon as the channel it speaks through lets it."""
        self._stop.set()
        self._runner.request_delivery()
