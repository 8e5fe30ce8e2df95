from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from jeeves.actions.labelling import Progress, Sheet
from jeeves.cli.columns import columns_of
from jeeves.cli.labelling.outlook import outlook
from jeeves.cli.labelling.page import LONGEST_SHOWN, LONGEST_WHOLE, page_of, progress_line, whole_text
from jeeves.cli.labelling.terminal import missing_for_screen
from jeeves.ml.sampling import Strategy
from jeeves.types import Answer, Invite, ModelCard, Person, Provenance, Reason
from tests.unit.records import NOON, message

SHEET = Sheet(
    id=1,
    message=message(),
    answer=None,
    why=Strategy.LIKELY,
    probability=0.9,
    threshold=0.1,
    reasons=(
        Reason(feature="base rate", weight=-5.0),
        Reason(feature="lunch", weight=1.25),
        Reason(feature="cue: meal + proposal", weight=0.5),
    ),
)
CARD = ModelCard(
    version="own-1",
    sha256="0" * 64,
    hyper_parameters={},
    threshold=0.1,
    metrics={"average_precision": 0.63},
    trained_on={},
    trained_at=datetime(2026, 5, 1, tzinfo=UTC),
    libraries={},
    intervals={"average_precision": (0.55, 0.71)},
    provenance=Provenance(origins={"owner": 240}, starter_alone={"average_precision": 0.41}),
)
HOSTILE = "a\x1b[31mb\x1b]0;t\x07\x9b2J\u202e\r\nc\x00"


def test_a_page_says_who_when_what_and_why() -> None:
    page = page_of(SHEET, ZoneInfo("Europe/Berlin"))

    assert page.sender == "Ada Holm <ada@example.org>"
    assert page.when == "Tue 12 May 2026 14:00"
    assert page.thinks == "needs a place, sure (90% likely; speaks up from 10%)"
    assert page.because == "lunch +1.2, meal + proposal +0.5"
    assert page.shown_for == "a find that nobody has confirmed"
    assert [page.text[each.start : each.end] for each in page.highlights] == ["lunch"]
    assert (page.folded, page.answer) == ("", "")


@pytest.mark.parametrize(
    ("probability", "thinks"),
    [
        (0.11, "needs a place, hardly sure"),
        (0.3, "needs a place, fairly sure"),
        (1.0, "needs a place, sure"),
        (0.09, "needs no place, hardly sure"),
        (0.04, "needs no place, fairly sure"),
        (0.0, "needs no place, sure"),
    ],
)
def test_it_says_how_sure_jeeves_is(probability: float, thinks: str) -> None:
    assert page_of(replace(SHEET, probability=probability), UTC).thinks.startswith(f"{thinks} (")


@pytest.mark.parametrize(
    ("invite", "told"),
    [
        (Invite(summary="Lunch", start=NOON), "Lunch, Tue 12 May 2026 12:00, no place"),
        (Invite(method="CANCEL", summary="Lunch", location="Golden Lion"), "called off, Lunch, Golden Lion"),
        (Invite(conference="https://meet.example/x"), "by video"),
        (Invite(summary=HOSTILE, location=HOSTILE), "ab c, ab c"),
        (None, ""),
    ],
)
def test_an_invitation_is_told_with_its_place(invite: Invite | None, told: str) -> None:
    invited = message(invite=invite)

    assert page_of(replace(SHEET, message=invited), UTC).invite == told
    assert (f"Invite   {told}\n" in whole_text(invited, UTC)) is bool(told)


def test_nothing_is_certain() -> None:
    assert "(over 99% likely;" in page_of(replace(SHEET, probability=0.9999), UTC).thinks
    assert "(under 1% likely;" in page_of(replace(SHEET, probability=0.0), UTC).thinks


def test_no_find_is_claimed_that_is_none() -> None:
    assert page_of(replace(SHEET, probability=0.01), UTC).shown_for == "among the likeliest that wait"
    assert page_of(replace(SHEET, why=None, answer=Answer.SKIP), UTC).shown_for == ""
    assert page_of(replace(SHEET, answer=Answer.SKIP), UTC).answer == "skipped"


@pytest.mark.parametrize("strategy", [each for each in Strategy if each is not Strategy.MIXED])
def test_every_reason_to_show_a_message_has_words(strategy: Strategy) -> None:
    assert page_of(replace(SHEET, why=strategy), UTC).shown_for


def test_nothing_of_a_message_is_left_that_steers_a_terminal() -> None:
    hostile = message(
        subject=HOSTILE, text=HOSTILE, quoted=HOSTILE, sender=Person(name=HOSTILE, address=HOSTILE), recipients=()
    )
    reasons = (Reason(feature=HOSTILE, weight=2.0),)
    page = page_of(replace(SHEET, message=hostile, reasons=reasons), UTC)

    for text in (page.sender, page.subject, page.text, page.because, page.folded, whole_text(hostile, UTC)):
        assert all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize("letter", ["x", "木", "e\u0301"])
def test_no_field_is_so_long_that_it_pushes_out_another(letter: str) -> None:
    invite = Invite(method="REQUEST", summary=letter * 400, start=NOON, end=None, location="", conference="")
    letter_of_many = message(subject=letter * 400, sender=Person(name=letter * 400, address="x@y.z"), invite=invite)
    reasons = tuple(Reason(feature=f"several telling words {number}", weight=2.0) for number in range(9))
    page = page_of(replace(SHEET, message=letter_of_many, reasons=reasons), UTC)

    for text, lines in ((page.sender, 1), (page.invite, 1), (page.because, 1), (page.subject, 2)):
        assert 0 < columns_of(text) <= lines * 69
    assert "several telling words 0 +2.0" in page.because


def test_what_is_long_is_folded() -> None:
    long = message(text="word " * 10_000, quoted="one\ntwo\n")
    page = page_of(replace(SHEET, message=long), UTC)

    assert len(page.text) == LONGEST_SHOWN
    assert page.folded.startswith("▸ 45,999+ more characters and 2 quoted lines folded")
    assert whole_text(long, UTC).endswith("\n\n> one\n> two")
    assert len(whole_text(message(text="w" * 2 * LONGEST_WHOLE), UTC)) < LONGEST_WHOLE + 100


def test_a_message_without_anything_is_shown() -> None:
    empty = message(subject="", text="", sender=Person(), recipients=(), sent_at=None)
    page = page_of(replace(SHEET, message=empty, reasons=()), UTC)

    assert (page.sender, page.subject, page.text, page.because) == ("(nobody named)", "(none)", "(no text)", "")
    assert "To       nobody named" in whole_text(empty, UTC)


def test_progress_is_told_in_one_line() -> None:
    progress = Progress(labelled=1_240, positives=31, queued=9_999, searching="", found=0, place=7)

    assert progress_line(progress) == "1,240 labelled, 31 of them yes; 9,999 queued"
    assert progress_line(replace(progress, searching="lunch", found=12)).startswith("7 of 12 found; 1,240 labelled")


def test_what_labels_bring_is_told_as_far_as_it_was_measured() -> None:
    assert "240 labels moved average precision on your mail from 0.41 to 0.63 (95 %: 0.55 to 0.71)" in outlook(CARD)
    assert "less than that" in outlook(CARD)


@pytest.mark.parametrize(
    ("card", "told"),
    [
        (None, "On yours, jeeves retrain measures it."),
        (replace(CARD, provenance=Provenance()), "On other people's mail 200 answers came to 74%"),
        (replace(CARD, provenance=Provenance(origins={"owner": 240})), "what they brought was not measured"),
        (replace(CARD, metrics={}), "what they brought was not measured"),
        (replace(CARD, intervals={"average_precision": (0.4, 0.8)}), "within chance (0.40 to 0.80)"),
        (replace(CARD, metrics={"average_precision": 0.3}, intervals={}), "have not helped so far"),
    ],
)
def test_nothing_is_promised_that_was_not_measured(card: ModelCard | None, told: str) -> None:
    assert told in outlook(card)
    assert len(outlook(card)) <= 2 * 76  # two lines of the smallest screen


@pytest.mark.parametrize(
    ("is_terminal", "environment", "lacking"),
    [
        (True, {"TERM": "xterm-256color"}, ""),
        (True, {"TERM": "dumb"}, "this terminal cannot move the cursor"),
        (True, {}, "this terminal cannot move the cursor"),
        (False, {"TERM": "xterm-256color"}, "this is no terminal"),
    ],
)
def test_a_screen_needs_a_terminal_that_moves_the_cursor(
    *, is_terminal: bool, environment: dict[str, str], lacking: str
) -> None:
    assert missing_for_screen(is_terminal=is_terminal, environment=environment) == lacking


def test_a_screen_needs_textual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jeeves.cli.labelling.terminal.find_spec", lambda _name: None)

    assert missing_for_screen(is_terminal=True, environment={"TERM": "xterm"}) == "textual is not installed"


def test_the_figures_of_the_simulation_are_those_of_its_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "labelling.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith("| mixed |"))
    answers, after_200, after_500 = (row.split("|")[place].strip() for place in (2, 5, 6))

    assert f"200 answers came to {after_200} of what thousands bring, 500 to {after_500}, {answers} to 95%" in outlook(
        None
    )
