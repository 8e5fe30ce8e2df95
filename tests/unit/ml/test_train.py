from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from jeeves.errors import NotEnoughLabels
from jeeves.ml import train as training
from jeeves.ml.train import Trained, train
from jeeves.types import Example
from tests.unit.ml.examples import examples


def test_the_same_examples_and_seed_give_the_same_model(trained: Trained) -> None:
    again = train(examples(), seed=7)
    assert again.threshold == trained.threshold
    assert again.metrics == trained.metrics
    assert np.array_equal(again.pipeline[-1].coef_, trained.pipeline[-1].coef_)


def test_what_it_was_trained_on_is_counted(trained: Trained) -> None:
    assert trained.trained_on == {"examples": 50, "positives": 25, "threads": 50}


@pytest.mark.parametrize("label", [True, False])
def test_one_class_alone_is_not_enough(label: bool) -> None:  # noqa: FBT001 - a parameter of the test
    with pytest.raises(NotEnoughLabels, match="only 0 labelled") as caught:
        train([example for example in examples() if example.label is label], seed=0)
    assert caught.value.advice


def test_many_messages_of_few_threads_are_not_enough() -> None:
    one_thread = [Example(document=each.document, label=each.label, thread_key="t") for each in examples()]
    with pytest.raises(NotEnoughLabels, match="only 1 labelled"):
        train(one_thread, seed=0)


def test_nothing_at_all_is_not_enough() -> None:
    with pytest.raises(NotEnoughLabels):
        train([], seed=0)


def test_no_thread_is_judged_by_a_model_that_saw_it() -> None:
    """Three copies of each message in one thread: labels are random, so only a leak could predict them."""
    random = np.random.default_rng(3)
    leaky = [
        Example(document=f"subject_end unique{letters}", label=label, thread_key=letters)
        for number in range(60)
        for label in [bool(random.integers(2))]
        for letters in ["".join(chr(97 + int(digit)) for digit in str(number))]
        for _ in range(3)
    ]
    assert train(leaky, seed=0).metrics["roc_auc"] < 0.7


def test_progress_is_told_after_each_fold() -> None:
    heard: list[tuple[int, int]] = []
    train(examples(), seed=0, progress=lambda done, total: heard.append((done, total)))
    assert heard == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_a_fit_that_does_not_converge_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "MOST_ITERATIONS", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # even where the caller silences warnings
        with pytest.raises(ConvergenceWarning):
            train(examples(), seed=0)
