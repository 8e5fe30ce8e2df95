from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jeeves.actions.evaluate import evaluate
from jeeves.errors import UserError
from tests.unit.actions.judged import THRESHOLD, Reader, labelled

if TYPE_CHECKING:
    from jeeves.actions.corpora import LabelledMessage


def test_an_evaluation_counts_decisions_by_source_and_sender() -> None:
    corpus = [
        labelled(0.9, 1, id="a", source="work", sender="bo@example.org"),
        labelled(0.1, 1, id="b", source="work"),
        labelled(0.8, 0, id="c", source="work"),
        labelled(0.2, 0, id="d", source="home", sender="bo@example.org"),
    ]
    evaluation = evaluate(Reader(), corpus, threshold=THRESHOLD, seed=1)

    total = evaluation.total
    assert (total.hits, total.misses, total.false_alarms, total.silences) == (1, 1, 1, 1)
    assert [(tally.name, tally.messages) for tally in evaluation.by_source] == [("work", 3), ("home", 1)]
    assert [(tally.name, tally.mistakes) for tally in evaluation.by_sender] == [
        ("ann@example.org", 2),
        ("bo@example.org", 0),
    ]
    assert evaluation.as_drawn["recall_at_threshold"].estimate == 0.5


def test_the_most_wrong_come_first() -> None:
    corpus = [labelled(0.95, 0, id="loud"), labelled(0.9, 1, id="right"), labelled(0.01, 1, id="deaf")]
    evaluation = evaluate(Reader(), corpus, threshold=THRESHOLD, seed=1)
    assert [each.id for each in evaluation.most_wrong] == ["deaf", "loud", "right"]


def test_weights_move_the_natural_figures_only_and_weight_zero_counts_nowhere() -> None:
    corpus = [
        labelled(0.9, 1, id="a"),
        labelled(0.8, 0, id="b", weight=9),
        labelled(0.7, 0, id="never drawn", weight=0),
    ]
    evaluation = evaluate(Reader(), corpus, threshold=THRESHOLD, seed=1)
    assert evaluation.weighted
    assert evaluation.total.messages == 2
    assert evaluation.as_drawn["prevalence"].estimate == 0.5
    assert evaluation.natural["prevalence"].estimate == pytest.approx(0.1)


def test_equal_thread_names_of_one_corpus_are_one_thread() -> None:
    corpus = [labelled(0.9, 1, id="a", thread="t"), labelled(0.2, 0, id="b", thread="t")]
    assert evaluate(Reader(), corpus, threshold=THRESHOLD, seed=1).threads == 1


def test_progress_ends_with_every_message() -> None:
    heard: list[tuple[int, int]] = []
    corpus = [labelled(0.5, number % 2, id=str(number)) for number in range(130)]
    evaluate(Reader(), corpus, threshold=THRESHOLD, seed=1, progress=lambda done, total: heard.append((done, total)))
    assert heard == [(64, 130), (128, 130), (130, 130)]


@pytest.mark.parametrize("corpus", [[], [labelled(0.5, 1)], [labelled(0.5, 1), labelled(0.5, 0, weight=0)]])
def test_a_corpus_with_one_answer_only_is_refused(corpus: list[LabelledMessage]) -> None:
    with pytest.raises(UserError, match=r"only one|no message"):
        evaluate(Reader(), corpus, threshold=THRESHOLD, seed=1)
