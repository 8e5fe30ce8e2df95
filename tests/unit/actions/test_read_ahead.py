from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from jeeves.actions.read_ahead import read_ahead

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 40.0  # seconds


def test_everything_comes_in_its_order() -> None:
    assert list(read_ahead(iter(range(100)), limit=2)) == [*range(100)]


def test_the_next_item_is_taken_while_the_last_one_is_worked_on() -> None:
    taken = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        taken.set()
        yield 2

    with closing(read_ahead(items(), limit=1)) as ahead:
        assert next(ahead) == 1
        assert taken.wait(PATIENCE)
        assert next(ahead) == 2


def test_no_more_is_taken_than_may_wait() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    for number in read_ahead(items(), limit=2):
        assert len(taken) <= number + 5  # worked on, two that wait, one in hand, one being made


def test_an_error_comes_after_what_was_there_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LookupError

    ahead = read_ahead(items(), limit=2)

    assert next(ahead) == 1
    with pytest.raises(LookupError):
        next(ahead)


def test_who_stops_early_finds_nobody_at_work_any_more() -> None:
    def items() -> Iterator[int]:
        number = 0
        while True:
            yield (number := number + 1)

    with closing(read_ahead(items(), limit=2)) as ahead:
        assert next(ahead) == 1

    for thread in threading.enumerate():
        if thread.name == "read-ahead":
            thread.join(PATIENCE)
            assert not thread.is_alive()
