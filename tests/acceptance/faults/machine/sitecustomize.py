"""A machine whose clock is wrong and whose name service is down, as a Python program sees it.

Lives here: what a process does that finds this file in its PYTHONPATH; the folder FAULTS says how the machine is. Must
not live here: anything a test imports.

``ahead``: seconds by which the time of day is ahead (below zero: behind). ``asleep``: seconds the machine has slept,
which the time of day and CLOCK_BOOTTIME count and CLOCK_MONOTONIC does not. ``nameless``: when it is there, no host
name is found.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

_FOLDER = Path(os.environ["FAULTS"])
_time, _clock_gettime, _getaddrinfo, _Datetime = time.time, time.clock_gettime, socket.getaddrinfo, dt.datetime


def _seconds(name: str) -> float:
    with suppress(FileNotFoundError):
        return float((_FOLDER / name).read_text())
    return 0.0


def _wrong_time() -> float:
    return _time() + _seconds("ahead") + _seconds("asleep")


def _wrong_clock(number: int) -> float:
    now = _clock_gettime(number)
    if number == time.CLOCK_REALTIME:
        return _wrong_time()
    return now + _seconds("asleep") if number == time.CLOCK_BOOTTIME else now


def _find(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - passed on as they came
    if (_FOLDER / "nameless").exists():
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    return _getaddrinfo(*arguments, **named)


class _Anyone(type):
    """Takes every date and time for one of the class that tells the wrong time, and the other way round."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _Datetime)

    def __eq__(cls, other: object) -> bool:
        return other is _Datetime or other is cls

    def __hash__(cls) -> int:
        return hash(_Datetime)


class _WrongDatetime(dt.datetime, metaclass=_Anyone):
    """Makes plain dates and times."""

    def __new__(cls, *arguments: object, **named: object) -> Self:
        return _Datetime(*arguments, **named)  # type: ignore[arg-type, return-value]  # as they came; see the metaclass

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> _WrongDatetime:
        return _Datetime.fromtimestamp(_wrong_time(), tz)  # type: ignore[return-value]  # see the metaclass


time.time, time.clock_gettime, socket.getaddrinfo = _wrong_time, _wrong_clock, _find
dt.datetime = _WrongDatetime  # type: ignore[misc]  # that is what it is about
