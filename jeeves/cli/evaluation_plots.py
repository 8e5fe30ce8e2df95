"""The plots of an evaluation, each with the sentence that says what one sees.

Lives here: which plots there are, their names and captions. Must not live here: drawing (``ml.plots``), pages, files.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from jeeves.actions.evaluate import as_scored
from jeeves.ml import curves, plots
from jeeves.ml.evaluate import drawn, figures, reliability
from jeeves.ml.learning_curve import gain_by_doubling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from matplotlib.figure import Figure

    from jeeves.actions.evaluate import Evaluation, Tally
    from jeeves.ml.learning_curve import LearningPoint

_CLOSE: Final = 0.25  # promise and outcome agree when they differ by no more than this share of the outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """One plot."""

    name: str  # of the file, without its ending
    title: str
    caption: str  # plain sentences
    draw: Callable[[plots.Dress], Figure]


def plots_of(evaluation: Evaluation, learned: Sequence[LearningPoint], *, seed: int) -> Iterator[Plot]:
    """Yield the plots in reading order; the learning curve only if ``learned`` has two points or more."""
    yield _roc(evaluation, seed)
    yield _precision_recall(evaluation, seed)
    yield _reliability(evaluation)
    if len(learned) > 1:
        yield _learning_curve(learned)


def _roc(evaluation: Evaluation, seed: int) -> Plot:
    scored = drawn(as_scored(evaluation.judged))
    total = evaluation.total
    mark = plots.Mark(
        x=total.false_alarms / (total.false_alarms + total.silences),
        y=total.hits / (total.hits + total.misses),
        words="threshold",
    )
    area = evaluation.as_drawn["roc_auc"].estimate
    return Plot(
        name="roc",
        title="Telling apart",
        caption=(
            f"Put a message that needs a place beside one that does not: in {area:.0%} of such pairs Jeeves holds the "
            f"right one likelier. A coin would run along the dashed line. At the threshold Jeeves finds {mark.y:.0%} "
            f"of the get-togethers and rings for {mark.x:.1%} of the other messages."
        ),
        draw=partial(
            plots.draw_roc, curves.roc(scored), curves.roc_band(scored, _threads(evaluation), seed=seed), mark
        ),
    )


def _precision_recall(evaluation: Evaluation, seed: int) -> Plot:
    scored = as_scored(evaluation.judged)
    at_threshold = figures(scored, evaluation.threshold, scored.weights[np.newaxis])
    recall, precision = (float(at_threshold[f"{name}_at_threshold"][0]) for name in ("recall", "precision"))
    natural = evaluation.natural
    half = natural["recall_at_50_alerts_per_1000"].estimate
    return Plot(
        name="precision-recall",
        title="Right alerts against found get-togethers",
        caption=(
            f"{_at_threshold(evaluation.total, precision=precision, recall=recall)} Allowed 50 alerts per 1,000 "
            f"messages, Jeeves would find {half:.0%}. The dashed line is alerting at random."
            f"{' Counted at natural prevalence.' if evaluation.weighted else ''}"
        ),
        draw=partial(
            _draw_precision_recall,
            curves.precision_recall(scored),
            curves.precision_recall_band(scored, _threads(evaluation), seed=seed),
            plots.Mark(x=recall, y=precision, words="threshold"),
            natural["prevalence"].estimate,
        ),
    )


def _at_threshold(total: Tally, *, precision: float, recall: float) -> str:
    if not total.hits + total.false_alarms:
        return "At the threshold Jeeves stays silent."
    return f"At the threshold {precision:.0%} of the alerts are right and {recall:.0%} of the get-togethers are found."


def _draw_precision_recall(
    curve: curves.Curve, band: curves.Band, mark: plots.Mark, prevalence: float, dress: plots.Dress
) -> Figure:
    return plots.draw_precision_recall(curve, band, mark, prevalence=prevalence, dress=dress)


def _reliability(evaluation: Evaluation) -> Plot:
    scored = as_scored(evaluation.judged)
    promised = float(np.average(scored.probabilities, weights=scored.weights))
    came_true = evaluation.natural["prevalence"].estimate
    return Plot(
        name="reliability",
        title="Promise and outcome",
        caption=(
            f"Jeeves promised {promised:.1%} on average and {came_true:.1%} came true: "
            f"{_verdict(promised, came_true)} A model that means what it says lies on the dashed line. Below, how "
            f"many messages each point rests on: points on a handful mean little."
        ),
        draw=partial(plots.draw_reliability, reliability(scored)),
    )


def _verdict(promised: float, came_true: float) -> str:
    if abs(promised - came_true) <= _CLOSE * came_true:
        return "on the whole it means what it says."
    if promised > came_true:
        return "its probabilities are too high for this mail."
    return "its probabilities are too low for this mail."


def _learning_curve(learned: Sequence[LearningPoint]) -> Plot:
    last, gain = learned[-1], gain_by_doubling(learned)
    outlook = (
        f"The last doubling brought {gain:+.2f}; if it goes on like this, the next will bring about as much or less."
        if gain > 0
        else "The last doubling brought nothing: more labels of the same kind are unlikely to help."
    )
    return Plot(
        name="learning-curve",
        title="What more labels would bring",
        caption=(
            f"A plain model trained on {last.messages:,} messages of this corpus reaches an average precision of "
            f"{last.average_precision.estimate:.2f} on its other threads. {outlook}"
        ),
        draw=partial(plots.draw_learning_curve, learned),
    )


def _threads(evaluation: Evaluation) -> list[str]:
    return [each.thread_key for each in evaluation.judged]
