from __future__ import annotations

import time

import pytest

from jeeves.ml.highlights import highlights
from jeeves.types import Reason


def reasons(**weights: float) -> list[Reason]:
    return [Reason(feature=name.replace("_", " "), weight=weight) for name, weight in weights.items()]


def marked(text: str, found: list[Reason]) -> list[tuple[str, bool]]:
    return [(text[each.start : each.end], each.speaks_for) for each in highlights(text, found)]


def test_words_that_speak_for_and_against_are_told_apart() -> None:
    text = "Shall we have Lunch? The invoice was paid."

    assert marked(text, reasons(lunch=1.0, invoice=-0.8)) == [("Lunch", True), ("invoice", False)]


def test_runs_of_words_are_marked_as_a_whole_wherever_they_stand() -> None:
    text = "Shall we meet? Yes, shall we!"

    assert marked(text, reasons(shall_we=1.0)) == [("Shall we", True), ("shall we", True)]


def test_a_run_broken_by_a_number_is_none() -> None:
    assert marked("dinner 5 tonight", reasons(dinner_tonight=1.0)) == []


def test_the_phrases_of_a_cue_are_marked() -> None:
    assert marked("Coffee, or get together?", [Reason(feature="cue: meal + meet", weight=2.0)]) == [
        ("Coffee", True),
        ("get together", True),
    ]


def test_neighbours_that_say_the_same_are_joined() -> None:
    assert marked("lunch together", reasons(lunch=1.0, together=0.9)) == [("lunch together", True)]
    assert marked("lunch together", reasons(lunch=1.0, together=-0.9)) == [("lunch", True), ("together", False)]


def test_what_hardly_weighs_is_not_marked() -> None:
    assert marked("lunch paid", reasons(lunch=2.0, paid=-0.3)) == [("lunch", True)]
    assert marked("lunch paid", reasons(lunch=0.1)) == []


def test_reasons_that_are_no_words_mark_nothing() -> None:
    found = [Reason(feature=name, weight=3.0) for name in ("base rate", "<day> *", "cue: after:where", "a_time", "")]

    assert marked("a day at 10:30, where?", found) == []


def test_typed_apostrophes_are_the_same_as_printed_ones() -> None:
    text = "Let\N{RIGHT SINGLE QUOTATION MARK}s meet"

    assert marked(text, [Reason(feature="let's", weight=1.0)]) == [(text[:5], True)]


@pytest.mark.parametrize("text", ["", "\n\n", "?" * 50_000, "lunch " * 20_000, "a" * 100_000, "\ud800 lunch"])
def test_any_text_is_taken_in_linear_time(text: str) -> None:
    began = time.monotonic()

    for each in highlights(text, reasons(lunch=1.0, lunch_lunch=1.0)):
        assert 0 <= each.start < each.end <= len(text)

    assert time.monotonic() - began < 20
