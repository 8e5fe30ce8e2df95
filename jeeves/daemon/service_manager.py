"""What the daemon tells whoever started it: ready, alive, ending.

Lives here: systemd's notification protocol (sd_notify(3), sd_watchdog_enabled(3)). Must not live here: when the
daemon counts as alive (``pulse``), units (``jeeves.service``).
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from jeeves.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

_MICROSECOND = 1e-6
_DAY = 24 * 3_600 * 1_000_000  # microseconds


class ServiceManager:
    """The service manager named by the environment; without one, nothing is said to nobody."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        """Read NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; nothing is sent yet."""
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._watchdog = environment.get("WATCHDOG_USEC", "")
        self._watched_process = environment.get("WATCHDOG_PID", "")

    @property
    def present(self) -> bool:
        """Tell whether one started us."""
        return bool(self._address)

    @property
    def feed_every(self) -> float | None:
        """Return after how many seconds to call ``alive`` again: half of what is allowed; None when nobody asks."""
        meant = self._watched_process in ("", str(os.getpid()))
        if not (self.present and meant and self._watchdog.isascii() and self._watchdog.isdigit()):
            return None
        seconds = int(self._watchdog) * _MICROSECOND / 2
        return seconds or None

    def ready(self, status: str) -> None:
        """Say that starting is over; ``status`` is one line for people, without mail."""
        self._send(f"READY=1\nSTATUS={one_line(status)}")

    def alive(self, status: str) -> None:
        """Keep the watchdog from ending us."""
        self._send(f"WATCHDOG=1\nSTATUS={one_line(status)}")

    def tell(self, status: str) -> None:
        """Show one line to people, without feeding the watchdog."""
        self._send(f"STATUS={one_line(status)}")

    def upgrading(self) -> None:
        """Ask for a day to start in: tables are about to change, and a Raspberry Pi with ten years of mail is slow."""
        self._send(f"EXTEND_TIMEOUT_USEC={_DAY}\nSTATUS=Upgrading the database.")

    def stopping(self) -> None:
        """Say that we are about to end."""
        self._send("STOPPING=1\nSTATUS=Ending.")

    def _send(self, state: str) -> None:
        """Send one datagram; a manager that does not listen is no reason to stop reading mail."""
        if not self._address:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(0)
            sender.sendto(state.encode(), address)
