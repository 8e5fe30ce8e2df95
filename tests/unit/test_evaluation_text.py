from __future__ import annotations

import json

from jeeves.actions.evaluate import Evaluation, evaluate
from jeeves.cli.evaluation_text import as_data, lines
from tests.unit.actions.judged import THRESHOLD, Reader, labelled

HOSTILE = "\x1b[31mred\x1b[0m\x9b2J" + "w" * 200


def evaluation(*, weight: float = 1.0) -> Evaluation:
    corpus = [labelled(number / 50, number > 30, id=f"m{number}", source="work") for number in range(50)]
    corpus.append(labelled(0.99, 0, id=HOSTILE, source=HOSTILE, sender=HOSTILE, weight=weight))
    return evaluate(Reader(), corpus, threshold=THRESHOLD, seed=1)


def test_no_line_is_wider_than_a_terminal_or_steers_it() -> None:
    for line in lines(evaluation(weight=3_000_000), senders=True):
        assert len(line) <= 80
        assert line.isprintable()


def test_the_figures_the_owner_asked_for_can_be_read_off() -> None:
    text = "\n".join(lines(evaluation(weight=2), senders=False))
    for wanted in (
        "area under the ROC curve",
        "average precision",
        "recall at 50 alerts per 1,000",
        "recall at 100 alerts per 1,000",
        "Brier score",
        "at natural prevalence",
        "95 % intervals",
    ):
        assert wanted in text


def test_a_corpus_without_weights_gets_one_column() -> None:
    assert "natural" not in "\n".join(lines(evaluation(), senders=False))


def test_addresses_are_shown_only_when_allowed() -> None:
    assert "ann@example.org" in "\n".join(lines(evaluation(), senders=True))
    assert "ann@example.org" not in "\n".join(lines(evaluation(), senders=False))
    assert "ann@example.org" not in json.dumps(as_data(evaluation()))


def test_the_json_form_is_strict_json_with_the_estimates() -> None:
    data = json.loads(json.dumps(as_data(evaluation(weight=2)), allow_nan=False))
    assert data["messages"] == 51
    assert data["confusion"]["hits"] + data["confusion"]["misses"] == data["positives"] == 19
    assert data["as_drawn"]["roc_auc"]["low"] <= data["as_drawn"]["roc_auc"]["estimate"]
    assert data["most_wrong"][0] == {"id": HOSTILE, "probability": 0.99, "label": 0}
