"""What the watcher of a folder does next: a state machine without a socket, a thread or a clock.

Lives here: the state, the steps, and what each outcome leads to, as pure functions of the time. Must not live here:
any conversation with a server (``mail.imap``), any waiting (``daemon.watching``).

The rules. IDLE is given up and asked for again before 9 minutes are over: RFC 2177 allows 29, Gmail has been seen to
drop one after 10. A sweep looks at the whole folder now and then, whatever IDLE says, because a notice can get lost.
A connection that had held for a while and broke off is replaced at once; every further failure waits longer, so that
no server can make this a busy loop.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SLOWER = 5  # failures that a request to slow down counts for at once: with ours, 80 to 160 seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long things take, in seconds."""

    sweep: float = 120.0  # between two looks at the whole folder
    idle: float = 480.0  # longest IDLE, well before 9 minutes
    refused: float = 600.0  # until a server that refused IDLE is asked again
    steady: float = 60.0  # a connection that held this long and breaks off is replaced at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Where one watcher stands; times are seconds of a clock that never goes back and counts while asleep."""

    sweep_at: float = -inf  # when the whole folder is due
    retry_at: float = -inf  # the server, or the database, is left alone until then
    idle_at: float = -inf  # no IDLE before: it was refused
    arrived: bool = False  # the server told of mail that is not fetched yet
    failures: int = 0  # failures in a row, forgiven once a connection has held for ``Timing.steady``
    connected_at: float | None = None  # since when the server has answered; None after a failure


class Act(Enum):
    """What a watcher can do."""

    SWEEP = auto()  # look at the whole folder
    COLLECT = auto()  # fetch what IDLE told of
    IDLE = auto()  # wait for the server's word, at most so many seconds
    REST = auto()  # do nothing for so many seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The next thing to do."""

    act: Act
    seconds: float = 0.0  # for IDLE and REST: how long


class Outcome(Enum):
    """How a step ended."""

    SWEPT = auto()
    COLLECTED = auto()
    ARRIVED = auto()  # IDLE: there is new mail
    QUIET = auto()  # IDLE: nothing new, the server is alive; REST: over
    LOST_TRACK = auto()  # IDLE: only a look at the whole folder can tell
    REFUSED = auto()  # the server cannot or will not IDLE
    FAILED = auto()  # the mail server let us down
    THROTTLED = auto()  # the mail server asks us to slow down
    HELD_UP = auto()  # the database did


def next_step(watch: Watch, now: float, timing: Timing) -> Step:
    """Decide what to do at ``now``."""
    if now < watch.retry_at:
        return Step(act=Act.REST, seconds=watch.retry_at - now)
    if now >= watch.sweep_at:
        return Step(act=Act.SWEEP)
    if watch.arrived:
        return Step(act=Act.COLLECT)
    until_sweep = watch.sweep_at - now
    if now < watch.idle_at:
        return Step(act=Act.REST, seconds=min(until_sweep, watch.idle_at - now))
    return Step(act=Act.IDLE, seconds=min(until_sweep, timing.idle))


def after(watch: Watch, outcome: Outcome, now: float, timing: Timing, delay: Callable[[int], float]) -> Watch:
    """Return where the watcher stands after a step ended at ``now``.

    ``delay`` tells how many seconds to wait after so many failures in a row (1 or more), jitter included.
    """
    match outcome:
        case Outcome.SWEPT:
            since = now if watch.connected_at is None else watch.connected_at
            watch = replace(watch, sweep_at=now + timing.sweep, arrived=False, connected_at=since)
        case Outcome.COLLECTED | Outcome.ARRIVED:
            watch = replace(watch, arrived=outcome is Outcome.ARRIVED)
        case Outcome.LOST_TRACK:
            watch = replace(watch, sweep_at=now)
        case Outcome.REFUSED:
            watch = replace(watch, idle_at=now + timing.refused)
        case Outcome.HELD_UP:
            watch = replace(watch, sweep_at=now, retry_at=now + delay(1))
        case Outcome.FAILED:
            steady = watch.connected_at is not None and now - watch.connected_at >= timing.steady
            failures = 0 if steady else watch.failures + 1
            watch = _disconnected(watch, now, failures=failures, wait=delay(failures) if failures else 0.0)
        case Outcome.THROTTLED:
            failures = watch.failures + 1
            watch = _disconnected(watch, now, failures=failures, wait=delay(failures + _SLOWER))
        case Outcome.QUIET:
            pass
    return watch


def share_out(folders: Sequence[str], most: int) -> list[tuple[str, ...]]:
    """Share folders out among at most ``most`` connections (1 or more), the first named first.

    Each gets a connection to itself, which can IDLE; where there are more folders than connections, the last
    connection goes round the rest.
    """
    alone = list(folders) if len(folders) <= most else list(folders[: most - 1])
    rest = tuple(folders[len(alone) :])
    return [(folder,) for folder in alone] + ([rest] if rest else [])


def _disconnected(watch: Watch, now: float, *, failures: int, wait: float) -> Watch:
    return replace(watch, sweep_at=now, retry_at=now + wait, arrived=False, failures=failures, connected_at=None)
