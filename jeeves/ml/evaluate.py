"""How good a set of probabilities is, and where to draw the line.

Lives here: figures computed from labels, probabilities and weights, and the choice of the threshold. Must not live
here: training, input or output, how sure a figure is (``intervals``). Everything is a pure function of its arguments.

Every figure has one definition, for a table of weights: one row per reading of the same messages. A card reads them
once; the bootstrap a thousand times, which is why nothing here goes through the messages one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]
    Places = NDArray[np.intp]

PER_THOUSAND: Final = 1_000
BUDGETS: Final = (50, 100)  # alerts per thousand messages an owner may be asked to bear
UNWEIGHTED: Final = "_unweighted"  # ends the name of a figure that counts each message once, however it was drawn
_LEAST_PROBABILITY: Final = float(np.finfo(np.float64).eps)  # keeps the log loss of a sure mistake finite


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Messages whose answer is known, and what a model said of them."""

    labels: Booleans  # True: needs a place
    probabilities: Floats  # 0 .. 1
    weights: Floats  # messages each one stands for; 1 when the sample is the population; 0 counts in no figure

    def of(self, chosen: Booleans) -> Scored:
        """Return the messages for which ``chosen`` is true."""
        return Scored(
            labels=self.labels[chosen], probabilities=self.probabilities[chosen], weights=self.weights[chosen]
        )


def measure(scored: Scored, threshold: float) -> dict[str, float]:
    """Return the figures of a model card, each under its full name.

    Both classes must be present among the messages of weight above 0. The figures ending in ``_unweighted`` count
    each of those once. Precision is 1 when nothing reaches ``threshold``.
    """
    weighted = figures(scored, threshold, scored.weights[np.newaxis])
    unweighted = figures(scored, threshold, drawn(scored).weights[np.newaxis])
    named = weighted | {name + UNWEIGHTED: unweighted[name] for name in ("average_precision", "roc_auc")}
    return {name: float(values[0]) for name, values in named.items()}


def drawn(scored: Scored) -> Scored:
    """Return the messages as they were drawn: each of weight above 0 counts once, the others not at all."""
    return replace(scored, weights=(scored.weights > 0).astype(np.float64))


def figures(scored: Scored, threshold: float, weights: Floats) -> dict[str, Floats]:
    """Return every figure by name, one value per row of ``weights`` (rows, messages); ``scored.weights`` is not read.

    A figure that a row cannot give, for want of positives or of negatives, is NaN there.
    """
    alerted = scored.probabilities >= threshold
    everything = weights.sum(axis=1)
    positives, alerts = weights[:, scored.labels].sum(axis=1), weights[:, alerted].sum(axis=1)
    hits = weights[:, alerted & scored.labels].sum(axis=1)
    likely = np.clip(np.where(scored.labels, scored.probabilities, 1 - scored.probabilities), _LEAST_PROBABILITY, 1)
    return {
        "average_precision": average_precision(scored, weights),
        "roc_auc": roc_auc(scored, weights),
        "log_loss": _share(weights @ -np.log(likely), everything),
        "brier_score": _share(weights @ (scored.probabilities - scored.labels) ** 2, everything),
        "prevalence": _share(positives, everything),
        "precision_at_threshold": _share(hits, alerts, when_none=1.0),
        "recall_at_threshold": _share(hits, positives),
        "alerts_per_1000_at_threshold": _share(alerts * PER_THOUSAND, everything),
    } | {
        f"recall_at_{budget}_alerts_per_1000": recall_within_budget(scored, weights, alerts_per_thousand=budget)
        for budget in BUDGETS
    }


def average_precision(scored: Scored, weights: Floats) -> Floats:
    """Return the average precision for each row of ``weights``, NaN where a row holds no positive.

    The sum of precision times gain in recall over the distinct probabilities (scikit-learn user guide, 3.4.4.4.1).
    """
    alerts, hits = cumulated(scored, weights)
    gains = np.diff(hits, axis=1, prepend=0.0)
    return _share((gains * _share(hits, alerts, when_none=0.0)).sum(axis=1), hits[:, -1])


def roc_auc(scored: Scored, weights: Floats) -> Floats:
    """Return the area under the ROC curve for each row of ``weights``, NaN where a row holds one class only.

    That is the chance that a positive is held likelier than a negative, a tie counting half.
    """
    alerts, hits = cumulated(scored, weights)
    false_alarms = alerts - hits
    heights = hits - np.diff(hits, axis=1, prepend=0.0) / 2
    area = (np.diff(false_alarms, axis=1, prepend=0.0) * heights).sum(axis=1)
    return _share(area, hits[:, -1] * false_alarms[:, -1])


def recall_within(scored: Scored, alerts_per_thousand: float) -> float:
    """Return the share of positives among the likeliest ``alerts_per_thousand`` of each thousand messages.

    Equal probabilities are taken together, in part where the budget ends among them, so that the order of the
    input does not matter.
    """
    recall = recall_within_budget(scored, scored.weights[np.newaxis], alerts_per_thousand=alerts_per_thousand)
    return float(recall[0])


def recall_within_budget(scored: Scored, weights: Floats, *, alerts_per_thousand: float) -> Floats:
    """Return ``recall_within`` for each row of ``weights``, NaN where a row holds no positive."""
    alerts, hits = (np.pad(counts, ((0, 0), (1, 0))) for counts in cumulated(scored, weights))
    budgets = alerts[:, -1] * alerts_per_thousand / PER_THOUSAND
    found = [float(np.interp(*row)) for row in zip(budgets, alerts, hits, strict=True)]
    return _share(np.array(found), hits[:, -1])


def cumulated(scored: Scored, weights: Floats) -> tuple[Floats, Floats]:
    """Return alerts, and hits among them, down to each distinct probability, highest first: (rows, probabilities)."""
    order = np.argsort(-scored.probabilities, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scored.probabilities[order])), len(order) - 1)
    ordered = weights[:, order]
    hits = np.cumsum(ordered * scored.labels[order], axis=1)
    return np.cumsum(ordered, axis=1)[:, ends], hits[:, ends]


def _share(part: Floats, whole: Floats, *, when_none: float = np.nan) -> Floats:
    """Divide, and give ``when_none`` where ``whole`` is 0."""
    shares: Floats = np.divide(part, whole, out=np.full(part.shape, when_none), where=whole > 0)
    return shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What became of the messages whose probability lies within one range."""

    low: float  # the range: low <= probability < high, the last one up to and with 1
    high: float
    predicted: float  # mean probability, weighted
    observed: float  # share that needed a place, weighted
    messages: int  # how many the two figures rest on


def reliability(scored: Scored, *, ranges: int = 10) -> list[Calibration]:
    """Return, for each of ``ranges`` equal parts of 0 .. 1 that holds a message, promise against outcome.

    Messages of weight 0 are left out.
    """
    part_of = np.minimum((scored.probabilities * ranges).astype(np.intp), ranges - 1)
    parts = []
    for part in range(ranges):
        inside: Places = np.flatnonzero((part_of == part) & (scored.weights > 0))
        if len(inside):
            weights = scored.weights[inside]
            parts.append(
                Calibration(
                    low=part / ranges,
                    high=(part + 1) / ranges,
                    predicted=float(np.average(scored.probabilities[inside], weights=weights)),
                    observed=float(np.average(scored.labels[inside], weights=weights)),
                    messages=len(inside),
                )
            )
    return parts


def choose_threshold(scored: Scored, *, miss_cost: float, prevalence: float) -> float:
    """Return the threshold of least expected cost, a false alarm costing 1 and a miss ``miss_cost``.

    The cost is that of a mailbox in which ``prevalence`` (0 .. 1, exclusive) of the messages are positive, however
    many are in the sample (Elkan, "The Foundations of Cost-Sensitive Learning", 2001, theorem 2). The candidates
    lie half-way between neighbouring probabilities, so that the line never runs through a message; of equally cheap
    ones the highest is taken: when in doubt, silence.
    """
    return float(thresholds(scored, scored.weights[np.newaxis], miss_cost=miss_cost, prevalence=prevalence)[0])


def thresholds(scored: Scored, weights: Floats, *, miss_cost: float, prevalence: float) -> Floats:
    """Return ``choose_threshold`` for each row of ``weights``, NaN where a row lacks one of the classes."""
    alerts, hits = (np.pad(counts, ((0, 0), (1, 0))) for counts in cumulated(scored, weights))
    missed = 1.0 - _share(hits, np.broadcast_to(hits[:, -1:], hits.shape))
    false_alarms = alerts - hits
    disturbed = _share(false_alarms, np.broadcast_to(false_alarms[:, -1:], hits.shape))
    costs = miss_cost * prevalence * missed + (1.0 - prevalence) * disturbed
    values = np.unique(scored.probabilities)[::-1]
    candidates = np.concatenate(([(values[0] + 1.0) / 2], (values[:-1] + values[1:]) / 2, [values[-1]]))
    chosen = candidates[np.argmin(np.where(np.isnan(costs), np.inf, costs), axis=1)]
    return np.where(np.isnan(costs).any(axis=1), np.nan, chosen)


def threshold_within(scored: Scored, alerts_per_thousand: float, *, prevalence: float) -> float:
    """Return the lowest threshold that keeps to ``alerts_per_thousand`` in a mailbox of that ``prevalence``.

    Each class counts for its share of the mailbox, however many of it are in the sample. When even the likeliest
    messages, all of one probability, are too many, the threshold lies above them.
    """
    shares = np.where(
        scored.labels,
        prevalence / scored.weights[scored.labels].sum(),
        (1.0 - prevalence) / scored.weights[~scored.labels].sum(),
    )
    order = np.argsort(-scored.probabilities, kind="stable")
    ranked = scored.probabilities[order]
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    alerts = np.cumsum((scored.weights * shares)[order])[ends] * PER_THOUSAND
    kept = int(np.searchsorted(alerts, alerts_per_thousand, side="right"))
    values = np.concatenate(([1.0], ranked[ends], [0.0]))  # highest first
    return float((values[kept] + values[kept + 1]) / 2)
