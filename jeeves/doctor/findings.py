"""What a check says, and how all of them are carried out: side by side, each with a time-out, none missing.

Lives here: the record ``Finding`` and ``examine``. Must not live here: the checks.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from jeeves.errors import ConfigError, JeevesError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class Verdict(StrEnum):
    """How bad it is."""

    OK = "ok"
    NOTE = "note"  # worth knowing, nothing is wrong
    FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence about one thing."""

    subject: str  # "database", "mail", ...
    verdict: Verdict
    message: str  # one plain sentence, no secrets, no mail
    remedy: str = ""  # for a fault: what to do


def ok(subject: str, message: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(subject=subject, verdict=Verdict.OK, message=message)


def note(subject: str, message: str, remedy: str = "") -> Finding:
    """Return a finding that is worth knowing."""
    return Finding(subject=subject, verdict=Verdict.NOTE, message=message, remedy=remedy)


def fault(subject: str, message: str, remedy: str) -> Finding:
    """Return a finding that something is wrong."""
    return Finding(subject=subject, verdict=Verdict.FAULT, message=message, remedy=remedy)


def from_error(subject: str, error: JeevesError) -> list[Finding]:
    """Return what an error says as findings; a wrong configuration has several."""
    if isinstance(error, ConfigError):
        return [fault(subject, f"{problem}.".replace("..", "."), error.advice) for problem in error.problems]
    return [fault(subject, error.message, error.advice or "See: jeeves status")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing to look at."""

    subject: str
    look: Callable[[], Iterable[Finding]]  # may raise JeevesError, which is a finding too


@dataclass(slots=True)
class _Running:
    check: Check
    thread: threading.Thread
    findings: list[Finding] = field(default_factory=list)


def examine(checks: Sequence[Check], seconds: float) -> list[Finding]:
    """Carry out all ``checks`` at the same time and return their findings in order.

    One that has not come to an end after ``seconds`` is a fault, and so is a bug in one: neither takes the others
    down. Its thread is left to itself.
    """
    deadline = time.monotonic() + seconds
    running = [_begin(check) for check in checks]
    findings: list[Finding] = []
    for each in running:
        each.thread.join(max(deadline - time.monotonic(), 0))
        late = fault(each.check.subject, f"This took longer than {seconds:g} s.", "Run it again; is the network up?")
        findings += [late] if each.thread.is_alive() else each.findings
    return findings


def _begin(check: Check) -> _Running:
    def look() -> None:
        running.findings.extend(_look(check))

    running = _Running(check=check, thread=threading.Thread(target=look, name=check.subject, daemon=True))
    running.thread.start()
    return running


def _look(check: Check) -> list[Finding]:
    try:
        return list(check.look())
    except JeevesError as error:
        return from_error(check.subject, error)
    except Exception as error:  # noqa: BLE001 - a bug in one check must not hide what the others see
        bug = f"This could not be looked at because of a bug ({type(error).__name__})."
        return [fault(check.subject, bug, "Please report it.")]
