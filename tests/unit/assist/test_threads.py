from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.assist.meeting_times import begins_by, ends_at
from jeeves.assist.threads import advance, is_owners, seen_at
from jeeves.types import Invite, Message, Owner, Person, PlaceState, ThreadState, When
from tests.unit.records import NOON, message, prediction

NEW = ThreadState(thread_key="t")
BERLIN = ZoneInfo("Europe/Berlin")
WANTED, OTHER = prediction(), prediction(needs_place=False, probability=0.01, sentence="")
START = datetime(2026, 5, 14, 10, 30, tzinfo=UTC)
LUNCH = "Shall we have lunch on Thursday at 12:30?"
OWNER = Owner(address="me@example.com", zone=UTC, max_age=timedelta(hours=12), channel="console")
GERMAN = replace(OWNER, zone=BERLIN)
ME = Person(name="Sam Field", address="me@example.com")
ADA = Person(name="Ada Holm", address="ada@example.org")


def after(*messages: Message, state: ThreadState = NEW) -> ThreadState:
    """Return the state after messages of which the first one wants a place."""
    for number, each in enumerate(messages):
        state = advance(state, each, WANTED if number == 0 else OTHER, OWNER)
    return state


def later(text: str, *, hours: float = 1, **changes: object) -> Message:
    moment = NOON + timedelta(hours=hours)
    return message(text=text, sent_at=moment, received_at=moment, **changes)


def test_a_proposal_without_a_place_opens_the_thread_with_its_time_and_words() -> None:
    opened = advance(NEW, message(), WANTED, GERMAN)

    assert (opened.place_state, opened.proposal, opened.opened_at, opened.as_of) == (PlaceState.OPEN, 1, NOON, NOON)
    assert opened.when == When(day=date(2026, 5, 14), at=START)
    assert opened.words == LUNCH


def test_a_second_message_of_the_same_proposal_opens_no_other() -> None:
    opened = after(message())

    again = advance(opened, later("Thursday suits me. Where shall we go?"), WANTED, OWNER)

    assert (again.place_state, again.proposal) == (PlaceState.OPEN, 1)


@pytest.mark.parametrize(
    "text", ["The report is attached.", "Works for me", "Let me check and get back to you.", "👍", ""]
)
def test_what_says_nothing_of_a_place_changes_nothing(text: str) -> None:
    opened = after(message())

    assert advance(opened, later(text), OTHER, OWNER) == opened
    assert advance(NEW, message(text=text, subject="Hello"), OTHER, OWNER).place_state is PlaceState.NONE


def test_a_named_place_settles_and_the_next_wish_is_a_new_proposal() -> None:
    settled = after(message(), later("Let's go to lunch at Marcello's then."))
    reopened = advance(settled, later("Marcello's is closed, where else?", hours=2), WANTED, OWNER)

    assert (settled.place_state, settled.place) == (PlaceState.SETTLED, "at Marcello's")
    assert settled.words == "Let's go to lunch at Marcello's then."
    assert (reopened.place_state, reopened.proposal) == (PlaceState.OPEN, 2)
    assert reopened.opened_at == NOON + timedelta(hours=2)


def test_a_place_that_will_not_do_opens_it_again_even_if_the_classifier_misses_it() -> None:
    settled = after(message(), later("Let's go to lunch at Marcello's then."))

    reopened = advance(settled, later("Oh no, Marcello's is closed on Thursdays.", hours=2), OTHER, OWNER)

    assert (reopened.place_state, reopened.proposal) == (PlaceState.OPEN, 2)


def test_a_place_is_a_place_even_if_the_classifier_takes_it_for_a_wish() -> None:
    said = later("Gladly! Let's meet at Luigi's.", sender=ME)

    assert advance(after(message()), said, WANTED, OWNER).place_state is PlaceState.SETTLED


def test_the_owners_own_sent_mail_settles() -> None:
    sent = later("The Beanery on Mill Road?", sender=ME, recipients=(ADA,))

    assert after(message(), sent).place_state is PlaceState.SETTLED


@pytest.mark.parametrize(
    "text",
    [
        "Just call me on Thursday instead.",
        "Let's do it over Zoom.",
        "https://meet.google.com/abc-defg-hij",
        "Können wir lieber telefonieren?",
        "Faisons-le plutôt en visio.",
    ],
)
def test_a_call_makes_it_remote(text: str) -> None:
    assert after(message(), later(text)).place_state is PlaceState.REMOTE


@pytest.mark.parametrize(
    "text",
    [
        "So sorry, I have to cancel.",
        "Lunch is off, I'm afraid.",
        "I can't make it after all.",
        "Ich muss leider absagen.",
        "No puedo, otro día será.",
    ],
)
def test_a_cancellation_calls_it_off(text: str) -> None:
    assert after(message(), later(text)).place_state is PlaceState.OFF


def test_another_time_is_no_cancellation() -> None:
    moved = after(message(), later("Can't make Thursday, sorry. How about Friday, same time?"))

    assert moved.place_state is PlaceState.OPEN
    assert moved.when == When(day=date(2026, 5, 15), at=datetime(2026, 5, 15, 12, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("invite", "expected"),
    [
        (Invite(method="REQUEST", location="Café Central"), PlaceState.SETTLED),
        (Invite(method="REQUEST", conference="https://zoom.us/j/1"), PlaceState.REMOTE),
        (Invite(method="REQUEST", location="https://teams.microsoft.com/l/1"), PlaceState.REMOTE),
        (Invite(method="REQUEST", location="https://example.org/agenda"), PlaceState.OPEN),
        (Invite(method="REQUEST", location="Microsoft Teams Meeting"), PlaceState.REMOTE),
        (Invite(method="CANCEL", location="Café Central"), PlaceState.OFF),
        (Invite(method="REPLY", partstat="DECLINED"), PlaceState.OFF),
        (Invite(method="REPLY", partstat="ACCEPTED"), PlaceState.OPEN),
        (Invite(method="REQUEST"), PlaceState.OPEN),
    ],
)
def test_an_invite_says_where_and_whether(invite: Invite, expected: PlaceState) -> None:
    assert after(message(), later("", invite=invite)).place_state is expected


def test_the_time_of_an_invite_is_the_time() -> None:
    whole_day = Invite(method="REQUEST", start=datetime(2026, 5, 15, tzinfo=UTC), end=datetime(2026, 5, 16, tzinfo=UTC))
    moment = Invite(method="REQUEST", start=START, end=START + timedelta(hours=1))

    assert advance(NEW, message(text="", invite=whole_day), WANTED, OWNER).when == When(day=date(2026, 5, 15))
    assert advance(NEW, message(text="", invite=moment), WANTED, OWNER).when == When(day=START.date(), at=START)


def test_a_message_that_comes_late_changes_nothing_decided_after_it() -> None:
    closed = advance(after(message(), later("At Marcello's.")), later("It is closed. Where?", hours=3), WANTED, OWNER)

    assert advance(closed, later("Marcello's, yes!", hours=2), OTHER, OWNER) == closed


def test_an_automatic_reply_changes_nothing() -> None:
    opened = after(message())
    away = later("I am out of the office. In urgent cases call me.", subject="Automatic reply: Thursday")

    assert advance(opened, away, OTHER, OWNER) == opened


@pytest.mark.parametrize("state", [PlaceState.OPEN, PlaceState.SETTLED, PlaceState.REMOTE])
def test_what_went_by_is_past(state: PlaceState) -> None:
    thread = replace(NEW, place_state=state, proposal=1, when=When(day=START.date(), at=START))

    assert seen_at(thread, START + timedelta(hours=2), BERLIN) == thread
    assert seen_at(thread, START + timedelta(hours=3), BERLIN).place_state is PlaceState.PAST


def test_what_the_clock_did_is_not_put_down_to_a_message_that_says_nothing() -> None:
    opened = after(message())

    assert advance(opened, later("How was your weekend?", hours=99), OTHER, OWNER) == opened


@pytest.mark.parametrize("state", [PlaceState.NONE, PlaceState.OFF, PlaceState.PAST])
def test_what_never_was_does_not_become_past(state: PlaceState) -> None:
    thread = replace(NEW, place_state=state, when=When(day=START.date()))

    assert seen_at(thread, START + timedelta(days=9), BERLIN) == thread


def test_a_day_without_hour_ends_at_midnight_of_the_owners_zone_also_when_the_clocks_change() -> None:
    assert ends_at(When(day=date(2026, 10, 25)), BERLIN) == datetime(2026, 10, 25, 23, 0, tzinfo=UTC)
    assert begins_by(When(day=date(2026, 3, 29)), BERLIN) == datetime(2026, 3, 29, 22, 0, tzinfo=UTC)


def test_after_it_is_past_a_wish_is_a_new_proposal() -> None:
    opened = after(message())

    again = advance(opened, later("Shall we have dinner on Monday?", hours=72), WANTED, OWNER)

    assert (again.place_state, again.proposal) == (PlaceState.OPEN, 2)


def test_the_day_is_the_writers_where_their_clock_differs() -> None:
    late = datetime(2026, 5, 12, 2, 0, tzinfo=UTC)  # the evening before in New York
    written = message(text="Lunch tomorrow?", sent_at=late, received_at=late, sent_offset=-240)

    assert advance(NEW, written, prediction(sentence="Lunch tomorrow?"), GERMAN).when == When(day=date(2026, 5, 12))


def test_a_date_field_far_from_the_arrival_names_no_day() -> None:
    wrong = message(text=LUNCH, sent_at=NOON - timedelta(days=20), received_at=NOON)

    assert advance(NEW, wrong, WANTED, OWNER).when is None


@given(st.text(max_size=300), st.text(max_size=40), st.booleans(), st.sampled_from(PlaceState))
def test_no_text_breaks_it(text: str, subject: str, wanted: bool, state: PlaceState) -> None:  # noqa: FBT001 - hypothesis
    thread = replace(NEW, place_state=state, proposal=1)

    result = advance(thread, message(text=text, subject=subject), prediction(needs_place=wanted, sentence=text), GERMAN)

    assert result.proposal in {1, 2}
    assert len(result.words) <= 300


@pytest.mark.parametrize(
    "text",
    [
        "at the Lamb ",
        " ",
        "Aa ",
        "a. ",
        "12.3.4 ",
        "on monday ",
        "'s ",
        "come over to my ",
        "thanks so much for ",
        "x",
        "a-",
        "rue de la de la ",
        "half past ",
        "12 A B C ",
        "war ein sehr so echt ",
    ],
)
@pytest.mark.timeout(40)
def test_text_made_to_be_slow_is_not(text: str) -> None:
    hostile = later(text * 30_000, subject=text * 300)

    for prediction_ in (WANTED, OTHER):
        assert advance(after(message()), hostile, prediction_, OWNER).proposal == 1


def test_mail_between_the_owners_own_addresses_is_the_owners() -> None:
    both = replace(OWNER, other_addresses=frozenset({"me@example.com", "me@work.example"}))
    from_work = message(sender=Person(address="me@work.example"))

    assert is_owners(from_work, both)
    assert not is_owners(from_work, OWNER)
    assert not is_owners(message(sender=Person(address="")), replace(both, address=""))
