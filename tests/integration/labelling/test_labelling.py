from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, insert, select

from jeeves.actions.labelling import AHEAD
from jeeves.ml.sampling import Strategy
from jeeves.store.labels import PostgresLabels
from jeeves.store.schema import audits, predictions
from jeeves.types import Answer, LabelSource
from tests.integration.labelling.build import LUNCH, NOW, PAID, begin, keep, prepare, said
from tests.postgres import execute

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from jeeves.actions.labelling import Labelling


def number(sitting: Labelling) -> int | None:
    sheet = sitting.current()
    return None if sheet is None else sheet.id


def test_the_likeliest_comes_first_and_says_what_jeeves_thinks(engine: Engine) -> None:
    paid, lunch = keep(engine, PAID, LUNCH)

    sheet = begin(engine).current()

    assert sheet is not None
    assert (sheet.id, sheet.why, sheet.answer, sheet.needs_place) == (lunch, Strategy.LIKELY, None, True)
    assert sheet.reasons
    assert paid


def test_an_answer_is_stored_at_once_and_the_next_message_shown(engine: Engine) -> None:
    paid, lunch = keep(engine, PAID, LUNCH)
    sitting = begin(engine)

    assert sitting.answer(Answer.YES)

    assert said(engine) == {lunch: Answer.YES}
    assert number(sitting) == paid
    assert sitting.answer(Answer.SKIP)
    assert (number(sitting), sitting.answer(Answer.NO)) == (None, False)
    progress = sitting.progress()
    assert (progress.labelled, progress.positives, progress.queued, progress.place) == (1, 1, 0, 0)


def test_what_was_answered_does_not_come_again_in_another_sitting(engine: Engine) -> None:
    paid, _ = keep(engine, PAID, LUNCH)
    begin(engine).answer(Answer.YES)

    assert number(begin(engine)) == paid


def test_what_is_answered_elsewhere_meanwhile_is_not_asked_for(engine: Engine) -> None:
    lunch, paid, thanks = keep(engine, LUNCH, PAID, "Thanks.")
    sitting = begin(engine, Strategy.MIXED)
    shown = number(sitting)
    elsewhere, left = [each for each in (lunch, paid, thanks) if each != shown]
    PostgresLabels(engine).add(elsewhere, Answer.NO, LabelSource.GMAIL, now=NOW)
    prepare(sitting)

    assert sitting.answer(Answer.YES)

    assert number(sitting) == left
    assert sitting.progress().queued == 1
    assert sitting.answer(Answer.NO)
    assert (number(sitting), sitting.progress().queued) == (None, 0)
    assert said(engine)[elsewhere] is Answer.NO


def test_what_another_sitting_took_back_counts_here_no_more(engine: Engine) -> None:
    keep(engine, LUNCH)
    sitting = begin(engine)
    sitting.answer(Answer.YES)
    PostgresLabels(engine).undo(now=NOW)

    assert sitting.undo() is None

    assert sitting.progress().labelled == 0


def test_answers_of_earlier_sittings_are_taken_back_one_by_one(engine: Engine) -> None:
    first, second, third = keep(engine, LUNCH, PAID, "Thanks.")
    labels = PostgresLabels(engine)
    labels.add(first, Answer.YES, LabelSource.CLI, now=NOW)
    labels.add(second, Answer.NO, LabelSource.CLI, now=NOW)
    sitting = begin(engine)
    assert number(sitting) == third

    taken = [sitting.undo() for _ in range(3)]

    assert [None if sheet is None else sheet.id for sheet in taken] == [second, first, None]
    assert said(engine) == {}
    assert sitting.progress().queued == 3
    assert (sitting.progress().labelled, number(sitting)) == (0, first)
    assert sitting.answer(Answer.NO)
    assert said(engine) == {first: Answer.NO}


def test_going_back_shows_the_answer_and_another_one_counts(engine: Engine) -> None:
    paid, lunch = keep(engine, PAID, LUNCH)
    sitting = begin(engine)
    sitting.answer(Answer.NO)

    assert sitting.move(-1)
    sheet = sitting.current()
    assert sheet is not None
    assert (sheet.id, sheet.answer) == (lunch, Answer.NO)
    sitting.answer(Answer.YES)

    assert said(engine) == {lunch: Answer.YES}
    assert (sitting.progress().labelled, sitting.progress().positives) == (1, 1)
    assert number(sitting) == paid


def test_going_on_without_an_answer_stores_nothing_and_ends_behind_the_last(engine: Engine) -> None:
    keep(engine, PAID, LUNCH)
    sitting = begin(engine)

    assert sitting.move(1)
    assert not sitting.move(1)

    assert number(sitting) is None
    assert sitting.move(-1)
    assert not sitting.move(-2)
    assert said(engine) == {}


def test_a_search_shows_answered_messages_too_and_leads_back(engine: Engine) -> None:
    paid, lunch, thanks = keep(engine, PAID, LUNCH, "Thanks for the invoice.")
    sitting = begin(engine)
    sitting.answer(Answer.YES)
    before = number(sitting)

    assert sitting.search("lunch") == 1
    sheet = sitting.current()
    assert sheet is not None
    assert (sheet.id, sheet.answer) == (lunch, Answer.YES)
    assert sitting.progress().searching == "lunch"
    assert sitting.search("invoice") == 2
    assert number(sitting) == paid
    sitting.answer(Answer.NO)
    assert number(sitting) == thanks
    assert sitting.search("unheard of") == 0
    assert number(sitting) == thanks
    assert sitting.leave_search()

    assert not sitting.leave_search()
    assert (before, number(sitting)) == (paid, thanks)
    assert said(engine) == {lunch: Answer.YES, paid: Answer.NO}


def test_a_message_deleted_meanwhile_is_passed_over(engine: Engine, database_url: str) -> None:
    paid, _ = keep(engine, PAID, LUNCH)
    sitting = begin(engine)
    execute(database_url, "delete from messages where text like 'Shall we%'")

    assert number(sitting) == paid


def test_the_whole_message_can_be_read(engine: Engine) -> None:
    keep(engine, "x " * 30_000)
    sitting = begin(engine)

    sheet, whole = sitting.current(), sitting.whole()

    assert sheet is not None
    assert whole is not None
    assert len(sheet.message.text) < len(whole.text) == 60_000


def test_preparing_reads_ahead_and_ends(engine: Engine, database_url: str) -> None:
    keep(engine, *(f"Letter about {n}" for n in range(3 * AHEAD)))
    sitting = begin(engine)
    prepare(sitting)
    execute(database_url, "update messages set text = 'changed since'")

    shown = []
    for _ in range(AHEAD + 1):
        sheet = sitting.current()
        assert sheet is not None
        shown.append(sheet.message.text)
        sitting.move(1)

    assert "changed since" not in shown


def test_an_answer_the_model_contradicts_is_asked_for_again_once(engine: Engine) -> None:
    lunch, paid = keep(engine, LUNCH, PAID)
    labels = PostgresLabels(engine)
    labels.add(lunch, Answer.NO, LabelSource.CLI, now=NOW)
    labels.add(paid, Answer.NO, LabelSource.CLI, now=NOW)
    sitting = begin(engine, Strategy.SUSPECT)
    prepare(sitting)

    sheet = sitting.current()
    assert sheet is not None
    assert (sheet.id, sheet.why, sheet.answer) == (lunch, Strategy.SUSPECT, Answer.NO)
    sitting.answer(Answer.NO)

    again = begin(engine, Strategy.SUSPECT)
    prepare(again)
    assert number(again) is None


@pytest.mark.parametrize("strategy", list(Strategy))
def test_every_strategy_shows_every_waiting_message_at_most_once(engine: Engine, strategy: Strategy) -> None:
    numbers = keep(engine, *(f"{LUNCH} {n}" if n % 2 else f"{PAID} {n}" for n in range(30)))
    sitting = begin(engine, strategy)
    shown = []
    while (sheet := sitting.current()) is not None:
        shown.append(sheet.id)
        sitting.answer(Answer.SKIP)
        sitting.look_over()

    assert sorted(shown) == ([] if strategy is Strategy.SUSPECT else sorted(numbers))


@pytest.mark.parametrize(("strategy", "drawn"), [(Strategy.RANDOM, 2), (Strategy.LIKELY, 0)])
def test_what_is_shown_by_lot_is_written_down_as_drawn(engine: Engine, strategy: Strategy, drawn: int) -> None:
    keep(engine, LUNCH, PAID)
    sitting = begin(engine, strategy)
    sitting.answer(Answer.YES)
    sitting.answer(Answer.NO)
    sitting.undo()
    sitting.answer(Answer.YES)

    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(audits)).scalar_one() == drawn


def test_what_was_searched_for_is_not_drawn_by_lot(engine: Engine) -> None:
    keep(engine, LUNCH, PAID)
    sitting = begin(engine, Strategy.RANDOM)
    sitting.search("invoice or lunch")
    sheet = sitting.current()
    sitting.answer(Answer.YES)
    sitting.answer(Answer.NO)

    assert sheet is not None
    assert sheet.why is None
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(audits)).scalar_one() == 0


def test_the_audit_asks_first_about_what_was_classified_this_month(engine: Engine) -> None:
    classified = keep(engine, *(f"{PAID} {n}" for n in range(12)))[7]
    with engine.begin() as connection:
        connection.execute(
            insert(predictions).values(
                message_id=classified,
                model_version="m",
                probability=0.01,
                needs_place=False,
                reasons=[],
                sentence="",
                decision="suppressed",
                why="no_place_needed",
                decided_at=NOW,
            )
        )

    assert number(begin(engine, Strategy.RANDOM)) == classified
