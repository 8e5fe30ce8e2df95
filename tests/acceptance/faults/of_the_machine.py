"""What can happen to the machine: its clock, its lid, the network around it.

Lives here: faults. Must not live here: expectations beyond that a fault bit.
"""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from tests.acceptance.faults.fault import Fault
from tests.acceptance.faults.life import RECOVERY
from tests.acceptance.installation import wait_until

if TYPE_CHECKING:
    from datetime import datetime

    from tests.acceptance.faults.life import Life
    from tests.acceptance.faults.storage import Storage

_HOUR = 3600.0
_WAITS = re.compile(r"mail\.failed .*wait=([\d.]+)")


def _mail_server_gone(life: Life, _storage: Storage) -> None:
    life.server.stop()
    life.propose()
    life.report()
    for tries in range(1, 5):  # at an hour's quarters: those in between are slept through
        life.wait_for_log("mail.failed", tries)
        life.machine.sleep(_HOUR / 4)
    waits = [float(found[1]) for line in life.daemon.errors if (found := _WAITS.search(line))]
    assert waits[3] > waits[0], waits  # they grow
    life.server.start()


def _names_not_found(life: Life, _storage: Storage) -> None:
    with life.machine.nameless():
        life.propose()  # comes in by the connection there is
        life.wait_for_log("alert.failed")
        life.server.drop_connections()
        life.propose()
        life.wait_for_log("mail.failed")


def _clock_put_forward_and_back(life: Life, _storage: Storage) -> None:
    for hours in (5, -4, 0):
        failures = life.logged(life.daemon, "alert.failed")
        life.twilio.busy = True
        number = life.propose()
        life.wait_for_log("alert.failed", failures + 1)
        life.machine.put_clock(hours)  # between two tries
        life.twilio.busy = False
        life.wait_for_text(number)
        _wait_for_heartbeat(life)


def _wait_for_heartbeat(life: Life) -> None:
    """Return when the daemon's heart has beaten by the clock as it is now."""
    since = life.machine.now()

    def has_beaten() -> bool:
        with life.engine.connect() as connection:
            beat: datetime = connection.execute(
                text("select beat_at from health where component = 'daemon'")
            ).scalar_one()
        return abs(beat - since).total_seconds() < _HOUR / 2 and beat > since

    wait_until(has_beaten, seconds=RECOVERY)


def _lid_closed(life: Life, _storage: Storage) -> None:
    life.kill()  # to watch through a router that forgets
    life.installation.sections["mail"]["port"] = life.proxy.port
    life.start()
    life.wait_for_text(life.propose())
    connections = life.server.connections
    life.daemon.process.send_signal(signal.SIGSTOP)
    stat = Path(f"/proc/{life.daemon.process.pid}/stat")
    wait_until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T")
    life.proxy.black_hole()
    life.machine.sleep(8 * _HOUR)
    life.propose()
    life.report()
    life.daemon.process.send_signal(signal.SIGCONT)
    wait_until(lambda: life.server.connections > connections, seconds=RECOVERY)


FAULTS = (
    Fault(name="mail server gone for an hour", happen=_mail_server_gone),
    Fault(name="no host name found", happen=_names_not_found),
    Fault(name="clock put 5 h forward, 9 h back, 4 h forward", happen=_clock_put_forward_and_back),
    Fault(name="lid closed for 8 h, connections forgotten", happen=_lid_closed),
)
