"""How good a set of probabilities is, and where to draw the line.

Lives here: figures computed from labels, probabilities and weights, and the choice of the threshold. Must not live
here: training, input or output. Everything is a pure function of its arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]

PER_THOUSAND: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Messages whose answer is known, and what a model said of them."""

    labels: Booleans  # True: needs a place
    probabilities: Floats  # 0 .. 1
    weights: Floats  # messages each one stands for; 1 when the sample is the population


def measure(scored: Scored, threshold: float) -> dict[str, float]:
    """Return the figures of a model card, each under its full name.

    Both classes must be present. Precision is 1 when nothing reaches ``threshold``.
    """
    labels, probabilities, weights = scored.labels, scored.probabilities, scored.weights
    alerted = probabilities >= threshold
    hits = float(weights[alerted & labels].sum())
    alerts = float(weights[alerted].sum())
    return {
        "average_precision": float(average_precision_score(labels, probabilities, sample_weight=weights)),
        "roc_auc": float(roc_auc_score(labels, probabilities, sample_weight=weights)),
        "log_loss": float(log_loss(labels, probabilities, sample_weight=weights, labels=[False, True])),
        "prevalence": float(weights[labels].sum() / weights.sum()),
        "precision_at_threshold": hits / alerts if alerts else 1.0,
        "recall_at_threshold": hits / float(weights[labels].sum()),
        "alerts_per_1000_at_threshold": alerts / float(weights.sum()) * PER_THOUSAND,
        "recall_at_50_alerts_per_1000": recall_within(scored, 50),
        "recall_at_100_alerts_per_1000": recall_within(scored, 100),
    }


def recall_within(scored: Scored, alerts_per_thousand: float) -> float:
    """Return the share of positives among the likeliest ``alerts_per_thousand`` of each thousand messages.

    Equal probabilities are taken together, in part where the budget ends among them, so that the order of the
    input does not matter.
    """
    order = np.argsort(-scored.probabilities, kind="stable")
    ranked = scored.probabilities[order]
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    alerts = np.cumsum(scored.weights[order])[ends]
    hits = np.cumsum(np.where(scored.labels, scored.weights, 0.0)[order])[ends]
    budget = alerts[-1] * alerts_per_thousand / PER_THOUSAND
    return float(np.interp(budget, np.append(0.0, alerts), np.append(0.0, hits)) / hits[-1])


def choose_threshold(scored: Scored, *, miss_cost: float, prevalence: float) -> float:
    """Return the threshold of least expected cost, a false alarm costing 1 and a miss ``miss_cost``.

    The cost is that of a mailbox in which ``prevalence`` (0 .. 1, exclusive) of the messages are positive, however
    many are in the sample (Elkan, "The Foundations of Cost-Sensitive Learning", 2001, theorem 2). The candidates
    lie half-way between neighbouring probabilities, so that the line never runs through a message; of equally cheap
    ones the highest is taken: when in doubt, silence.
    """
    positives, negatives = (scored.weights[scored.labels].sum(), scored.weights[~scored.labels].sum())
    values = np.unique(scored.probabilities)
    candidates = np.concatenate(([values[0]], (values[:-1] + values[1:]) / 2, [(values[-1] + 1.0) / 2]))
    costs = [
        miss_cost * prevalence * _missed(scored, line) / positives
        + (1.0 - prevalence) * _false_alarms(scored, line) / negatives
        for line in candidates
    ]
    return float(candidates[len(costs) - 1 - int(np.argmin(costs[::-1]))])


def _false_alarms(scored: Scored, threshold: float) -> float:
    return float(scored.weights[~scored.labels & (scored.probabilities >= threshold)].sum())


def _missed(scored: Scored, threshold: float) -> float:
    return float(scored.weights[scored.labels & (scored.probabilities < threshold)].sum())
