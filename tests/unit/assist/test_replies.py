from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.assist.alerts import reference_for
from jeeves.assist.replies import plan_reply
from jeeves.types import Answer, ReplyPlan, Told
from tests.unit.records import NOON

KEPT_BY_TWILIO = "stop|stopall|unsubscribe|cancel|end|quit|revoke|optout|start|unstop|help|info|yes"


def told(number: int, who: str, **changes: object) -> Told:
    reference = reference_for(number)
    alert = Told(
        message_id=number,
        thread_key=f"t{number}",
        reference=reference,
        body=f'{who} suggests: lunch, Thursday 12:30. Where? "Shall we?" [{reference}]',
        told_at=NOON,
        open=True,
        answered=False,
    )
    return replace(alert, **changes)  # type: ignore[arg-type] # field names and types are the caller's business


ADA, BEN = told(1, "Ada Holm"), told(2, "Ben")  # b2, c2


def plan(text: str, *alerts: Told) -> ReplyPlan:
    return plan_reply(text, alerts, received_at=NOON + timedelta(minutes=5))


@pytest.mark.parametrize(
    "text", ["1", " 1 ", "1.", "1)", "1!", "#1", '"1"', "1\n", "\uff11", "1\ufe0f\u20e3", "\u2460"]
)
def test_a_digit_is_enough_while_one_alert_waits_for_an_answer(text: str) -> None:
    assert plan(text, ADA) == ReplyPlan(about=ADA, answer=Answer.YES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 c2", ReplyPlan(about=BEN, answer=Answer.YES)),
        ("2 C2", ReplyPlan(about=BEN, answer=Answer.NO)),
        ("2c2", ReplyPlan(about=BEN, answer=Answer.NO)),
        ("c2 2", ReplyPlan(about=BEN, answer=Answer.NO)),
        ("2. [c2]", ReplyPlan(about=BEN, answer=Answer.NO)),
        ("[c2] - 2", ReplyPlan(about=BEN, answer=Answer.NO)),
        ("1 c2 thank you", ReplyPlan(about=BEN, answer=Answer.YES)),
        ("3 c2", ReplyPlan(about=BEN, answer=Answer.SKIP, mutes=True)),
        ("4 c2 The Crown", ReplyPlan(about=BEN, answer=Answer.YES, place="The Crown")),
        ("4 c2: the crown, Mill Lane.", ReplyPlan(about=BEN, answer=Answer.YES, place="the crown, Mill Lane")),
        ("c2 4 The Crown", ReplyPlan(about=BEN, answer=Answer.YES, place="The Crown")),
        ("4\ufe0f\u20e3 c2 Café \u6771\u4eac", ReplyPlan(about=BEN, answer=Answer.YES, place="Café 東京")),
    ],
)
def test_a_reference_names_which_when_several_wait(text: str, expected: ReplyPlan) -> None:
    assert plan(text, ADA, BEN) == expected


def test_a_place_needs_no_reference_while_one_alert_waits() -> None:
    assert plan("4 The Crown", ADA) == ReplyPlan(about=ADA, answer=Answer.YES, place="The Crown")


def test_without_a_reference_the_only_one_that_is_open_or_unanswered_is_meant() -> None:
    assert plan("1", replace(ADA, answered=True), BEN).about == BEN
    assert plan("1", replace(ADA, open=False), BEN).about == BEN
    assert plan("1", replace(ADA, open=False), replace(BEN, answered=True)).about == replace(ADA, open=False)
    assert plan("1", replace(ADA, told_at=NOON - timedelta(days=3)), BEN).about == BEN


def test_a_second_thought_about_the_only_alert_counts() -> None:
    answered = replace(ADA, answered=True)
    assert plan("2", answered) == ReplyPlan(about=answered, answer=Answer.NO)


def test_muting_a_thread_takes_back_nothing_that_was_said_of_it() -> None:
    answered = replace(ADA, answered=True)
    assert plan("3 b2", answered, BEN) == ReplyPlan(about=answered, answer=None, mutes=True)


@pytest.mark.parametrize(
    ("text", "alerts", "complaint"),
    [
        (
            "1",
            (ADA, BEN),
            'Which one? b2 Ada Holm: lunch, Thursday 12:30; c2 Ben: lunch, Thursday 12:30. Answer "1 b2"',
        ),
        ("1 d2", (ADA,), "There is no alert d2. b2 Ada Holm: lunch, Thursday 12:30. Answer"),
        ("1", (), "No alert waits for an answer."),
        ("1", (replace(ADA, answered=True), replace(BEN, answered=True)), "No alert waits for an answer."),
        ("4", (ADA,), 'Which place? Answer "4 b2" and the place.'),
        ("4 b2", (ADA, BEN), 'Which place? Answer "4 b2" and the place.'),
        ("Ok thanks", (ADA,), 'Not understood. Answer 1 right, 2 wrong, 3 mute, 4 and the place: "1 b2".'),
        ("", (ADA,), "Not understood."),
    ],
)
def test_what_is_not_clear_does_nothing_and_the_owner_is_told(
    text: str, alerts: tuple[Told, ...], complaint: str
) -> None:
    made = plan(text, *alerts)
    assert made.complaint.startswith(complaint)
    assert (made.about, made.answer, made.mutes, made.place) == (None, None, False, "")


@pytest.mark.parametrize(
    "text", ["1 pm is fine", "4pm works", "4 pm", "4:30", "10", "12 b2", "5", "0", "2 beers", "1st"]
)
def test_what_a_person_would_write_to_a_person_is_no_answer(text: str) -> None:
    assert plan(text, ADA).complaint


@given(st.text(max_size=1700), st.integers(0, 12))
def test_any_text_gets_a_plan_and_a_complaint_fits_one_text_message(text: str, count: int) -> None:
    alerts = [told(number * 5_000 + 1, "Someone with a long name") for number in range(count)]
    made = plan(text, *alerts)
    assert bool(made.complaint) != (made.about is not None)
    assert len(made.complaint) <= 140
    assert len(made.place) <= 80


@given(st.sampled_from(["1", "2", "1 k9", "4", "x"]), st.integers(0, 12))
def test_nothing_we_text_tells_the_owner_to_use_a_word_that_twilio_keeps_for_itself(text: str, count: int) -> None:
    made = plan(text, *[told(number, "Ada") for number in range(1, count + 1)])
    assert not re.search(rf"\b(?:{KEPT_BY_TWILIO})\b", made.complaint, re.IGNORECASE)
