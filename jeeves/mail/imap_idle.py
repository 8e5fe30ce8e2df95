"""Waiting in IDLE until the server tells of new mail (RFC 2177).

Lives here: IDLE on an open connection, with a deadline on every read. Must not live here: when to wait and what to
do with the news (``mail.watch``), connecting (``mail.imap_connect``).

The library's own ``idle_check`` is not used: it answers at once, for ever, once the connection is gone; it misses
what came in the same packet as the answer before; and it fails on a server that speaks before it says "idling".
"""

from __future__ import annotations

import select
import ssl
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from imapclient.exceptions import IMAPClientAbortError

if TYPE_CHECKING:
    from collections.abc import Callable

    from imapclient import IMAPClient

_SLICE = 5.0  # seconds of waiting in one go: how soon a machine that was asleep finds out
_LATE = 5.0  # seconds over time that only a sleep, or a process that was stopped, explains

# CLOCK_BOOTTIME counts while the machine sleeps, where Linux's CLOCK_MONOTONIC does not; elsewhere the latter does.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Slept(OSError):
    """The machine was asleep, or this process stopped: the connection may look alive and be dead."""


class IdleRefused(Exception):
    """The server does not know IDLE, or does not want it now."""


def waking_time() -> float:
    """Return seconds on a clock that never goes back and that counts while the machine sleeps."""
    return time.clock_gettime(_CLOCK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How full the open folder is, by the server's own count."""

    exists: int  # messages; where the order of what it said is not known, the fewest there can be
    arrived: int = 0  # messages it told of that have not been asked for yet

    def after(self, exists: int | None, expunged: int) -> Tally:
        """Return the tally once the server said ``exists`` (None: it did not) and named ``expunged`` as gone.

        A server that only repeats its count has nothing new, however often it does.
        """
        left = self.exists - expunged
        if exists is None:
            return replace(self, exists=left)
        return Tally(exists=exists - expunged, arrived=self.arrived + max(exists - left, 0))


def idle(
    client: IMAPClient, tally: Tally, seconds: float, timeout: float, clock: Callable[[], float] = waking_time
) -> Tally:
    """Wait in IDLE until the server tells of new mail, at most ``seconds``; return the tally then.

    ``timeout`` is how many seconds the server may stay silent once it owes an answer. The folder stays open. Raises
    IdleRefused, Slept, and what a connection that breaks off raises.
    """
    imap = client._imap  # noqa: SLF001 - the library has no way to wait that notices a dead connection
    if not client.has_capability("IDLE"):
        raise IdleRefused
    tag = imap._command("IDLE")  # noqa: SLF001 - as the library itself begins an IDLE
    while imap._get_response() is not None:  # noqa: SLF001 - None is the "+" that says go on
        if imap.tagged_commands[tag] is not None:
            del imap.tagged_commands[tag]
            raise IdleRefused
    tally = _wait(client, tally, seconds, timeout, clock)
    imap.send(b"DONE\r\n")
    imap._command_complete("IDLE", tag)  # noqa: SLF001 - as the library itself ends an IDLE
    return take_in(client, tally)


def take_in(client: IMAPClient, tally: Tally) -> Tally:
    """Return the tally after all the server has said unasked since the last call, in IDLE or along with any answer.

    What it said is dropped, so that it neither piles up nor is taken for an answer.
    """
    unasked = client._imap.untagged_responses  # noqa: SLF001 - where the library keeps what it heard
    told, expunged = unasked.get("EXISTS"), len(unasked.get("EXPUNGE", ()))
    unasked.clear()
    return tally.after(int(told[-1]) if told else None, expunged)


def _wait(client: IMAPClient, tally: Tally, seconds: float, timeout: float, clock: Callable[[], float]) -> Tally:
    imap = client._imap  # noqa: SLF001 - see above
    poller = select.poll()
    poller.register(client.socket().fileno(), select.POLLIN)
    tally = take_in(client, tally)
    now = clock()
    until = now + seconds
    while not tally.arrived and now < until:
        portion, before = min(until - now, _SLICE), now
        if _readable(client, poller, portion, timeout):
            imap._get_response()  # noqa: SLF001 - reads one response, literals and all
            if "BYE" in imap.untagged_responses:
                raise IMAPClientAbortError("BYE")
            tally = take_in(client, tally)
        now = clock()
        if now - before > portion + _LATE:
            raise Slept
    return tally


def _readable(client: IMAPClient, poller: select.poll, seconds: float, timeout: float) -> bool:
    """Wait until a read would not block: something is there, or the connection has ended."""
    if _peek(client, timeout):
        return True
    return bool(poller.poll(seconds * 1000)) and _peek(client, timeout) is not None


def _peek(client: IMAPClient, timeout: float) -> bytes | None:
    """Return what has been received and not been read; None when so far it is only part of a TLS record.

    Empty before the poller has reported the socket means nothing is there, and afterwards that it has ended.
    """
    connection = client.socket()
    file: Any = client._imap.file  # noqa: SLF001 - lines are read ahead here, unseen by the poller
    connection.settimeout(0)
    try:
        peeked: bytes = file.peek(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return None
    finally:
        connection.settimeout(timeout)
    return peeked
