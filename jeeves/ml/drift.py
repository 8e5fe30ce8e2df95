"""Whether the mail still looks as it did when the model was trained.

Lives here: the figures, and the sentence when one of them has moved. Must not live here: where the figures come from,
scoring, the database. Everything is a pure function of its arguments.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jeeves.types import Provenance

LEAST_MESSAGES: Final = 100  # in either period; fewer say nothing
LEAST_ANSWERS: Final = 10  # answered alerts
SHIFTED: Final = 0.25  # of the stability index: a significant shift (Siddiqi, "Credit Risk Scorecards", 2006)
TIMES: Final = 2.0  # the alert rate has doubled or halved
MANY_DEVIATIONS: Final = 3.0  # standard deviations: what chance alone does once in 370 weeks
MORE_UNKNOWN: Final = 0.05  # of all words
_CONFIDENCE: Final = 1.645  # of the normal distribution: 95 % one-sided
_MENDING: Final = "Answer for some messages with `jeeves label`, then run `jeeves retrain`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Mail of some time, as one model sees it."""

    probabilities: Sequence[float]
    alerts: int  # messages at or above the threshold
    unknown_words: float  # share of the words that the model does not know, 0 .. 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the same model saw when it was new."""

    messages: int
    deciles: tuple[float, ...]  # of the probabilities, ascending
    alert_share: float  # 0 .. 1
    unknown_words: float  # 0 .. 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the owner said of alerts, and the precision the card promised."""

    answered: int
    right: int
    promised: float | None = None  # 0 .. 1


def baseline_of(period: Period) -> Baseline:
    """Return a period as what later ones are compared with; it must hold at least one message."""
    return Baseline(
        messages=len(period.probabilities),
        deciles=tuple(float(edge) for edge in np.percentile(list(period.probabilities), range(10, 100, 10))),
        alert_share=period.alerts / len(period.probabilities),
        unknown_words=period.unknown_words,
    )


def baseline_on_card(provenance: Provenance) -> Baseline | None:
    """Return what the card says of the mail at training time; None when it says too little."""
    mailbox = provenance.mailbox
    if not provenance.deciles or mailbox.get("messages", 0) < LEAST_MESSAGES:
        return None
    return Baseline(
        messages=int(mailbox["messages"]),
        deciles=provenance.deciles,
        alert_share=mailbox.get("alert_share", 0.0),
        unknown_words=mailbox.get("unknown_words", 0.0),
    )


def stability_index(deciles: Sequence[float], probabilities: Sequence[float]) -> float:
    """Return the population stability index of ``probabilities`` against the deciles of earlier ones.

    0 means the same distribution. Equal deciles are one edge, whose bin holds the shares of all; half a message is
    added to each bin, so that an empty one does not make the index infinite.
    """
    edges, first = np.unique(np.asarray(deciles), return_index=True)
    last = np.append(first[1:], len(deciles))
    expected = np.diff(np.concatenate(([0.0], last / 10, [1.0])))
    counts = np.bincount(np.searchsorted(edges, np.asarray(probabilities), side="left"), minlength=len(edges) + 1)
    found = (counts + 0.5) / (len(probabilities) + 0.5 * len(counts))
    return float(((found - expected) * np.log(found / expected)).sum())


def measure_drift(now: Period, then: Baseline | None, answers: Answers) -> dict[str, float]:
    """Return the figures by name; those that cannot be had for want of mail, answers or a baseline are left out."""
    figures: dict[str, float] = {"messages": len(now.probabilities), "alerts": now.alerts}
    if now.probabilities:
        figures["alert_share"] = now.alerts / len(now.probabilities)
        figures["unknown_words"] = now.unknown_words
    if then is not None and min(len(now.probabilities), then.messages) >= LEAST_MESSAGES:
        figures["messages_then"] = then.messages
        figures["alert_share_then"] = then.alert_share
        figures["unknown_words_then"] = then.unknown_words
        figures["stability_index"] = stability_index(then.deciles, now.probabilities)
    if answers.answered >= LEAST_ANSWERS:
        figures["answered"] = answers.answered
        figures["precision"] = answers.right / answers.answered
        if answers.promised is not None:
            figures["precision_promised"] = answers.promised
    return figures


def verdict(figures: Mapping[str, float]) -> str:
    """Return a sentence on what has moved and what to do about it; empty when nothing has."""
    moved = [*_alert_rate(figures), *_scores(figures), *_words(figures), *_precision(figures)]
    return f"Since the model was trained, {'; '.join(moved)}. {_MENDING}" if moved else ""


def _alert_rate(figures: Mapping[str, float]) -> list[str]:
    if "alert_share_then" not in figures:
        return []
    now, messages = figures["alert_share"], figures["messages"]
    then = max(figures["alert_share_then"], 0.5 / figures["messages_then"])
    deviations = abs(now - then) / math.sqrt(then * (1 - min(then, 0.99)) / messages)
    if deviations < MANY_DEVIATIONS or then / TIMES < now < then * TIMES:
        return []
    return [f"it speaks up for {now:.1%} of the mail instead of {then:.1%}"]


def _scores(figures: Mapping[str, float]) -> list[str]:
    index = figures.get("stability_index", 0.0)
    return [f"its scores have shifted (stability index {index:.2f}, {SHIFTED} is much)"] if index > SHIFTED else []


def _words(figures: Mapping[str, float]) -> list[str]:
    now, then = figures.get("unknown_words", 0.0), figures.get("unknown_words_then")
    if then is None or now - then <= MORE_UNKNOWN:
        return []
    return [f"{now:.0%} of the words are unknown to it instead of {then:.0%}"]


def _precision(figures: Mapping[str, float]) -> list[str]:
    if "precision_promised" not in figures:
        return []
    precision, answered, promised = figures["precision"], figures["answered"], figures["precision_promised"]
    if _highest(precision, answered) >= promised:
        return []
    return [f"{precision:.0%} of the {answered:.0f} alerts you answered for were right instead of {promised:.0%}"]


def _highest(share: float, count: float) -> float:
    """Return the upper end of Wilson's interval (Wilson, JASA 22, 1927)."""
    square = _CONFIDENCE**2
    middle = share + square / (2 * count)
    reach = _CONFIDENCE * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    return (middle + reach) / (1 + square / count)
