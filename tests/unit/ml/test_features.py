from __future__ import annotations

import time
from dataclasses import replace

import pytest

from jeeves.ml.features import MAX_TEXT, analyse, document
from jeeves.types import Invite, Person
from tests.unit.ml.examples import message


def tokens_of(text: str) -> list[str]:
    return analyse(document(message(text)))


def test_question_words_pronouns_and_question_marks_are_kept() -> None:
    assert tokens_of("Where should WE meet, and when can you?")[-9:] == [
        "where", "should", "we", "meet", "and", "when", "can", "you", "?",
    ]  # fmt: skip


def test_typographic_and_plain_apostrophes_are_the_same_word() -> None:
    assert tokens_of("Let’s") == tokens_of("let's")  # noqa: RUF001 - what phones type


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("https://example.org/a_b?c=d", "a_link"),
        ("www.example.org", "a_link"),
        ("https://us02web.zoom.us/j/99?pwd=x", "a_video_link"),
        ("https://meet.google.com/abc-defg-hij", "a_video_link"),
        ("https://zoom.us.example.org/j/1", "a_link"),
        ("12:30", "a_time"),
        ("2026", "a_number"),
        ("ann.lee+x@mail.example.org", "an_address"),
    ],
)
def test_things_that_never_repeat_become_one_marker(text: str, token: str) -> None:
    assert tokens_of(text)[-1] == token


def test_subject_comes_before_the_text_and_never_runs_into_it() -> None:
    tokens = analyse(document(message("on Friday", subject="Lunch")))
    assert tokens == ["lunch", "subject_end", "on", "friday"]


def test_a_sender_cannot_write_a_marker() -> None:
    assert not {"bulk_mail", "invite_without_location"} & set(tokens_of("bulk_mail invite_without_location"))


def test_quoted_text_is_not_read() -> None:
    assert "lunch" not in document(replace(message("Fine."), quoted="Lunch?"))


def test_facts_about_the_message_become_markers() -> None:
    crowd = tuple(Person(address=f"p{number}@example.org") for number in range(9))
    fact_mail = replace(message("hi", sender="no-reply@shop.example.org"), bulk=True, recipients=crowd)
    assert {"bulk_mail", "automated_sender", "many_recipients"} <= set(analyse(document(fact_mail)))
    assert not {"bulk_mail", "automated_sender", "many_recipients"} & set(tokens_of("hi"))


@pytest.mark.parametrize(
    ("invite", "marker"),
    [
        (Invite(method="REQUEST", summary="Lunch"), "invite_without_location"),
        (Invite(method="REQUEST", location="  "), "invite_without_location"),
        (Invite(method="REQUEST", location="Cafe Uno"), "invite_with_location"),
        (Invite(method="REQUEST", conference="https://zoom.us/j/1"), "invite_with_call"),
        (Invite(method="CANCEL", location="Cafe Uno"), "invite_cancelled"),
    ],
)
def test_an_invite_says_whether_it_has_a_place(invite: Invite, marker: str) -> None:
    markers = {"invite_without_location", "invite_with_location", "invite_with_call", "invite_cancelled"}
    seen = markers & set(analyse(document(replace(message(), invite=invite))))
    assert marker in seen
    assert ("invite_without_location" in seen) == (marker == "invite_without_location")


@pytest.mark.parametrize(
    "unit", ["a", "a ", "a@", "a.", "1.", "http://", "_", "a_", "'", "?", "a'", "\n", "あ", "🎉", "-@"]
)
def test_reading_is_bounded_however_long_and_odd_the_text(unit: str) -> None:
    started = time.monotonic()
    text = document(message(unit * 1_000_000, subject=unit * 1_000_000))
    analyse(text)
    assert time.monotonic() - started < 5  # quadratic reading would take minutes
    assert len(text) < 20 * MAX_TEXT
