from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.assist.alerts import compose, decide_alert, expiry, message_id_of, reference_for, shorten
from jeeves.types import Alert, Owner, Person, PlaceState, StoredMessage, Suppressed, ThreadState, When
from tests.unit.records import NOON, message, prediction, stored

HALF_A_DAY = timedelta(hours=12)
OPEN = ThreadState(thread_key="t", place_state=PlaceState.OPEN, proposal=1)


def decide(message_: StoredMessage, *, needs_place: bool = True, hours_later: float = 0) -> Alert | Suppressed:
    return decide_alert(
        message_,
        prediction(needs_place=needs_place),
        OPEN,
        Owner(address="Me@example.com", zone=UTC, max_age=timedelta(hours=12), channel="console"),
        now=NOON + timedelta(hours=hours_later),
    )


def test_a_fresh_proposal_without_a_place_is_an_alert_keyed_by_thread_and_proposal() -> None:
    alert = decide(stored(7))
    assert isinstance(alert, Alert)
    assert alert.dedupe_key == "t#1"
    assert alert.body.endswith(f"[{alert.reference}]")


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        (decide(stored(), needs_place=False), "no_place_needed"),
        (decide(stored(), hours_later=12.01), "too_old"),
        (decide(stored(sender=Person(address="me@example.com"))), "own_message"),
    ],
)
def test_silence_has_a_reason(decision: Alert | Suppressed, reason: str) -> None:
    assert decision == Suppressed(reason=reason)


def test_the_alert_says_who_what_when_and_the_sentence() -> None:
    when = When(day=date(2026, 5, 14), at=datetime(2026, 5, 14, 10, 30, tzinfo=UTC))
    assert compose(message(), prediction(), "b2", ZoneInfo("Europe/Berlin"), when) == (
        'Ada Holm suggests: lunch, Thu 14 May 12:30. Where? "Shall we have lunch on Thursday at 12:30?" [b2]'
    )


def test_a_day_without_an_hour_is_told_without_one() -> None:
    body = compose(message(), prediction(), "b2", UTC, When(day=date(2026, 5, 14)))
    assert body.startswith("Ada Holm suggests: lunch, Thu 14 May. Where? ")


def test_an_unknown_what_and_when_are_left_out() -> None:
    text = "Could we get together before you leave?"
    body = compose(message(subject="Hello", text=text), prediction(sentence=text), "b2", UTC)
    assert body == f'Ada Holm wants to meet. Where? "{text}" [b2]'


def test_a_time_that_is_no_day_is_told_in_its_own_words() -> None:
    text = "Shall we have lunch some time next week?"
    assert "suggests: lunch, some time next week. Where?" in compose(
        message(subject="", text=text), prediction(sentence=text), "b2", UTC
    )


def test_a_get_together_that_this_very_message_opened_is_told_of() -> None:
    owner = Owner(address="me@example.com", zone=UTC, max_age=HALF_A_DAY, channel="console")
    reopened = replace(OPEN, opened_at=NOON)
    assert isinstance(decide_alert(stored(), prediction(needs_place=False), reopened, owner, now=NOON), Alert)


@pytest.mark.parametrize("state", [each for each in PlaceState if each is not PlaceState.OPEN])
def test_a_get_together_that_lacks_no_place_raises_no_alert(state: PlaceState) -> None:
    owner = Owner(address="me@example.com", zone=UTC, max_age=HALF_A_DAY, channel="console")
    thread = replace(OPEN, place_state=state)
    assert decide_alert(stored(), prediction(), thread, owner, now=NOON) == Suppressed(reason=state.value)


def test_a_get_together_that_is_over_raises_no_alert() -> None:
    owner = Owner(address="me@example.com", zone=UTC, max_age=HALF_A_DAY, channel="console")
    thread = replace(OPEN, when=When(day=NOON.date(), at=NOON - timedelta(hours=4)))
    assert decide_alert(stored(), prediction(), thread, owner, now=NOON) == Suppressed(reason="past")


@pytest.mark.parametrize(
    ("when", "expires"),
    [
        (None, NOON + HALF_A_DAY),
        (When(day=date(2026, 5, 20)), NOON + HALF_A_DAY),
        (When(day=date(2026, 5, 12), at=NOON + timedelta(hours=1)), NOON + timedelta(hours=1)),
        (When(day=date(2026, 5, 12)), datetime(2026, 5, 12, 22, 0, tzinfo=UTC)),
        (When(day=date(2026, 5, 1)), NOON),
    ],
)
def test_an_alert_is_worthless_once_it_is_old_or_the_get_together_has_begun(
    when: When | None, expires: datetime
) -> None:
    owner = Owner(address="me@example.com", zone=ZoneInfo("Europe/Berlin"), max_age=HALF_A_DAY, channel="console")
    assert expiry(message(), replace(OPEN, when=when), owner, now=NOON) == expires


def test_waiting_does_not_age_an_alert() -> None:
    owner = Owner(address="me@example.com", zone=UTC, max_age=HALF_A_DAY, channel="console")
    on_hold = timedelta(hours=9)
    assert expiry(message(), OPEN, owner, now=NOON, on_hold=on_hold) == NOON + HALF_A_DAY + on_hold


def test_a_message_in_japanese_without_a_name_still_makes_an_alert() -> None:
    text = "木曜日にお会いできますか。"
    body = compose(
        message(sender=Person(address="y@example.jp"), subject="", text=text), prediction(sentence=text), "b2", UTC
    )
    assert body == f'y@example.jp wants to meet. Where? "{text}" [b2]'


@given(st.text(max_size=2000), st.text(max_size=400), st.text(max_size=400))
def test_no_mail_text_breaks_the_line_or_the_limit(sentence: str, subject: str, name: str) -> None:
    body = compose(message(sender=Person(name=name), subject=subject), prediction(sentence=sentence), "b2", UTC)
    assert len(body) <= 300
    assert not {unicodedata.category(character) for character in body} & {"Cc", "Cs", "Zl", "Zp"}
    assert body.endswith("[b2]")


def test_a_terminal_escape_in_the_name_does_not_survive() -> None:
    body = compose(message(sender=Person(name="\x1b[31mEve\x07\u202e")), prediction(), "b2", UTC)
    assert "\x1b" not in body
    assert "\u202e" not in body


@given(st.integers(1, 10**12))
def test_references_are_one_to_one(number: int) -> None:
    assert reference_for(number) != reference_for(number + 1)
    assert reference_for(number)[0].isalpha()
    assert reference_for(number)[-1].isdigit()


def test_references_of_the_first_hundred_thousand_messages_differ() -> None:
    assert len({reference_for(number) for number in range(1, 100_001)}) == 100_000
    assert reference_for(1) == "b2", UTC


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [("short", 10, "short"), ("one two three", 11, "one two..."), ("unbroken-text", 8, "unbro...")],
)
def test_shorten_cuts_at_a_word(text: str, limit: int, expected: str) -> None:
    assert shorten(text, limit) == expected


@pytest.mark.parametrize("number", [1, 2, 19, 20, 152, 153, 154, 23_256, 23_257, 10**6, 10**12])
def test_a_reference_leads_back_to_its_message(number: int) -> None:
    assert message_id_of(reference_for(number)) == number
    assert message_id_of(f" {reference_for(number).upper()} ") == number


@pytest.mark.parametrize("written", ["", "b", "b1", "a2", "2b", "b2c", "b2" * 9, "\u0662b"])
def test_what_is_no_reference_leads_nowhere(written: str) -> None:
    assert message_id_of(written) is None
