"""The faults a mail server, a network and a laptop lid do to a watcher, and how long it takes to get over each.

Lives here: one function per fault and the run that measures it. ``python -m tests.integration.push.faults`` prints the
table. Must not live here: expectations (``test_faults``).
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jeeves.assist.schedule import backoff_delay
from jeeves.mail.watch import Timing
from jeeves.store.database import connect, migrate
from tests.acceptance.installation import wait_until
from tests.integration.push.life import PASSWORD, QUICK, USER, Life, proposal
from tests.postgres import on, start_server
from tests.servers.gmail_like import GmailLikeServer
from tests.servers.proxy import TcpProxy

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

_SWEEPING = Timing(sweep=2.0, idle=60.0, refused=3.0)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Where a fault is done: message 1 is alerted already, the watcher is in IDLE."""

    server: GmailLikeServer
    proxy: TcpProxy
    life: Life

    def deliver(self) -> None:
        """Deliver message 2: the one that must be alerted in spite of it all."""
        self.server.deliver("INBOX", proposal(2))

    def pause(self) -> None:
        """Let the fault last."""
        time.sleep(2.0)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault: ``happen`` does it, delivers message 2, and returns the moment from which recovery counts.

    That is when the fault began, or, where the server itself is out of order, when it is well again.
    """

    name: str
    happen: Callable[[Scene], float]
    timing: Timing = QUICK
    backoff: Callable[[int, float], timedelta] = backoff_delay


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of it."""

    seconds: float  # until message 2 was alerted
    lost: int
    repeated: int
    connections: int  # opened in all


def _black_hole(scene: Scene) -> float:
    begun = time.perf_counter()
    scene.proxy.black_hole()
    scene.deliver()
    return begun


def _answers_swallowed(scene: Scene) -> float:
    begun = time.perf_counter()
    scene.proxy.black_hole(questions=False)
    scene.deliver()
    return begun


def _cut_by_reset(scene: Scene) -> float:
    begun = time.perf_counter()
    scene.server.drop_connections()
    scene.deliver()
    return begun


def _cut_by_fin(scene: Scene) -> float:
    begun = time.perf_counter()
    scene.proxy.close_all()
    scene.deliver()
    return begun


def _bye(scene: Scene) -> float:
    begun = time.perf_counter()
    scene.server.say_bye()
    scene.deliver()
    return begun


def _broken_off_in_a_literal(scene: Scene) -> float:
    server = scene.server
    server.answers["FETCH"] = "DROP"
    server.before["EXAMINE"] = server.answers.clear
    scene.deliver()
    return time.perf_counter()


def _refused(answer: str) -> Callable[[Scene], float]:
    def happen(scene: Scene) -> float:
        scene.server.answers["FETCH"] = answer
        scene.deliver()
        scene.pause()
        scene.server.answers.clear()
        return time.perf_counter()

    return happen


def _refused_when_reconnecting(scene: Scene) -> float:
    scene.server.answers["EXAMINE"] = "NO [UNAVAILABLE] Later"
    scene.server.drop_connections()
    scene.deliver()
    scene.pause()
    scene.server.answers.clear()
    return time.perf_counter()


def _hung_server(scene: Scene) -> float:
    scene.server.go_silent()
    scene.server.drop_connections()
    scene.deliver()
    scene.pause()
    scene.server.speak()
    return time.perf_counter()


def _server_stops_answering(scene: Scene) -> float:
    scene.server.go_silent()
    scene.deliver()
    scene.pause()
    scene.server.speak()
    return time.perf_counter()


def _mute(scene: Scene) -> float:
    begun = time.perf_counter()
    scene.server.mute = True
    scene.deliver()
    return begun


def _no_idle(scene: Scene) -> float:
    scene.server.idle = False
    scene.server.drop_connections()
    scene.pause()
    scene.deliver()
    return time.perf_counter()


def _idle_refused(scene: Scene) -> float:
    scene.server.answers["IDLE"] = "NO Not now"
    scene.pause()
    scene.deliver()
    return time.perf_counter()


def _renumbered(scene: Scene) -> float:
    begun = time.perf_counter()
    scene.server.set_uidvalidity("INBOX", 4711)
    scene.deliver()
    return begun


def _expunged_before_it_is_fetched(scene: Scene) -> float:
    server = scene.server
    server.before["FETCH"] = server.folders["INBOX"].mails.clear
    server.deliver("INBOX", proposal(99))
    wait_until(lambda: not server.before)
    scene.deliver()
    return time.perf_counter()


def _restarted(scene: Scene) -> float:
    scene.server.stop()
    scene.pause()
    scene.deliver()
    scene.server.start()
    return time.perf_counter()


def _throttled_at_sign_in(scene: Scene) -> float:
    scene.server.refuse_login = "[ALERT] Too many simultaneous connections. (Failure)"
    scene.server.drop_connections()
    scene.deliver()
    scene.pause()
    scene.server.refuse_login = ""
    return time.perf_counter()


def _folder_deleted_and_back(scene: Scene) -> float:
    scene.server.remove_folder("INBOX")
    scene.pause()
    scene.server.create_folder("INBOX")
    scene.server.set_uidvalidity("INBOX", 4712)
    scene.deliver()
    return time.perf_counter()


def _database_cuts_every_connection(scene: Scene) -> float:
    begun = time.perf_counter()
    with scene.life.engine.begin() as connection:
        connection.exec_driver_sql(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    scene.deliver()
    return begun


def _sixteenth(failures: int, random: float) -> timedelta:
    """Wait a sixteenth of the real time, for faults whose real waits are minutes."""
    return backoff_delay(failures, random) / 16


FAULTS = (
    Fault(name="black hole, both ways", happen=_black_hole),
    Fault(name="half-open: answers swallowed", happen=_answers_swallowed),
    Fault(name="reset while idling", happen=_cut_by_reset),
    Fault(name="end of file while idling", happen=_cut_by_fin),
    Fault(name="end of file, steady connection", happen=_cut_by_fin, timing=Timing(sweep=60, idle=1.0, steady=0.0)),
    Fault(name="BYE while idling", happen=_bye),
    Fault(name="end of file inside a literal", happen=_broken_off_in_a_literal),
    Fault(name="FETCH: NO [UNAVAILABLE], 2 s", happen=_refused("NO [UNAVAILABLE] Later")),
    Fault(name="reset, then EXAMINE: NO [UNAVAILABLE], 2 s", happen=_refused_when_reconnecting),
    Fault(name="FETCH: NO [THROTTLED], 2 s (1/16)", happen=_refused("NO [THROTTLED] Slow"), backoff=_sixteenth),
    Fault(name="hung greeting, 2 s", happen=_hung_server),
    Fault(name="server stops answering, 2 s", happen=_server_stops_answering),
    Fault(name="IDLE accepted, then silence", happen=_mute, timing=_SWEEPING),
    Fault(name="IDLE not offered", happen=_no_idle, timing=_SWEEPING),
    Fault(name="IDLE refused", happen=_idle_refused, timing=Timing(sweep=2.0, idle=1.0, refused=60.0)),
    Fault(name="UIDVALIDITY changes while idling", happen=_renumbered),
    Fault(name="expunged between EXISTS and FETCH", happen=_expunged_before_it_is_fetched),
    Fault(name="server restarted, 2 s down", happen=_restarted),
    Fault(name="too many connections, 2 s (1/16)", happen=_throttled_at_sign_in, backoff=_sixteenth),
    Fault(name="folder deleted and back, 2 s", happen=_folder_deleted_and_back),
    Fault(name="database cuts every connection", happen=_database_cuts_every_connection),
)


def run(fault: Fault, folder: Path, database_url: str) -> Result:
    """Let one fault happen to a watcher and report what became of message 1, the fault's message, and one after."""
    with (
        GmailLikeServer({USER: PASSWORD}) as server,
        TcpProxy(server.port) as proxy,
        Life(folder, database_url, proxy.port, timing=fault.timing, backoff=fault.backoff) as life,
    ):
        server.deliver("INBOX", proposal(1))
        life.wait_for_alert(1)
        wait_until(lambda: "IDLE" in server.commands)
        begun = fault.happen(Scene(server=server, proxy=proxy, life=life))
        seconds = life.wait_for_alert(2) - begun
        server.deliver("INBOX", proposal(3))  # the watcher is as good as new
        life.wait_for_alert(3)
        times = [len(life.alerted(number)) for number in (1, 2, 3)]
        repeated = sum(count - 1 for count in times) + life.count("messages") - len({1, 2, 3})
        lost = 3 - sum(bool(count) for count in times)
        return Result(seconds=seconds, lost=lost, repeated=repeated, connections=server.connections)


def _print_table() -> None:
    with start_server() as url:
        for number, fault in enumerate(FAULTS):
            engine = connect(url)
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql(f"create database fault_{number}")
            engine.dispose()
            engine = connect(on(url, f"fault_{number}"))
            migrate(engine)
            engine.dispose()
            with tempfile.TemporaryDirectory() as folder:
                result = run(fault, Path(folder), on(url, f"fault_{number}"))
            sys.stdout.write(
                f"| {fault.name} | {result.seconds:.1f} | {result.lost} | {result.repeated} | {result.connections} |\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    _print_table()
