"""The search for the settings as anybody would write it: scikit-learn's GridSearchCV over a Pipeline.

Lives here: vectoriser and regression in scikit-learn's manner, and a search with them over the points of our grid: the
anchor of ``benchmarks.retrain`` and the peer the search is tested against. Must not live here: measuring.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from jeeves.ml import counting, fitting, search, vectors
from jeeves.ml.evidence import extract
from jeeves.ml.tellers import learned_shares, most_telling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from jeeves.ml.evidence import Evidence
    from jeeves.ml.search import Folds
    from jeeves.ml.settings import HyperParameters
    from jeeves.ml.vectors import Counted, Rows, Vectoriser
    from jeeves.ml.word_forms import WordForm
    from jeeves.types import Example

    Floats = NDArray[np.float64]

_ANALYSED_ONCE = lru_cache(maxsize=None)(extract)


class Learnable(NamedTuple):
    """What one step of the pipeline hands to the next."""

    rows: Rows
    trust: Floats
    vectoriser: Vectoriser


class Words(TransformerMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn ships no types
    """Examples to rows over the vocabulary of those it was fitted to."""

    def __init__(
        self,
        form: WordForm | None = None,
        longest: int = 3,
        rarity: int = 1,
        allowed: Mapping[WordForm, Counted] | None = None,
        *,
        analysed_once: bool = False,
    ) -> None:
        """Keep the parameters, as scikit-learn asks; ``allowed`` are the features that hold no name."""
        self.form, self.longest, self.rarity, self.allowed = form, longest, rarity, allowed
        self.analysed_once = analysed_once

    def fit_transform(self, examples: Sequence[Example], _labels: NDArray[np.bool_]) -> Learnable:
        """Choose the vocabulary and return the rows."""
        assert self.form is not None and self.allowed is not None  # noqa: S101, PT018 - set by the search
        evidence = self._evidence(examples)
        threads = [each.thread_key for each in examples]
        counted = counting.count(evidence, threads, form=self.form, names=())
        everything = np.arange(len(evidence))
        found = vectors.fit(counted, everything, form=self.form, longest=self.longest, rarity=self.rarity)
        kept = {kind: np.isin(names, self.allowed[self.form].names[kind]) for kind, names in found.names.items()}
        self.vectoriser_ = replace(
            found,
            names={kind: names[kept[kind]] for kind, names in found.names.items()},
            idf={kind: idf[kept[kind]] for kind, idf in found.idf.items()},
        )
        return self._learnable(self.vectoriser_.rows(counted, everything), examples)

    def transform(self, examples: Sequence[Example]) -> Learnable:
        """Return the rows of further examples."""
        return self._learnable(self.vectoriser_.index()(self._evidence(examples)), examples)

    def _learnable(self, rows: Rows, examples: Sequence[Example]) -> Learnable:
        return Learnable(rows, np.array([each.trust for each in examples]), self.vectoriser_)

    def _evidence(self, examples: Sequence[Example]) -> list[Evidence]:
        analyse = _ANALYSED_ONCE if self.analysed_once else extract
        return [analyse(each.document) for each in examples]


class Regression(BaseEstimator):  # type: ignore[misc] # scikit-learn ships no types
    """The pooled logistic regression."""

    def __init__(self, penalty: float = 1.0, cue_penalty: float = 1.0) -> None:
        """Keep the parameters, as scikit-learn asks."""
        self.penalty, self.cue_penalty = penalty, cue_penalty

    def fit(self, given: Learnable, labels: NDArray[np.bool_]) -> Regression:
        """Learn which sentences tell, then the weights."""
        shares = learned_shares(given.vectoriser.without_words(given.rows), labels, given.trust)
        telling = most_telling(shares, given.rows.starts)
        penalty = given.vectoriser.penalties(self.penalty, cue_penalty=self.cue_penalty)
        self.fitted_ = fitting.fit(telling.of(given.rows), labels, given.trust, penalty=penalty, shares=telling.shares)
        return self

    def decision_function(self, given: Learnable) -> Floats:
        """Return the log-odds."""
        return self.fitted_.log_odds(given.rows)


def average_precision(pipeline: Pipeline, examples: Sequence[Example], labels: NDArray[np.bool_]) -> float:
    """Return the score of one fold, as ``search.quality`` has it."""
    judged = np.array([each.weight > 0 for each in examples])
    everything = np.arange(len(labels))
    return search.quality(pipeline.decision_function(examples), labels, judged, [(everything, everything)])


def grid_search(
    examples: Sequence[Example],
    points: Sequence[HyperParameters],
    folds: Folds,
    allowed: Mapping[WordForm, Counted],
    *,
    analysed_once: bool = False,
) -> Floats:
    """Return the mean average precision of each of ``points`` by GridSearchCV, in one process.

    ``analysed_once``: the analyser remembers the documents it has seen.
    """
    grid = [
        {
            "words__form": [point.shape.form],
            "words__longest": [point.shape.longest],
            "words__rarity": [point.shape.rarity],
            "regression__penalty": [point.penalty],
            "regression__cue_penalty": [point.cue_penalty],
        }
        for point in points
    ]
    array = np.empty(len(examples), dtype=object)
    array[:] = examples
    labels = np.array([each.label for each in examples])
    pipeline = Pipeline([("words", Words(allowed=allowed, analysed_once=analysed_once)), ("regression", Regression())])
    found = GridSearchCV(pipeline, grid, scoring=average_precision, cv=list(folds), refit=False, error_score="raise")
    scores: Floats = found.fit(array, labels).cv_results_["mean_test_score"]
    return scores
