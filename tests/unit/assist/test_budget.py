from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.assist.budget import longest_window, when_to_tell, within_budget
from jeeves.types import DailySpan, Held, Raised, Restraint
from tests.unit.records import NOON

TWO_A_DAY = Restraint(budget_per_day=2)
HOUR = timedelta(hours=1)


def raised(*probabilities: float, held: Held = Held.NO, hours_ago: float = 1) -> list[Raised]:
    return [Raised(at=NOON - hours_ago * HOUR, probability=each, held=held) for each in probabilities]


def test_without_a_budget_everything_goes_out() -> None:
    assert within_budget(0.01, raised(*[0.99] * 500), Restraint(), NOON)
    assert longest_window(Restraint()) is None


def test_within_the_budget_even_the_least_sure_goes_out() -> None:
    assert within_budget(0.01, raised(0.99), TWO_A_DAY, NOON)


@pytest.mark.parametrize(("probability", "goes"), [(0.95, True), (0.85, True), (0.8, False), (0.5, False)])
def test_beyond_the_budget_only_the_surest_go_out(probability: float, *, goes: bool) -> None:
    assert within_budget(probability, raised(0.9, 0.8), TWO_A_DAY, NOON) is goes


def test_what_was_left_to_the_digest_uses_up_no_budget_but_is_compared_with() -> None:
    left = raised(0.9, 0.9, held=Held.BUDGET)
    assert within_budget(0.5, [*left, *raised(0.6)], TWO_A_DAY, NOON)
    assert not within_budget(0.85, [*left, *raised(0.6, 0.6)], TWO_A_DAY, NOON)


def test_surer_and_surer_ones_end_at_twice_the_budget() -> None:
    assert within_budget(0.99, raised(0.6, 0.7, 0.8), TWO_A_DAY, NOON)
    assert not within_budget(0.99, raised(0.6, 0.7, 0.8, 0.9), TWO_A_DAY, NOON)


def test_what_is_older_than_the_window_counts_no_more() -> None:
    assert within_budget(0.1, raised(0.9, 0.9, hours_ago=24), TWO_A_DAY, NOON)


def test_the_week_has_a_budget_of_its_own() -> None:
    both = Restraint(budget_per_day=2, budget_per_week=3)
    earlier = raised(0.9, 0.9, 0.9, hours_ago=100)
    assert not within_budget(0.5, earlier, both, NOON)
    assert within_budget(0.95, earlier, both, NOON)
    assert longest_window(both) == timedelta(days=7)
    assert longest_window(TWO_A_DAY) == timedelta(days=1)


@given(st.lists(st.floats(0, 1), max_size=40), st.integers(1, 5))
def test_a_day_never_brings_more_than_twice_the_budget_nor_less_than_it(
    probabilities: list[float], budget: int
) -> None:
    restraint, seen = Restraint(budget_per_day=budget), list[Raised]()
    for probability in probabilities:
        goes = within_budget(probability, seen, restraint, NOON)
        seen.append(Raised(at=NOON - HOUR, probability=probability, held=Held.NO if goes else Held.BUDGET))
    told = sum(each.held is Held.NO for each in seen)
    assert min(budget, len(probabilities)) <= told <= 2 * budget


@given(st.lists(st.floats(0, 1), max_size=10), st.floats(0, 1), st.floats(0, 1))
def test_a_surer_alert_goes_out_where_a_less_sure_one_does(past: list[float], one: float, other: float) -> None:
    seen, less, more = raised(*past), min(one, other), max(one, other)
    assert within_budget(more, seen, TWO_A_DAY, NOON) or not within_budget(less, seen, TWO_A_DAY, NOON)


QUIET = Restraint(quiet_hours=DailySpan(start=time(11), end=time(13)), budget_per_day=2)


@pytest.mark.parametrize(
    ("restraint", "seen", "expected"),
    [
        (Restraint(), [], (NOON, Held.NO)),
        (QUIET, [], (NOON + HOUR, Held.QUIET)),
        (QUIET, raised(0.9, 0.9), (NOON + 6 * HOUR, Held.BUDGET)),
        (TWO_A_DAY, raised(0.9, 0.9), (NOON + 6 * HOUR, Held.BUDGET)),
    ],
)
def test_when_an_alert_is_told(restraint: Restraint, seen: list[Raised], expected: tuple[datetime, Held]) -> None:
    assert when_to_tell(0.5, seen, restraint, UTC, now=NOON) == expected


def test_a_digest_whose_hour_is_quiet_waits_until_it_is_not() -> None:
    evening = Restraint(quiet_hours=DailySpan(start=time(17), end=time(7)), budget_per_day=1, digest_at=time(18))
    assert when_to_tell(0.5, raised(0.9), evening, UTC, now=NOON)[0] == NOON + 19 * HOUR
