"""How far a long command is: a bar on a terminal, a line now and then elsewhere.

Lives here: drawing, on standard error. Must not live here: what is being done.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import TaskID

_LINE_EVERY: Final = 10.0  # seconds between the lines that stand in for a bar
_MEGABYTE: Final = 1_000_000


class Shown(Protocol):
    """Told how far the work is."""

    def __call__(self, done: int, total: int, *, messages: int | None = None) -> None:
        """``done`` of ``total`` is done; ``messages`` of these are messages, when it is not those that are counted."""
        ...


@contextmanager
def stage_progress(*, worth_a_bar: int = 0) -> Iterator[Callable[[str, int, int], None]]:
    """Yield a callback (stage, done, total) that draws a bar per stage on a terminal, and nothing elsewhere.

    A stage of fewer than ``worth_a_bar`` parts is over before a bar is drawn.
    """
    if not sys.stderr.isatty():
        yield lambda _stage, _done, _total: None
        return
    from rich.console import Console  # noqa: PLC0415 - a command without a terminal must not pay for these
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bars:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int) -> None:
            if total < worth_a_bar:
                return
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total, visible=done < total, refresh=True)

        yield show


@contextmanager
def message_progress(name: str) -> Iterator[Shown]:
    """Yield a callback that shows messages done, messages a second and the time left."""
    with _progress(name, lambda done, total: f"{done:,}/{total:,}") as shown:
        yield shown


@contextmanager
def byte_progress(name: str) -> Iterator[Shown]:
    """Yield a callback that shows bytes done, messages a second and the time left."""
    with _progress(name, lambda done, total: f"{done / _MEGABYTE:,.1f}/{total / _MEGABYTE:,.1f} MB") as shown:
        yield shown


@contextmanager
def _progress(name: str, how_far: Callable[[int, int], str]) -> Iterator[Shown]:
    if sys.stderr.isatty():
        with _bar(name, how_far) as shown:
            yield shown
    else:
        yield _lines(name, how_far)


@contextmanager
def _bar(name: str, how_far: Callable[[int, int], str]) -> Iterator[Shown]:
    from rich.console import Console  # noqa: PLC0415 - a command without a terminal must not pay for these
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[how_far]}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    began = time.monotonic()
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bars:
        task = bars.add_task(name, total=None, how_far="", rate="")

        def shown(done: int, total: int, *, messages: int | None = None) -> None:
            rate = _rate(done if messages is None else messages, began)
            reached = min(done, total)
            bars.update(task, completed=reached, total=total, how_far=how_far(reached, total), rate=rate, refresh=True)

        yield shown


def _lines(name: str, how_far: Callable[[int, int], str]) -> Shown:
    began = last = time.monotonic()

    def shown(done: int, total: int, *, messages: int | None = None) -> None:
        nonlocal last
        if time.monotonic() - last < _LINE_EVERY:
            return
        last = time.monotonic()
        left = (last - began) / max(done, 1) * max(total - done, 0)
        rate = _rate(done if messages is None else messages, began)
        click.echo(f"{name}: {how_far(min(done, total), total)}, {rate}, {left:,.0f} s left", err=True)

    return shown


def _rate(messages: int, began: float) -> str:
    return f"{messages / max(time.monotonic() - began, 0.001):,.0f} messages/s"
