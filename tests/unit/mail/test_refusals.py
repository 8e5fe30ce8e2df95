from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.errors import MailAuthFailed
from jeeves.mail.refusals import LONGEST_REST, Refusals, rest_after

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FAILURE = MailAuthFailed("Refused.", advice="Mend it.")


def test_a_refused_secret_is_not_offered_again_until_it_has_rested() -> None:
    refusals = Refusals()
    refusals.note("wrong", FAILURE, NOW)

    with pytest.raises(MailAuthFailed, match="Refused") as repeated:
        refusals.check("wrong", NOW + timedelta(minutes=4))

    assert repeated.value.advice == "Mend it."
    refusals.check("wrong", NOW + timedelta(minutes=5))


def test_another_secret_is_offered_at_once() -> None:
    refusals = Refusals()
    refusals.note("wrong", FAILURE, NOW)

    refusals.check("right", NOW)


def test_a_clock_set_back_does_not_lengthen_the_rest() -> None:
    refusals = Refusals()
    refusals.note("wrong", FAILURE, NOW)

    refusals.check("wrong", NOW - timedelta(days=400))


def test_a_day_of_the_wrong_password_polled_every_minute_is_offered_a_handful_of_times() -> None:
    refusals, offered = Refusals(), 0
    for minute in range(24 * 60):
        now = NOW + timedelta(minutes=minute)
        try:
            refusals.check("wrong", now)
        except MailAuthFailed:
            continue
        offered += 1
        refusals.note("wrong", FAILURE, now)

    assert offered == 6  # 0:00, 0:05, 1:05, 7:05, 13:05, 19:05


def test_a_refusal_by_mistake_counts_for_nothing_once_a_sign_in_succeeded() -> None:
    refusals = Refusals()
    refusals.note("right", FAILURE, NOW)
    refusals.forget()
    later = NOW + timedelta(hours=1)
    refusals.note("right", FAILURE, later)

    refusals.check("right", later + timedelta(minutes=5))


def test_a_secret_that_is_no_text_of_unicode_is_told_apart_too() -> None:
    refusals = Refusals()
    refusals.note("\udcff", FAILURE, NOW)

    with pytest.raises(MailAuthFailed):
        refusals.check("\udcff", NOW)


@given(st.integers(min_value=1, max_value=10**9))
def test_rests_never_shrink_nor_exceed_the_longest(count: int) -> None:
    assert rest_after(count) <= rest_after(count + 1) <= LONGEST_REST
