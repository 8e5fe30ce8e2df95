from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.assist.quiet import first_moment, last_moment, next_moment_to_speak, next_time_of_day
from jeeves.types import DailySpan, Restraint

LONDON = ZoneInfo("Europe/London")  # 2026: clocks forward 29 March 01:00 UTC, back 25 October 01:00 UTC
NEW_YORK = ZoneInfo("America/New_York")
SANTIAGO = ZoneInfo("America/Santiago")  # changes at midnight: 2026-09-06 has no 00:00
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # changes by half an hour
ZONES = [LONDON, NEW_YORK, SANTIAGO, LORD_HOWE, ZoneInfo("Asia/Kolkata"), ZoneInfo("Asia/Beirut"), UTC]
NIGHT = Restraint(quiet_hours=DailySpan(start=time(22), end=time(7)))
WORKDAYS = Restraint(working_days=frozenset(range(5)))


def span(start: str, end: str) -> Restraint:
    return Restraint(quiet_hours=DailySpan(start=time.fromisoformat(start), end=time.fromisoformat(end)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-01-13 21:59", "2026-01-13 21:59"),
        ("2026-01-13 22:00", "2026-01-14 07:00"),
        ("2026-01-14 03:00", "2026-01-14 07:00"),
        ("2026-01-14 06:59", "2026-01-14 07:00"),
        ("2026-01-14 07:00", "2026-01-14 07:00"),
        ("2026-07-14 21:00", "2026-07-15 06:00"),  # 22:00 by the clock in summer
    ],
)
def test_quiet_hours_that_span_midnight_end_in_the_morning(moment: str, expected: str) -> None:
    assert next_moment_to_speak(at(moment), NIGHT, LONDON) == at(expected)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("2026-01-13 12:59", "2026-01-13 12:59"), ("2026-01-13 13:00", "2026-01-13 14:00")],
)
def test_quiet_hours_within_a_day(moment: str, expected: str) -> None:
    assert next_moment_to_speak(at(moment), span("13:00", "14:00"), LONDON) == at(expected)


@pytest.mark.parametrize(
    ("evening", "morning"),
    [
        ("2026-03-28 23:00", "2026-03-29 06:00"),  # the night is an hour shorter
        ("2026-10-24 22:00", "2026-10-25 07:00"),  # ... and an hour longer
    ],
)
def test_the_morning_comes_by_the_clock_on_the_wall_when_the_clocks_change(evening: str, morning: str) -> None:
    assert next_moment_to_speak(at(evening), NIGHT, LONDON) == at(morning)


@pytest.mark.parametrize(
    ("hours", "moment", "expected"),
    [
        # forward, 01:00 to 02:00 is left out: the jump stands for every moment in it
        (("23:00", "01:30"), "2026-03-29 00:30", "2026-03-29 01:00"),
        (("01:30", "05:00"), "2026-03-29 00:59", "2026-03-29 00:59"),
        (("01:30", "05:00"), "2026-03-29 01:00", "2026-03-29 04:00"),
        (("01:10", "01:50"), "2026-03-29 01:00", "2026-03-29 01:00"),
        # back, 01:00 to 02:00 comes twice: from the first start to the last end
        (("23:00", "01:30"), "2026-10-25 00:30", "2026-10-25 01:30"),
        (("23:00", "01:30"), "2026-10-25 01:30", "2026-10-25 01:30"),
        (("01:30", "05:00"), "2026-10-25 00:29", "2026-10-25 00:29"),
        (("01:30", "05:00"), "2026-10-25 01:10", "2026-10-25 05:00"),
        (("01:10", "01:50"), "2026-10-25 00:55", "2026-10-25 01:50"),
    ],
)
def test_quiet_hours_that_begin_or_end_within_the_change(hours: tuple[str, str], moment: str, expected: str) -> None:
    assert next_moment_to_speak(at(moment), span(*hours), LONDON) == at(expected)


def test_a_day_off_is_quiet_as_a_whole_and_the_night_after_it_too() -> None:
    both = Restraint(quiet_hours=NIGHT.quiet_hours, working_days=WORKDAYS.working_days)
    friday_night, monday = at("2026-01-16 23:00"), at("2026-01-19 07:00")
    assert next_moment_to_speak(friday_night, both, LONDON) == monday
    assert next_moment_to_speak(at("2026-01-17 12:00"), WORKDAYS, LONDON) == at("2026-01-19 00:00")
    assert next_moment_to_speak(at("2026-01-16 23:59"), WORKDAYS, LONDON) == at("2026-01-16 23:59")


def test_a_day_off_is_told_by_the_owners_calendar() -> None:
    saturday_in_utc = at("2026-01-17 03:00")  # Friday evening in New York
    assert next_moment_to_speak(saturday_in_utc, WORKDAYS, NEW_YORK) == saturday_in_utc


def test_a_day_that_begins_with_a_jump_begins_there() -> None:
    assert first_moment(date(2026, 9, 6), time(), SANTIAGO) == at("2026-09-06 04:00")
    saturday_off = Restraint(working_days=frozenset({6}))
    assert next_moment_to_speak(at("2026-09-05 12:00"), saturday_off, SANTIAGO) == at("2026-09-06 04:00")


def test_a_change_of_half_an_hour() -> None:
    # 2026-10-04: 02:00 becomes 02:30
    assert next_moment_to_speak(at("2026-10-03 15:00"), span("22:00", "02:15"), LORD_HOWE) == at("2026-10-03 15:30")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-01-13 17:59", "2026-01-13 18:00"),
        ("2026-01-13 18:00", "2026-01-14 18:00"),
        ("2026-07-13 17:30", "2026-07-14 17:00"),
    ],
)
def test_the_hour_of_the_digest(moment: str, expected: str) -> None:
    assert next_time_of_day(at(moment), time(18), LONDON) == at(expected)


def test_the_hour_of_the_digest_in_a_change_of_the_clocks() -> None:
    assert next_time_of_day(at("2026-03-29 00:00"), time(1, 30), LONDON) == at("2026-03-29 01:00")
    assert next_time_of_day(at("2026-10-25 00:00"), time(1, 30), LONDON) == at("2026-10-25 00:30")


moments = st.integers(0, 5 * 365 * 86_400).map(lambda second: at("2024-01-01 00:00") + timedelta(seconds=second))
near_changes = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes),
    st.sampled_from([at("2026-03-29 01:00"), at("2026-10-25 01:00"), at("2026-09-06 04:00"), at("2026-10-03 15:30")]),
    st.integers(-2_000, 2_000),
)
times = st.times().map(lambda each: each.replace(second=0, microsecond=0))
spans = st.tuples(times, times).filter(lambda pair: pair[0] != pair[1])
restraints = st.builds(
    lambda pair, days: Restraint(quiet_hours=pair and DailySpan(start=pair[0], end=pair[1]), working_days=days),
    st.none() | spans,
    st.frozensets(st.integers(0, 6), min_size=1),
)


@given(moments | near_changes, restraints, st.sampled_from(ZONES))
def test_the_moment_found_is_never_early_never_quiet_and_stays(
    moment: datetime, restraint: Restraint, zone: ZoneInfo
) -> None:
    found = next_moment_to_speak(moment, restraint, zone)
    assert moment <= found <= moment + timedelta(days=16)
    assert next_moment_to_speak(found, restraint, zone) == found
    assert found.astimezone(zone).weekday() in restraint.working_days


@given(moments | near_changes, spans, st.sampled_from(ZONES))
def test_nothing_is_said_while_the_clock_shows_a_quiet_hour(
    moment: datetime, pair: tuple[time, time], zone: ZoneInfo
) -> None:
    start, end = pair
    shown = next_moment_to_speak(moment, Restraint(quiet_hours=DailySpan(start=start, end=end)), zone).astimezone(zone)
    wall = shown.time().replace(second=0, microsecond=0)
    assert not (start <= wall < end if start < end else wall >= start or wall < end)


@given(moments | near_changes, restraints, st.sampled_from(ZONES))
def test_speaking_comes_no_later_for_a_moment_that_is_no_later(
    moment: datetime, restraint: Restraint, zone: ZoneInfo
) -> None:
    earlier = moment - timedelta(minutes=17)
    assert next_moment_to_speak(earlier, restraint, zone) <= next_moment_to_speak(moment, restraint, zone)


@given(st.dates(date(2024, 1, 1), date(2028, 12, 31)), times, st.sampled_from(ZONES))
def test_an_hour_of_any_day_has_a_first_and_a_last_moment_at_most_an_hour_apart(
    day: date, hour: time, zone: ZoneInfo
) -> None:
    first, last = first_moment(day, hour, zone), last_moment(day, hour, zone)
    assert timedelta(0) <= last - first <= timedelta(hours=1)
    assert last.astimezone(zone).time() >= hour or last.astimezone(zone).date() > day
