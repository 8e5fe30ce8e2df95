"""From labelled documents to a fitted, calibrated model and its threshold.

Lives here: folds that never split a thread, calibration and threshold from the out-of-fold scores of the best setting,
the figures of the card. Must not live here: the settings and trying them (``settings``, ``search``), what the evidence
is (``evidence``), the decision function (``pooled``), files (``artifact``), where examples come from.

Out-of-fold means: each score comes from a model that saw no message of that thread. Settings, calibration and
threshold are all chosen on those same scores, so the figures of a card are kind; ``jeeves evaluate`` on mail the
model never saw is the honest one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from jeeves.errors import NotEnoughLabels
from jeeves.ml.evaluate import Scored, figures, measure, threshold_within, thresholds
from jeeves.ml.evidence import extract
from jeeves.ml.fitted import Fitted, Prior
from jeeves.ml.intervals import intervals, resampled
from jeeves.ml.search import cross_validate, fit, gather, quality
from jeeves.ml.settings import grid
from jeeves.ml.word_forms import WordForm
from jeeves.types import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from jeeves.ml.search import Folds
    from jeeves.ml.settings import HyperParameters
    from jeeves.types import Example

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]

FOLDS: Final = 5
LEAST_OF_EACH: Final = 20  # threads with positives and threads with negatives; fewer make the folds a lottery
MISS_COST: Final = 8.0  # false alarms an owner would bear to be spared one missed get-together
MAILBOX_PREVALENCE: Final = 0.04  # share of positives in ordinary mail; training corpora hold many more
_RESAMPLES: Final = 200  # of the threads, for the threshold
_LEAST_LINE: Final = 1e-6  # keeps a threshold's log-odds finite
_LEAST_SLOPE: Final = 0.05  # of the calibration; a model that ranks backwards must not be turned round by it


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A fitted model and all that is known of it."""

    fitted: Fitted
    threshold: float  # 0 .. 1
    metrics: Mapping[str, float]  # out-of-fold, see ``evaluate.measure``
    intervals: Mapping[str, tuple[float, float]]  # of the metrics, 95 %, by bootstrap over threads
    hyper_parameters: Mapping[str, object]
    trained_on: Mapping[str, int]  # examples, positives, threads, and examples by origin
    out_of_fold: Scored  # of every example in order, those of weight 0 too


def train(
    examples: Sequence[Example],
    *,
    seed: int,
    miss_cost: float = MISS_COST,
    alerts_per_thousand: float | None = None,
    prior: Prior | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Trained:
    """Fit the classifier to ``examples``; the same arguments give the same model.

    The threshold is the one of least expected cost, a miss costing ``miss_cost`` false alarms; or, if
    ``alerts_per_thousand`` is given, the one that uses up so many alerts in a thousand messages. With a ``prior`` the
    weights start from that model's and are held near them: a few labels move it, they do not replace it; and
    as long as there are too few to calibrate by, its probabilities and threshold stand.
    ``progress`` hears (fits done, fits in all). Raises NotEnoughLabels when a class is missing or too rare to
    cross-validate.
    """
    _demand_enough(examples)
    ground = _Ground(examples, prior)
    points = grid({example.origin for example in examples}, judged=int(ground.judged.sum()), form=ground.form)
    best, found = _best(ground, points, folds_of(examples, seed=seed), progress)
    slope, offset = (1.0, 0.0) if prior and not ground.has_real_mail else _calibration(found, ground)
    scored = Scored(labels=ground.labels, probabilities=expit(slope * found + offset), weights=ground.weights)
    counted = scored.of(ground.judged)
    if alerts_per_thousand is not None:
        threshold = threshold_within(counted, alerts_per_thousand, prevalence=MAILBOX_PREVALENCE)
    else:
        threshold = _cheapest(counted, ground, prior, miss_cost=miss_cost, seed=seed)
    fitted = fit(ground.material, best)
    return Trained(
        fitted=Fitted(vectoriser=fitted.vectoriser, regression=fitted.regression.calibrated(slope, offset)),
        threshold=threshold,
        metrics=measure(counted, threshold),
        intervals=_intervals(counted, threshold, ground, seed=seed),
        hyper_parameters={
            **_chosen(best),
            "settings_tried": len(points),
            "from_prior": prior is not None,
            "judged_on_real_mail": ground.has_real_mail,
            "folds": FOLDS,
            "miss_cost": miss_cost,
            "alerts_per_thousand": alerts_per_thousand or 0.0,
            "mailbox_prevalence": MAILBOX_PREVALENCE,
            "seed": seed,
        },
        trained_on=_counts(examples),
        out_of_fold=scored,
    )


def folds_of(examples: Sequence[Example], *, seed: int) -> Folds:
    """Return the documents to learn from and to judge by, ``FOLDS`` times, no thread in both."""
    labels, threads = [example.label for example in examples], [example.thread_key for example in examples]
    return list(StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(labels, labels, threads))


def score(fitted: Fitted, examples: Sequence[Example]) -> Scored:
    """Return what ``fitted`` says of ``examples``."""
    rows = fitted.vectoriser.index()([extract(example.document) for example in examples])
    return Scored(
        labels=np.array([example.label for example in examples], dtype=np.bool_),
        probabilities=expit(fitted.regression.log_odds(rows)),
        weights=np.array([example.weight for example in examples], dtype=np.float64),
    )


def _best(
    ground: _Ground, points: Sequence[HyperParameters], folds: Folds, progress: Callable[[int, int], None]
) -> tuple[HyperParameters, Floats]:
    """Return the best of ``points`` and its out-of-fold log-odds."""
    scores = cross_validate(ground.material, folds, points, progress=progress)
    chosen = int(np.argmax([quality(each, ground.labels, ground.judged, folds) for each in scores]))
    return points[chosen], scores[chosen]


def _chosen(best: HyperParameters) -> dict[str, object]:
    return {
        "penalty": best.penalty,
        "cue_penalty": best.cue_penalty,
        "form": best.shape.form.value,
        "longest": best.shape.longest,
        "rarity": best.shape.rarity,
        "starter_weight": best.starter_weight,
        "owner_weight": best.owner_weight,
    }


def _intervals(counted: Scored, threshold: float, ground: _Ground, *, seed: int) -> dict[str, tuple[float, float]]:
    found = intervals(partial(figures, counted, threshold), counted.weights, ground.judged_threads, seed=seed)
    return {name: (interval.low, interval.high) for name, interval in found.items() if np.isfinite(interval.low)}


def _cheapest(counted: Scored, ground: _Ground, prior: Prior | None, *, miss_cost: float, seed: int) -> float:
    """Return the threshold of least expected cost, on average over resamples of the threads.

    The cost hardly changes around its least value, so that one sample's best threshold is mostly chance (Breiman,
    "Bagging predictors", 1996). Where there is too little to judge by, it is the prior's, moved to this cost.
    """
    if prior and not ground.has_real_mail:
        return float(expit(logit(prior.threshold) + np.log(MISS_COST / miss_cost)))
    tables = resampled(counted.weights, ground.judged_threads, seed=seed, resamples=_RESAMPLES)
    found = [thresholds(counted, table, miss_cost=miss_cost, prevalence=MAILBOX_PREVALENCE) for table in tables]
    lines = np.concatenate(found)
    return float(expit(np.mean(logit(np.clip(lines[~np.isnan(lines)], _LEAST_LINE, 1 - _LEAST_LINE)))))


def _counts(examples: Sequence[Example]) -> dict[str, int]:
    by_origin = {str(origin): sum(each.origin is origin for each in examples) for origin in Origin}
    return {
        "examples": len(examples),
        "positives": sum(example.label for example in examples),
        "threads": len({example.thread_key for example in examples}),
        **by_origin,
    }


def _demand_enough(examples: Sequence[Example]) -> None:
    for label, name in ((True, "need a place"), (False, "do not need a place")):
        threads = {example.thread_key for example in examples if example.label is label}
        if len(threads) < LEAST_OF_EACH:
            raise NotEnoughLabels(
                f"too few labelled conversations that {name}: there are {len(threads)}, needed are {LEAST_OF_EACH}",
                advice="Label more messages of that kind, then train again.",
            )


class _Ground:
    """The examples as training sees them, from ``prior`` on or from nothing."""

    def __init__(self, examples: Sequence[Example], prior: Prior | None) -> None:
        self.labels = np.array([example.label for example in examples], dtype=np.bool_)
        self.weights = np.array([example.weight for example in examples], dtype=np.float64)
        self.threads = [example.thread_key for example in examples]
        origins = np.array([example.origin for example in examples], dtype=object)
        self.judged, self.has_real_mail = _judged(self.labels, self.weights, origins)
        self.judged_threads = [self.threads[place] for place in np.flatnonzero(self.judged)]
        self.form = prior.fitted.vectoriser.form if prior else None
        forms = tuple(WordForm) if self.form is None else (self.form,)
        self.material = gather(examples, forms=forms, prior=prior.fitted if prior else None)


def _judged(labels: Booleans, weights: Floats, origins: NDArray[np.object_]) -> tuple[Booleans, bool]:
    """Return which examples figures and choices rest on, and whether that is real mail.

    The owner's mail, or other real mail, or all there is: the nearest to the mailbox that holds enough of both
    answers. What we wrote ourselves is easier than mail.
    """
    for origin in (Origin.OWNER, Origin.CORPUS):
        chosen: Booleans = (weights > 0) & (origins == origin)
        if min(np.sum(labels[chosen]), np.sum(~labels[chosen])) >= LEAST_OF_EACH:
            return chosen, True
    everything: Booleans = weights > 0
    return everything, False


def _calibration(scores: Floats, ground: _Ground) -> tuple[float, float]:
    """Return slope and offset that make out-of-fold log-odds honest in a mailbox of ``MAILBOX_PREVALENCE``.

    Platt, "Probabilistic outputs for support vector machines", 1999, with each class weighted to its share of ordinary
    mail instead of its share of the corpus.
    """
    judged = ground.judged
    labels, weights = ground.labels[judged], ground.weights[judged]
    shares = np.where(
        labels, MAILBOX_PREVALENCE / weights[labels].sum(), (1 - MAILBOX_PREVALENCE) / weights[~labels].sum()
    )
    fitted = LogisticRegression(C=np.inf, max_iter=1_000).fit(
        scores[judged][:, None], labels, sample_weight=weights * shares * len(labels)
    )
    return max(float(fitted.coef_[0, 0]), _LEAST_SLOPE), float(fitted.intercept_[0])
