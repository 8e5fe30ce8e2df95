from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.assist.dates import Named, moment, named_time, without_days
from jeeves.assist.hours import Hour, named_hour
from jeeves.types import When

LONDON = ZoneInfo("Europe/London")
MONDAY = datetime(2026, 3, 2, 9, 14, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Coffee on Thursday?", date(2026, 3, 5)),
        ("Are you free tomorrow?", date(2026, 3, 3)),
        ("u around tmrw?", date(2026, 3, 3)),
        ("Dinner tonight?", date(2026, 3, 2)),
        ("Shall we say next Thursday?", date(2026, 3, 12)),
        ("Saturday week at noon?", date(2026, 3, 14)),
        ("Would Tuesday 9 June suit you?", date(2026, 6, 9)),
        ("Tuesday the 17th?", date(2026, 3, 17)),
        ("How about the 6th?", date(2026, 3, 6)),
        ("the 1st is good for me", date(2026, 4, 1)),
        ("Our reunion is on 16 May 2026.", date(2026, 5, 16)),
        ("Wollen wir am Samstag, den 14.3., essen gehen?", date(2026, 3, 14)),
        ("Freitagabend?", date(2026, 3, 6)),
        ("Können wir morgen telefonieren?", date(2026, 3, 3)),
        ("On déjeune vendredi ?", date(2026, 3, 6)),
        ("¿Cenamos el sábado?", date(2026, 3, 7)),
        ("Ci vediamo mercoledì?", date(2026, 3, 4)),
        ("Vamos almoçar na quarta-feira?", date(2026, 3, 4)),
        ("Zin om vrijdag te eten?", date(2026, 3, 6)),
        ("Can't do Thursday, how about Friday?", date(2026, 3, 6)),
        ("Thanks for lunch on Thursday. Dinner on Saturday?", date(2026, 3, 7)),
    ],
)
def test_the_day_that_is_meant(text: str, day: date) -> None:
    assert named_time((text,), MONDAY).day == day


@pytest.mark.parametrize(
    "text",
    [
        "Tuesday or Wednesday?",
        "Please answer by Friday.",
        "I am in Berlin until Sunday.",
        "Friday 9 June is fine",  # a Tuesday
        "Thanks again for lunch on Saturday.",
        "Guten morgen!",
        "Mum's 30th birthday is a big one.",
        "We are on the 5th floor.",
        "every Tuesday as usual",
        "sometime next week?",
        "Fancy a coffee?",
        "99 June",
        "",
    ],
)
def test_no_day_is_better_than_a_wrong_one(text: str) -> None:
    assert named_time((text,), MONDAY).day is None


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("at 7", (19, 0)),
        ("Lunch at 12.30?", (12, 30)),
        ("3:30", (15, 30)),
        ("half seven at the pub", (19, 30)),
        ("quarter to eight, dinner", (19, 45)),
        ("8ish for a pint", (20, 0)),
        ("breakfast at 8", (8, 0)),
        ("meet at 9", (9, 0)),
        ("at noon", (12, 0)),
        ("19 Uhr", (19, 0)),
        ("halb acht zum Abendessen", (19, 30)),
        ("à 14h", (14, 0)),
        ("12h30 ?", (12, 30)),
        ("a las nueve y media para cenar", (21, 30)),
        ("half zes borrel", (17, 30)),
        ("9.00 to 16.30", (9, 0)),
        ("2 pm sharp", (14, 0)),
    ],
)
def test_the_hour_that_is_meant(text: str, hour: tuple[int, int]) -> None:
    assert named_hour(text) == Hour(hour=hour[0], minute=hour[1])


@pytest.mark.parametrize(
    "text", ["at 8", "any time after 4", "before 10", "it costs £12.30", "on 19.9.", "for 14 people", "call 555-0142"]
)
def test_no_hour_is_better_than_a_wrong_one(text: str) -> None:
    assert named_hour(text) is None


def test_the_hour_of_another_day_is_left_out() -> None:
    texts = ["Shall we have dinner on Thursday?", "My flight is not until Friday noon.", "Saturday I row at 8 am."]
    assert named_time(texts, MONDAY) == Named(day=date(2026, 3, 5))


def test_the_hour_of_a_day_that_is_ruled_out_goes_with_it() -> None:
    text = "I am in town on Thursday, and my flight is not until Friday noon. Dinner?"
    assert named_time([text], MONDAY) == Named(day=date(2026, 3, 5))


def test_the_hour_after_a_day_that_is_ruled_out_stays_with_its_own_day() -> None:
    text = "I am away until Thursday, how about Friday at 7 pm?"
    assert named_time([text], MONDAY) == Named(day=date(2026, 3, 6), hour=Hour(hour=19, minute=0))


def test_the_hour_may_stand_in_a_sentence_of_its_own() -> None:
    assert named_time(["Lunch on Thursday?", "12:30 suits me."], MONDAY).hour == Hour(hour=12, minute=30)


def test_what_was_said_before_tells_the_half_of_the_day() -> None:
    assert named_time(("I'll pick you up at 7:30 on Friday",), MONDAY, "Dinner with us?").hour == Hour(
        hour=19, minute=30
    )


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [
        (date(2026, 3, 28), 10, datetime(2026, 3, 28, 10, 0, tzinfo=UTC)),
        (date(2026, 3, 29), 10, datetime(2026, 3, 29, 9, 0, tzinfo=UTC)),
        (date(2026, 3, 29), 1, datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),  # a time the clock skips
        (date(2026, 10, 25), 1, datetime(2026, 10, 25, 0, 0, tzinfo=UTC)),  # one it shows twice
        (date(2026, 10, 25), 10, datetime(2026, 10, 25, 10, 0, tzinfo=UTC)),
    ],
)
def test_a_moment_keeps_its_hour_when_the_clocks_change(day: date, hour: int, expected: datetime) -> None:
    assert moment(day, Hour(hour=hour, minute=0), MONDAY) == When(day=day, at=expected)


def test_days_are_taken_out() -> None:
    assert without_days("The Crown on Friday 6th").split() == ["The", "Crown", "on"]


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    named = named_time((text,), MONDAY)

    assert named.day is None or named.day >= MONDAY.date()
