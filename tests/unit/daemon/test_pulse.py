"""What counts as stuck."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from jeeves.daemon.pulse import Pulse, Turn
from tests.acceptance.installation import PATIENCE


class Seconds:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_nothing_under_way_is_not_stuck() -> None:
    seconds = Seconds()
    pulse = Pulse(seconds)
    seconds.now = 10_000.0
    assert pulse.stuck() == []


def test_a_task_is_stuck_once_its_time_is_over_and_no_more_when_it_has_ended() -> None:
    seconds = Seconds()
    pulse = Pulse(seconds)
    with pulse.task("delivering", within=10):
        seconds.now = 10.0
        in_time = pulse.stuck()
        seconds.now = 10.1
        late = pulse.stuck()
    assert (in_time, late, pulse.stuck()) == ([], ["delivering"], [])


def test_a_look_at_the_clock_is_a_sign_of_life() -> None:
    seconds = Seconds()
    pulse = Pulse(seconds)
    clock = pulse.clock(lambda: datetime(2026, 1, 1, tzinfo=UTC))
    with pulse.task("deciding", within=10):
        seconds.now = 9.0
        assert clock().year == 2026
        seconds.now = 18.0
        assert pulse.stuck() == []


def test_a_sign_of_one_thread_does_not_hide_that_another_is_stuck() -> None:
    seconds = Seconds()
    pulse = Pulse(seconds)
    entered, leave = threading.Event(), threading.Event()

    def hang() -> None:
        with pulse.task("watching INBOX", within=10):
            entered.set()
            leave.wait(PATIENCE)

    thread = threading.Thread(target=hang)
    thread.start()
    assert entered.wait(PATIENCE)
    with pulse.task("deciding", within=10):
        seconds.now = 11.0
        pulse.sign()
        stuck = pulse.stuck()
    leave.set()
    thread.join()

    assert stuck == ["watching INBOX"]
    assert pulse.stuck() == []


def test_a_task_within_a_task_leaves_the_outer_one_watched() -> None:
    seconds = Seconds()
    pulse = Pulse(seconds)
    with pulse.task("outer", within=10):
        with pulse.task("inner", within=100):
            seconds.now = 50.0
            assert pulse.stuck() == []
        assert pulse.stuck() == []
        seconds.now = 61.0
        assert pulse.stuck() == ["outer"]


def test_a_turn_is_taken_by_one_thread_at_a_time_and_again_by_the_same() -> None:
    turn = Turn(Pulse())
    order: list[str] = []

    def second() -> None:
        with turn:
            order.append("second")

    thread = threading.Thread(target=second)
    with turn, turn:
        thread.start()
        order.append("first")
    thread.join(PATIENCE)

    assert order == ["first", "second"]
