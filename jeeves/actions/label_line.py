"""The messages of a sitting, one behind the other.

Lives here: ``Line``, pure. Must not live here: which messages these are, what is known of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Line:
    """Messages one behind the other, and which of them is shown; the place behind the last one shows none."""

    def __init__(self, numbers: Sequence[int]) -> None:
        """Begin at the first one."""
        self.numbers = list(numbers)
        self.place = 0
        self.furthest = 0  # place that was ever shown

    def current(self) -> int | None:
        """Return the number of the message shown."""
        return self.numbers[self.place] if self.place < len(self.numbers) else None

    def ahead(self, count: int) -> list[int]:
        """Return the message shown and up to ``count`` behind it."""
        return self.numbers[self.place : self.place + 1 + count]

    def move(self, step: int) -> bool:
        """Show another one, ``step`` places on; False when there is no such place."""
        wanted = self.place + step
        if not 0 <= wanted <= len(self.numbers):
            return False
        self.place = wanted
        self.furthest = max(self.furthest, wanted)
        return True

    def remaining(self) -> int:
        """Return how many messages are behind the last one that was ever shown."""
        return len(self.numbers) - self.furthest - 1

    def show(self, number: int) -> None:
        """Show a certain message, which is put in here unless it is known."""
        if number in self.numbers:
            self.place = self.numbers.index(number)
        else:
            self.numbers.insert(self.place, number)
            self.furthest += 1

    def drop(self, number: int) -> None:
        """Take a message out; the one behind it is shown if it was."""
        place = self.numbers.index(number)
        del self.numbers[place]
        self.place -= place < self.place
        self.furthest -= place < self.furthest

    def replace_after(self, kept: int, numbers: Sequence[int]) -> None:
        """Keep ``kept`` messages and put others behind them."""
        self.numbers[kept:] = numbers
