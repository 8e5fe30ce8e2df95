from __future__ import annotations

from datetime import timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from hypothesis import given
from hypothesis import strategies as st

from jeeves.daemon.rhythm import Rhythm, follow_clock_put_back
from tests.unit.records import NOON

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@given(st.integers(0, 60 * 365 * 24))
def test_however_long_a_sleep_was_the_next_turn_lies_ahead_and_not_far(minutes: int) -> None:
    now = NOON + minutes * MINUTE
    assert now < Rhythm(5 * MINUTE).get_next_fire_time(NOON, now) <= now + 5 * MINUTE


def test_turns_keep_their_distance() -> None:
    assert Rhythm(5 * MINUTE).get_next_fire_time(NOON, NOON + MINUTE) == NOON + 5 * MINUTE


def test_a_clock_put_back_brings_every_job_back_that_it_had_put_off_and_no_other() -> None:
    scheduler = BackgroundScheduler(timezone="UTC")
    for name, every, ahead in (("beat", MINUTE, HOUR), ("audit", 24 * HOUR, HOUR), ("look", HOUR, HOUR)):
        scheduler.add_job(print, Rhythm(every), id=name, next_run_time=NOON + ahead)
    scheduler.start(paused=True)
    try:
        follow_clock_put_back(scheduler, NOON)
        turns = {job.id: job.next_run_time for job in scheduler.get_jobs()}
    finally:
        scheduler.shutdown()

    assert turns == {"beat": NOON, "audit": NOON + HOUR, "look": NOON + HOUR}
