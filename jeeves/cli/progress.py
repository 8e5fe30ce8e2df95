"""How far a long command is: a bar on a terminal, a line now and then elsewhere.

Lives here: drawing. Must not live here: what is being done.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LINE_EVERY: Final = 10.0  # seconds between the lines that stand in for a bar
_MEGABYTE: Final = 1_000_000


class Shown(Protocol):
    """Told how far the work is."""

    def __call__(self, done: int, messages: int) -> None:
        """``done`` bytes or messages of the total are done, ``messages`` in all."""
        ...


@contextmanager
def byte_progress(name: str, total: int) -> Iterator[Shown]:
    """Yield a callback that shows bytes done of ``total``, messages a second and the time left, on standard error."""
    if sys.stderr.isatty():
        with _bar(name, total, in_bytes=True) as shown:
            yield shown
    else:
        yield _lines(name, lambda done: f"{done / _MEGABYTE:,.1f} of {total / _MEGABYTE:,.1f} MB")


@contextmanager
def _bar(name: str, total: int, *, in_bytes: bool) -> Iterator[Shown]:
    from rich.console import Console  # noqa: PLC0415 - a command without a terminal must not pay for these
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn() if in_bytes else MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    began = time.monotonic()
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bars:
        task = bars.add_task(name, total=total, rate="")

        def shown(done: int, messages: int) -> None:
            bars.update(task, completed=min(done, total), rate=_rate(messages, began), refresh=True)

        yield shown


def _lines(name: str, how_far: Callable[[int], str]) -> Shown:
    began = last = time.monotonic()

    def shown(done: int, messages: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _LINE_EVERY:
            last = time.monotonic()
            click.echo(f"{name}: {how_far(done)}, {messages:,} messages, {_rate(messages, began)}", err=True)

    return shown


def _rate(messages: int, began: float) -> str:
    return f"{messages / max(time.monotonic() - began, 0.001):,.0f} messages/s"
