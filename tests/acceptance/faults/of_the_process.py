"""What can happen to the program itself: killed, started twice, killed while it learns.

Lives here: faults. Must not live here: expectations beyond that a fault bit.
"""

from __future__ import annotations

import os
import resource
import signal
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tests.acceptance.faults.fault import Fault
from tests.acceptance.faults.life import RECOVERY, TAKEN
from tests.acceptance.installation import wait_until

if TYPE_CHECKING:
    from tests.acceptance.faults.life import Life
    from tests.acceptance.faults.storage import Storage
    from tests.acceptance.installation import Daemon

_ARRIVING = 1_000  # letters
_LIVES = 12  # daemons that are killed meanwhile
_EVERY = 25  # letters: one of them is a proposal
_ROUNDS = 10  # of which one goes to the newcomer, who may give up just before
_LEARNING = 400.0  # seconds until a test gives up on a training
_DAY = 24 * 3600.0
_HOLDER = (
    "select pid from pg_locks where locktype = 'advisory' and granted and classid = 1785030006 and objid = 1"
    " and objsubid = 2 and database = (select oid from pg_database where datname = current_database())"
)
_WAITING = _HOLDER.replace("and granted", "and not granted").replace("select pid", "select count(*)")


def _killed_in_a_loop(life: Life, _storage: Storage) -> None:
    random = Random(6)  # noqa: S311 - moments, not secrets
    for lives in range(_LIVES):
        for number in range(_ARRIVING // _LIVES + 1):
            life.report() if number % _EVERY else life.propose()
        time.sleep(random.uniform(0.0, 1.5))
        life.kill()
        if lives % 4 == 0:  # one dies while it starts
            life.installation.start()
            time.sleep(random.uniform(0.0, 1.5))
            life.kill()
        life.start()


def _killed_when_twilio_has_it(life: Life, _storage: Storage) -> None:
    victim = life.daemon.process
    life.twilio.after_accepting = victim.kill
    life.propose()
    wait_until(lambda: victim.poll() is not None, seconds=RECOVERY)
    life.twilio.after_accepting = None
    life.start()
    life.propose()


def _two_daemons(life: Life, _storage: Storage) -> None:
    first = life.daemon
    life.propose()
    second = life.installation.start()
    life.propose()
    assert second.process.wait(timeout=RECOVERY) == TAKEN
    for _ in range(_ROUNDS):
        rival = life.installation.start()
        _let_them_fight(life, first, rival)
        if _has_ended(first):
            break
    assert [each.process.poll() for each in (first, rival)] == [TAKEN, None]


def _let_them_fight(life: Life, first: Daemon, rival: Daemon) -> None:
    """Take the first one's proof of being the only one while the other waits for it; return when one has given up."""
    life.propose()
    wait_until(lambda: life.ask(_WAITING) == 1 or _has_ended(rival), seconds=RECOVERY)
    life.ask(f"select count(pg_terminate_backend(({_HOLDER})))")
    life.propose()
    wait_until(lambda: _has_ended(first) or _has_ended(rival), seconds=RECOVERY)


def _has_ended(daemon: Daemon) -> bool:
    return daemon.process.poll() is not None


def _killed_while_learning(life: Life, _storage: Storage) -> None:
    model = life.installation.status()["active_model"]
    life.kill()
    life.installation.sections["classifier"] = {"retrain_after": 1}
    assert life.installation.run("label", "1", "yes").returncode == 0
    life.start()
    for tries, wait in enumerate((None, 2.0), start=1):
        life.wait_for_log("retrain.started", tries)
        wait_until(lambda: _learners(life) != [], seconds=RECOVERY)
        for number in _learners(life):
            _run_out_of_memory(number, wait)
        life.wait_for_log("retrain.failed", tries)
        life.wait_for_text(life.propose())  # before a day goes by: nobody is told of what is older
        if tries == 1:
            life.machine.sleep(_DAY)  # until it tries again
    assert life.installation.status()["active_model"] == model
    learned = life.installation.run("retrain", seconds=_LEARNING)
    assert learned.returncode == 0, learned.stderr


def _learners(life: Life) -> list[int]:
    """Return the processes in which the daemon learns."""
    children = Path(f"/proc/{life.daemon.process.pid}/task").glob("*/children")
    return [int(number) for path in children for number in path.read_text().split()]


def _run_out_of_memory(number: int, wait: float | None) -> None:
    """Refuse a process more memory than it has or, after ``wait`` seconds, end it as the kernel does."""
    if wait is None:
        resource.prlimit(number, resource.RLIMIT_AS, (1, 1))
    else:
        time.sleep(wait)
        os.kill(number, signal.SIGKILL)


FAULTS = (
    Fault(name="killed in a loop while 1,000 letters arrive", happen=_killed_in_a_loop),
    Fault(name="killed when Twilio has the text", happen=_killed_when_twilio_has_it),
    Fault(name="two daemons", happen=_two_daemons),
    Fault(name="killed while it learns", happen=_killed_while_learning),
)
