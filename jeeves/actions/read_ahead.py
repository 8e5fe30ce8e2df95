"""Two things at once: fetching the next batch while the last one is stored.

Lives here: ``read_ahead``. Must not live here: what is fetched, what is stored.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

Item = TypeVar("Item")

_PATIENCE: Final = 0.1  # seconds between two looks at whether the other side has ended
_LAST_WORD: Final = 1.0  # seconds for the thread to finish the item it is at


def read_ahead(items: Iterator[Item], *, limit: int) -> Generator[Item]:
    """Yield what ``items`` yields, taken by a thread of its own that is at most ``limit`` + 1 items ahead.

    What ``items`` raises is raised here, after everything it yielded before. Whoever stops early closes this iterator
    (``contextlib.closing``); the thread then ends with the item it is at. That is waited for, but not for long: one
    that waits for a silent server ends when its connection is closed.
    """
    waiting: queue.Queue[Item | _End] = queue.Queue(limit)
    abandoned = threading.Event()
    thread = threading.Thread(target=_take, args=(items, waiting, abandoned), name="read-ahead", daemon=True)
    thread.start()
    try:
        while not isinstance(item := waiting.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        abandoned.set()
        thread.join(_LAST_WORD)


class _End:
    """What comes after the last item."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def _take(items: Iterator[Item], waiting: queue.Queue[Item | _End], abandoned: threading.Event) -> None:
    end = _End()
    try:
        for item in items:
            _hand_over(item, waiting, abandoned)
            if abandoned.is_set():
                return
    except BaseException as error:  # noqa: BLE001 - raised again where the items are wanted
        end = _End(error)
    _hand_over(end, waiting, abandoned)


def _hand_over(item: Item | _End, waiting: queue.Queue[Item | _End], abandoned: threading.Event) -> None:
    while not abandoned.is_set():
        try:
            waiting.put(item, timeout=_PATIENCE)
        except queue.Full:
            continue
        return
