from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from jeeves.errors import NotEnoughLabels
from jeeves.ml.features import document
from jeeves.ml.fitted import Prior
from jeeves.ml.model import Model
from jeeves.ml.train import Trained, train
from jeeves.types import Example, History, Origin
from tests.unit.ml.examples import examples, message


def test_the_same_examples_and_seed_give_the_same_model(trained: Trained) -> None:
    again = train(examples(), seed=7)
    assert again.threshold == trained.threshold
    assert again.metrics == trained.metrics
    assert np.array_equal(again.fitted.regression.message_weights, trained.fitted.regression.message_weights)


def test_what_it_was_trained_on_is_counted(trained: Trained) -> None:
    counts = {"examples": 50, "positives": 25, "threads": 50, "starter": 50, "corpus": 0, "owner": 0}
    assert trained.trained_on == counts


@pytest.mark.parametrize("label", [True, False])
def test_one_class_alone_is_not_enough(label: bool) -> None:  # noqa: FBT001 - a parameter of the test
    with pytest.raises(NotEnoughLabels, match="there are 0, needed") as caught:
        train([example for example in examples() if example.label is label], seed=0)
    assert caught.value.advice


def test_many_messages_of_few_threads_are_not_enough() -> None:
    one_thread = [Example(document=each.document, label=each.label, thread_key="t") for each in examples()]
    with pytest.raises(NotEnoughLabels, match="there are 1, needed"):
        train(one_thread, seed=0)


def test_nothing_at_all_is_not_enough() -> None:
    with pytest.raises(NotEnoughLabels):
        train([], seed=0)


def test_no_thread_is_judged_by_a_model_that_saw_it() -> None:
    """Three copies of each message in one thread: labels are random, so only a leak could predict them."""
    random = np.random.default_rng(3)
    leaky = [
        Example(document=document(message(f"a unique {letters}")), label=label, thread_key=letters)
        for number in range(60)
        for label in [bool(random.integers(2))]
        for letters in ["".join(chr(97 + int(digit)) for digit in str(number))]
        for _ in range(3)
    ]
    assert train(leaky, seed=0).metrics["roc_auc"] < 0.7


def test_progress_is_told_after_each_piece_of_the_search() -> None:
    heard: list[tuple[int, int]] = []
    train(examples(), seed=0, progress=lambda done, total: heard.append((done, total)))
    assert heard == [(fits, 45) for fits in range(3, 46, 3)]


def test_messages_of_weight_zero_are_learned_from_but_count_in_no_figure() -> None:
    silent = [replace(each, weight=0.0, thread_key="silent " + each.thread_key) for each in examples()]
    wrong = [replace(each, label=not each.label) for each in silent]
    assert train([*examples(), *silent], seed=7).metrics["prevalence"] == 0.5
    assert train([*examples(), *wrong], seed=7).metrics["roc_auc"] < 0.9


def test_a_label_nobody_trusts_teaches_nothing(trained: Trained) -> None:
    wrong = [
        replace(each, label=not each.label, trust=0.0, weight=0.0, thread_key="wrong " + each.thread_key)
        for each in examples()
    ]
    assert train([*examples(), *wrong], seed=7).metrics["roc_auc"] == pytest.approx(
        trained.metrics["roc_auc"], abs=0.05
    )


def test_a_dearer_miss_lowers_the_threshold() -> None:
    noisy = [replace(each, label=each.label ^ (number % 7 == 0)) for number, each in enumerate(examples())]
    assert train(noisy, seed=7, miss_cost=100).threshold < train(noisy, seed=7, miss_cost=0.5).threshold


def test_a_budget_of_alerts_sets_the_threshold() -> None:
    noisy = [replace(each, label=each.label ^ (number % 7 == 0)) for number, each in enumerate(examples())]
    assert (
        train(noisy, seed=7, alerts_per_thousand=200).threshold < train(noisy, seed=7, alerts_per_thousand=5).threshold
    )


def test_a_few_labels_of_the_owner_move_the_model_they_start_from(trained: Trained) -> None:
    own = [
        Example(document=document(message(f"Tennis {day}?")), label=True, thread_key=f"own {day}", origin=Origin.OWNER)
        for day in ("monday", "tuesday", "next week", "tomorrow")
    ]
    grown = train([*examples(), *own], seed=7, prior=Prior(fitted=trained.fitted, threshold=trained.threshold))
    words = grown.fitted.vectoriser.names["words"].tolist()
    assert grown.trained_on["owner"] == 4
    assert set(trained.fitted.vectoriser.names["words"].tolist()) < set(words)
    assert grown.fitted.regression.message_weights[words.index("tennis")] > 0


def known(number: int, *, written: bool) -> Example:
    """Return an answer of the owner to a text that tells nothing, from somebody they wrote to, or never did."""
    letter = replace(message("Fine by me."), history=History(earlier=3, written=written))
    return Example(document=document(letter), label=written, thread_key=f"own {number}", origin=Origin.OWNER)


def test_the_owners_answers_teach_what_the_history_with_a_sender_means(trained: Trained) -> None:
    own = [known(number, written=number % 2 == 0) for number in range(30)]
    grown = train([*examples(), *own], seed=7, prior=Prior(fitted=trained.fitted, threshold=trained.threshold))
    model = Model(grown.fitted, threshold=grown.threshold, version="grown")

    [explanation] = model.explain([replace(message("Fine by me."), history=History(earlier=3, written=True))])
    weights = {reason.feature: reason.weight for reason in explanation.reasons}

    assert "you_wrote_to_the_sender" in grown.fitted.vectoriser.names["history"].tolist()
    assert weights["history: you wrote to the sender"] > 0.3
    assert explanation.log_odds == pytest.approx(sum(weights.values()))


def test_a_model_that_never_learned_of_history_scores_as_if_there_were_none(trained: Trained) -> None:
    model = Model(trained.fitted, threshold=trained.threshold, version="plain")
    stranger = message("Shall we have lunch on Friday?")
    friend = replace(stranger, history=History(earlier=9, written=True, answers_owner=True, asks=True))

    assert model.predict([friend]) == model.predict([stranger])


def test_without_labels_of_real_mail_the_prior_stands(trained: Trained) -> None:
    prior = Prior(fitted=trained.fitted, threshold=trained.threshold)
    again = train(examples(), seed=7, prior=prior)
    moved = np.abs(again.fitted.regression.message_weights - trained.fitted.regression.message_weights).max()
    assert moved < 0.2 * np.abs(trained.fitted.regression.message_weights).max()
    assert again.threshold == pytest.approx(trained.threshold)
    assert train(examples(), seed=7, prior=prior, miss_cost=80).threshold < trained.threshold
