"""The contest of methods: each with a small grid, all on the same thread-grouped folds and the same features.

Lives here: the contestants, the folds, one method's round. Must not live here: files, corpora, wording, drawing.

Every method ranks the messages of a fold that took no part in its training. Scores of different folds, and of
different methods, have no common scale, so each becomes its rank within its fold; the folds are alike by
stratification. The best point of a grid is chosen on the same ranks that are reported: that flatters all methods
alike, and a little.
"""

from __future__ import annotations

import pickle
import warnings
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.stats import rankdata
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import AdaBoostClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

from jeeves.ml.evaluate import Scored, average_precision, drawn
from jeeves.ml.message_features import MessageFeatures
from jeeves.ml.train import FOLDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]
    Places = NDArray[np.intp]

COMPONENTS: Final = 100  # of the truncated singular value decomposition
FEW_COLUMNS: Final = 1_000  # kept for trees, by chi-squared
DENSE_COLUMNS: Final = 300  # kept where every zero costs memory
TIMED: Final = 200  # messages scored to see how long one takes
_MOST_ITERATIONS: Final = 5_000


class Preparation(StrEnum):
    """What happens to the features before a method sees them; fitted inside each fold."""

    NONE = "all features"
    NON_NEGATIVE = "all features, negative ones as zero"
    COMPONENTS = "100 components"
    SELECTED = "1,000 best features"
    SELECTED_DENSE = "300 best features"


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One contestant."""

    name: str
    preparation: Preparation
    build: Callable[..., Any]  # (seed, **setting) -> unfitted scikit-learn classifier
    grid: tuple[Mapping[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A corpus as the contest needs it; all of one length."""

    documents: Sequence[str]  # what ``features.document`` made of each message
    labels: Booleans
    weights: Floats  # 0: learned from, never counted
    threads: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """How one method did."""

    setting: Mapping[str, float]  # best point of its grid, by average precision
    scored: Scored  # ranks within the fold, 0 .. 1, in place of probabilities
    seconds_to_train: float  # on the whole corpus, features included
    milliseconds_per_message: float  # features included
    megabytes: float  # of everything needed to score, pickled and compressed


METHODS: Final = (
    Method(
        name="logistic regression",
        preparation=Preparation.NONE,
        build=lambda seed, **setting: LogisticRegression(max_iter=_MOST_ITERATIONS, random_state=seed, **setting),
        grid=tuple({"C": penalty} for penalty in (1.0, 10.0, 100.0)),
    ),
    Method(
        name="Gaussian NB",
        preparation=Preparation.COMPONENTS,
        build=lambda _seed, **setting: GaussianNB(**setting),
        grid=tuple({"var_smoothing": share} for share in (1e-9, 1e-3, 1e-1)),
    ),
    Method(
        name="multinomial NB",
        preparation=Preparation.NON_NEGATIVE,
        build=lambda _seed, **setting: MultinomialNB(**setting),
        grid=tuple({"alpha": smoothing} for smoothing in (0.01, 0.1, 1.0)),
    ),
    Method(
        name="Bernoulli NB",
        preparation=Preparation.NONE,
        build=lambda _seed, **setting: BernoulliNB(**setting),
        grid=tuple({"alpha": smoothing} for smoothing in (0.01, 0.1, 1.0)),
    ),
    Method(
        name="linear SVC",
        preparation=Preparation.NONE,
        build=lambda seed, **setting: LinearSVC(max_iter=_MOST_ITERATIONS, random_state=seed, **setting),
        grid=tuple({"C": penalty} for penalty in (0.1, 1.0, 10.0)),
    ),
    Method(
        name="RBF SVC",
        preparation=Preparation.COMPONENTS,
        build=lambda seed, **setting: SVC(kernel="rbf", gamma="scale", random_state=seed, **setting),
        grid=tuple({"C": penalty} for penalty in (1.0, 10.0, 100.0)),
    ),
    Method(
        name="random forest",
        preparation=Preparation.SELECTED,
        build=lambda seed, **setting: RandomForestClassifier(n_estimators=200, random_state=seed, **setting),
        grid=tuple({"min_samples_leaf": leaf} for leaf in (1, 3)),
    ),
    Method(
        name="AdaBoost",
        preparation=Preparation.SELECTED,
        build=lambda seed, max_depth, **setting: AdaBoostClassifier(
            DecisionTreeClassifier(max_depth=max_depth), n_estimators=100, random_state=seed, **setting
        ),
        grid=({"max_depth": 1, "learning_rate": 1.0}, {"max_depth": 2, "learning_rate": 0.5}),
    ),
    Method(
        name="gradient boosting",
        preparation=Preparation.SELECTED_DENSE,
        build=lambda seed, **setting: HistGradientBoostingClassifier(
            early_stopping=False, random_state=seed, max_leaf_nodes=15, min_samples_leaf=10, **setting
        ),
        grid=({"learning_rate": 0.1, "max_iter": 100}, {"learning_rate": 0.05, "max_iter": 200}),
    ),
)


def features_step() -> MessageFeatures:
    """Return the unfitted features all methods share: documents to rows."""
    return MessageFeatures()


class Ground:
    """The folds, with features and preparations computed once for all methods, when first asked for."""

    def __init__(self, labelled: Labelled, *, seed: int) -> None:
        """Split ``labelled`` by thread; the same ``seed`` gives the same folds."""
        self.labelled = labelled
        self.seed = seed
        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
        self.folds: list[tuple[Places, Places]] = list(
            folds.split(labelled.documents, labelled.labels, labelled.threads)
        )
        self._prepared: dict[tuple[int, Preparation], tuple[Any, Any]] = {}

    def prepared(self, fold: int, preparation: Preparation) -> tuple[Any, Any]:
        """Return the matrices to learn from and to judge by."""
        if (fold, preparation) not in self._prepared:
            self._prepared[fold, preparation] = self._prepare(fold, preparation)
        return self._prepared[fold, preparation]

    def _prepare(self, fold: int, preparation: Preparation) -> tuple[Any, Any]:
        learn, judge = self.folds[fold]
        if preparation is Preparation.NONE:
            step, documents = features_step(), self.labelled.documents
            return (
                step.fit_transform([documents[place] for place in learn]),
                step.transform([documents[place] for place in judge]),
            )
        learned, judged = self.prepared(fold, Preparation.NONE)
        for step in _steps(preparation, columns=learned.shape[1], seed=self.seed):
            learned, judged = step.fit_transform(learned, self.labelled.labels[learn]), step.transform(judged)
        return learned, judged


def compete(
    method: Method, ground: Ground, *, timer: Callable[[], float], progress: Callable[[int, int], None]
) -> Round:
    """Let ``method`` try its grid on every fold, then train its best point on everything.

    ``timer`` gives seconds that only ever rise; ``progress`` hears (models trained, models in all).
    """
    # One thread for all, so that times compare and a busy machine does not wait for its own threads. A contestant
    # that does not converge, or meets constant columns, shows it in its figures.
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ranked = _ranked(method, ground, progress)
        best = max(range(len(ranked)), key=lambda point: _quality(ranked[point]))
        timed = _timed(method, method.grid[best], ground, timer)
    progress(len(method.grid) * FOLDS + 1, len(method.grid) * FOLDS + 1)
    return Round(
        setting=method.grid[best],
        scored=ranked[best],
        seconds_to_train=timed[0],
        milliseconds_per_message=timed[1],
        megabytes=timed[2],
    )


def _ranked(method: Method, ground: Ground, progress: Callable[[int, int], None]) -> list[Scored]:
    """Return, for each point of the grid, every message's rank by a model that saw none of its thread."""
    labels = ground.labelled.labels
    ranks = np.zeros((len(method.grid), len(labels)))
    for fold, (learn, judge) in enumerate(ground.folds):
        learned, judged = ground.prepared(fold, method.preparation)
        for point, setting in enumerate(method.grid):
            estimator = method.build(ground.seed, **setting).fit(learned, labels[learn])
            ranks[point, judge] = rankdata(_scores(estimator, judged)) / len(judge)
            progress(fold * len(method.grid) + point + 1, len(method.grid) * FOLDS + 1)
    return [Scored(labels=labels, probabilities=row, weights=ground.labelled.weights) for row in ranks]


def _quality(scored: Scored) -> float:
    return float(average_precision(scored, drawn(scored).weights[np.newaxis])[0])


def _scores(estimator: Any, rows: Any) -> Floats:  # noqa: ANN401 - scikit-learn ships no types
    if hasattr(estimator, "decision_function"):
        return np.asarray(estimator.decision_function(rows), dtype=np.float64)
    return np.asarray(estimator.predict_proba(rows)[:, 1], dtype=np.float64)


def _timed(
    method: Method, setting: Mapping[str, float], ground: Ground, timer: Callable[[], float]
) -> tuple[float, float, float]:
    """Return seconds to train on everything, milliseconds to score a message, megabytes of what that takes."""
    labelled = ground.labelled
    began = timer()
    features = features_step()
    rows = features.fit_transform(labelled.documents)
    steps = _steps(method.preparation, columns=rows.shape[1], seed=ground.seed)
    for step in steps:
        rows = step.fit_transform(rows, labelled.labels)
    estimator = method.build(ground.seed, **setting).fit(rows, labelled.labels)
    trained = timer()
    some = labelled.documents[:TIMED]
    rows = features.transform(some)
    for step in steps:
        rows = step.transform(rows)
    _scores(estimator, rows)
    scored = timer()
    size = len(zlib.compress(pickle.dumps((features, steps, estimator)), level=6))
    return trained - began, (scored - trained) / len(some) * 1_000, size / 1_000_000


def _steps(preparation: Preparation, *, columns: int, seed: int) -> list[Any]:
    """Return the unfitted steps of ``preparation`` for a matrix of ``columns`` columns."""
    non_negative = FunctionTransformer(_without_negatives)
    match preparation:
        case Preparation.NONE:
            return []
        case Preparation.NON_NEGATIVE:
            return [non_negative]
        case Preparation.COMPONENTS:
            return [TruncatedSVD(min(COMPONENTS, columns), random_state=seed)]
        case Preparation.SELECTED:
            return [non_negative, SelectKBest(chi2, k=min(FEW_COLUMNS, columns))]
        case Preparation.SELECTED_DENSE:
            return [non_negative, SelectKBest(chi2, k=min(DENSE_COLUMNS, columns)), FunctionTransformer(_dense)]


def _without_negatives(rows: Any) -> Any:  # noqa: ANN401 - scipy ships no types
    return rows.maximum(0)


def _dense(rows: Any) -> Any:  # noqa: ANN401 - scipy ships no types
    return rows.toarray()
