from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from jeeves.cli.labelling.prompts import label_by_prompts
from jeeves.types import Answer
from tests.integration.labelling.build import LUNCH, PAID, begin, keep, said

if TYPE_CHECKING:
    from sqlalchemy import Engine


def label(engine: Engine, *typed: str) -> str:
    told: list[str] = []
    label_by_prompts(begin(engine), [f"{each}\n" for each in typed], told.append, zone=UTC, outlook="No one knows.")
    return "\n".join(told)


def test_the_keys_of_the_screen_do_the_same(engine: Engine) -> None:
    lunch, paid = keep(engine, LUNCH, PAID)

    label(engine, "y", "n")
    assert said(engine) == {lunch: Answer.YES, paid: Answer.NO}

    told = label(engine, "u", "s", "u", "u", "u")
    assert said(engine) == {}
    assert "Nothing is left to take back." in told

    label(engine, "+", "y", "q", "n")
    assert said(engine) == {paid: Answer.YES}


def test_a_message_is_shown_with_what_moved_the_model(engine: Engine) -> None:
    keep(engine, LUNCH, quoted="Before.")

    told = label(engine, "o", "?", "nonsense")

    assert "Subject  Letter 1" in told
    assert "*lunch together*" in told
    assert "1 quoted line folded" in told
    assert "> Before." in told
    assert told.count("take the last answer back") == 2
    assert "No one knows." in told
    assert max(map(len, told.splitlines())) <= 80


def test_a_search_leads_there_and_back(engine: Engine) -> None:
    _, paid = keep(engine, LUNCH, PAID)

    told = label(engine, "/invoice", "n", "-", "/", "/unheard of")

    assert "1 found." in told
    assert "Nothing holds these words." in told
    assert said(engine) == {paid: Answer.NO}


def test_input_that_ends_ends_the_sitting(engine: Engine) -> None:
    told = label(engine)

    assert "Nothing is left to label." in told
    assert told.endswith("No one knows.")
