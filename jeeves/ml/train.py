"""From labelled documents to a fitted pipeline and its threshold.

Lives here: the choice of the hyper-parameters by cross-validation that never splits a thread, the threshold from
the same out-of-fold probabilities, the final fit. Must not live here: how a message becomes a document
(``features``), files (``artifact``), where examples come from.

Out-of-fold means: each probability comes from a model that saw no message of that thread. The settings and the
threshold are chosen on those same probabilities, and the corpus is not a mailbox: the figures of a card are kind,
``docs/decisions/0003-classifier-simple-form.md`` says how kind.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import Pipeline

from jeeves.errors import NotEnoughLabels
from jeeves.ml.evaluate import Scored, choose_threshold, measure
from jeeves.ml.features import analyse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from jeeves.types import Example

FOLDS: Final = 5
LEAST_OF_EACH: Final = 20  # threads with positives and threads with negatives; fewer make the folds a lottery
NGRAM_RANGE: Final = (1, 3)
LEAST_DOCUMENTS: Final = (2, 3)  # an n-gram in fewer documents than this is somebody's name, not a habit of speech
INVERSE_PENALTIES: Final = (3.0, 10.0, 30.0, 100.0, 300.0)
MISS_COST: Final = 8.0  # false alarms an owner would bear to be spared one missed get-together
MAILBOX_PREVALENCE: Final = 0.04  # share of positives in ordinary mail; training corpora hold many more
MOST_ITERATIONS: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HyperParameters:
    """One point of the grid."""

    least_documents: int  # TfidfVectorizer's min_df
    inverse_penalty: float  # LogisticRegression's C


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A fitted pipeline and all that is known of it."""

    pipeline: Pipeline  # documents -> probabilities; steps "tfidf" and "logistic_regression"
    threshold: float  # 0 .. 1
    metrics: Mapping[str, float]  # out-of-fold, see ``evaluate.measure``
    hyper_parameters: Mapping[str, object]
    trained_on: Mapping[str, int]  # examples, positives, threads


def train(
    examples: Sequence[Example], *, seed: int, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> Trained:
    """Fit the classifier to ``examples``; the same examples and ``seed`` give the same model.

    ``progress`` hears (folds done, folds in all). Raises NotEnoughLabels when a class is missing or too rare to
    cross-validate.
    """
    _demand_enough(examples)
    labels = np.array([example.label for example in examples], dtype=np.bool_)
    weights = np.array([example.weight for example in examples], dtype=np.float64)
    probabilities = _out_of_fold(examples, labels, weights, seed=seed, progress=progress)
    best = min(probabilities, key=lambda point: log_loss(labels, probabilities[point], sample_weight=weights))
    scored = Scored(labels=labels, probabilities=probabilities[best], weights=weights)
    threshold = choose_threshold(scored, miss_cost=MISS_COST, prevalence=MAILBOX_PREVALENCE)
    pipeline = Pipeline([("tfidf", _vectoriser(best)), ("logistic_regression", _regression(best))])
    _fit(pipeline, [example.document for example in examples], labels, logistic_regression__sample_weight=weights)
    return Trained(
        pipeline=pipeline,
        threshold=threshold,
        metrics=measure(scored, threshold),
        hyper_parameters={
            "ngram_range": list(NGRAM_RANGE),
            "min_df": best.least_documents,
            "C": best.inverse_penalty,
            "sublinear_tf": True,
            "folds": FOLDS,
            "miss_cost": MISS_COST,
            "mailbox_prevalence": MAILBOX_PREVALENCE,
            "seed": seed,
        },
        trained_on={
            "examples": len(examples),
            "positives": int(labels.sum()),
            "threads": len({example.thread_key for example in examples}),
        },
    )


def _demand_enough(examples: Sequence[Example]) -> None:
    for label, name in ((True, "need a place"), (False, "do not need a place")):
        threads = {example.thread_key for example in examples if example.label is label}
        if len(threads) < LEAST_OF_EACH:
            raise NotEnoughLabels(
                f"there are only {len(threads)} labelled conversations that {name}; {LEAST_OF_EACH} are needed",
                advice="Label more messages of that kind, then train again.",
            )


def _grid() -> Iterator[HyperParameters]:
    for least_documents in LEAST_DOCUMENTS:
        for inverse_penalty in INVERSE_PENALTIES:
            yield HyperParameters(least_documents=least_documents, inverse_penalty=inverse_penalty)


def _out_of_fold(
    examples: Sequence[Example],
    labels: NDArray[np.bool_],
    weights: NDArray[np.float64],
    *,
    seed: int,
    progress: Callable[[int, int], None],
) -> dict[HyperParameters, NDArray[np.float64]]:
    """Return, for each point of the grid, every example's probability by a model that saw none of its thread."""
    documents = np.array([example.document for example in examples], dtype=object)
    threads = [example.thread_key for example in examples]
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    probabilities = {point: np.zeros(len(examples)) for point in _grid()}
    for done, (learn, judge) in enumerate(folds.split(documents, labels, threads), start=1):
        for least_documents in LEAST_DOCUMENTS:
            points = [point for point in probabilities if point.least_documents == least_documents]
            vectoriser = _vectoriser(points[0])
            learned, judged = vectoriser.fit_transform(documents[learn]), vectoriser.transform(documents[judge])
            for point in points:
                regression = _regression(point)
                _fit(regression, learned, labels[learn], sample_weight=weights[learn])
                probabilities[point][judge] = regression.predict_proba(judged)[:, 1]
        progress(done, FOLDS)
    return probabilities


def _vectoriser(point: HyperParameters) -> TfidfVectorizer:
    return TfidfVectorizer(
        tokenizer=analyse,
        token_pattern=None,
        lowercase=False,
        ngram_range=NGRAM_RANGE,
        min_df=point.least_documents,
        sublinear_tf=True,
    )


def _regression(point: HyperParameters) -> LogisticRegression:
    """Unweighted by class, so that a probability means what it says at the prevalence trained on."""
    return LogisticRegression(C=point.inverse_penalty, max_iter=MOST_ITERATIONS)


def _fit(estimator: Pipeline | LogisticRegression, *arguments: object, **parameters: object) -> None:
    """Fit in place, and take no half-converged solution for an answer."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        estimator.fit(*arguments, **parameters)
