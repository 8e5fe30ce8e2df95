from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from jeeves.assist.reminders import due_reminder
from jeeves.types import OpenThread, PlaceState, ThreadState, When
from tests.unit.records import NOON, message

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = timedelta(hours=1)
AT_THREE = When(day=NOON.date(), at=NOON + 3 * HOURS)
STATE = ThreadState(
    thread_key="t", place_state=PlaceState.OPEN, proposal=2, when=AT_THREE, opened_at=NOON - timedelta(days=1)
)
OPENED = OpenThread(state=STATE, message_id=1, message=message(), sentence="Shall we have lunch?", reminded=False)


@pytest.mark.parametrize(("hours", "due"), [(-0.1, False), (0, True), (2.9, True), (3, False)])
def test_a_reminder_is_due_from_its_time_until_the_get_together_begins(hours: float, *, due: bool) -> None:
    assert (due_reminder(OPENED, UTC, 3 * HOURS, now=NOON + hours * HOURS) is not None) is due


def test_it_tells_what_the_alert_told_and_that_it_is_still_open() -> None:
    reminder = due_reminder(OPENED, BERLIN, 3 * HOURS, now=NOON)

    assert reminder is not None
    assert reminder.dedupe_key == "t#2!"
    assert reminder.body == (
        'Still open: Ada Holm suggests: lunch, Tue 12 May 17:00. Where? "Shall we have lunch?" [b2]'
    )


def test_a_day_without_an_hour_is_taken_to_begin_at_noon() -> None:
    someday = replace(OPENED, state=replace(STATE, when=When(day=date(2026, 5, 13))))
    nine = datetime(2026, 5, 13, 9, tzinfo=BERLIN)

    assert due_reminder(someday, BERLIN, 3 * HOURS, now=nine - HOURS) is None
    assert due_reminder(someday, BERLIN, 3 * HOURS, now=nine) is not None


@pytest.mark.parametrize(
    "opened",
    [
        replace(OPENED, reminded=True),
        replace(OPENED, state=replace(STATE, when=None)),
        replace(OPENED, state=replace(STATE, opened_at=NOON + HOURS)),
        replace(OPENED, known_at=NOON + HOURS),
    ],
    ids=["reminded before", "nobody knows when", "it has only just been proposed", "its alert had to wait till now"],
)
def test_no_reminder(opened: OpenThread) -> None:
    assert due_reminder(opened, UTC, 3 * HOURS, now=NOON + 2 * HOURS) is None


def test_nobody_is_reminded_who_does_not_want_it() -> None:
    assert due_reminder(OPENED, UTC, None, now=NOON + HOURS) is None


def test_an_alert_that_would_wait_till_after_it_keeps_no_reminder_back() -> None:
    in_the_evening = replace(OPENED, known_at=NOON + 6 * HOURS)

    assert due_reminder(in_the_evening, UTC, 3 * HOURS, now=NOON) is not None
