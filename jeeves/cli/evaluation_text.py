"""An evaluation as text and as JSON.

Lives here: pure functions from ``actions.evaluate.Evaluation`` to lines and to plain data. Must not live here: options,
printing, figures.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from jeeves.actions.evaluate import as_scored
from jeeves.ml.evaluate import reliability
from jeeves.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jeeves.actions.evaluate import Evaluation, Tally
    from jeeves.ml.intervals import Interval
    from jeeves.ml.learning_curve import LearningPoint

FIGURES: Final = {
    "roc_auc": "area under the ROC curve",
    "average_precision": "average precision",
    "recall_at_50_alerts_per_1000": "recall at 50 alerts per 1,000",
    "recall_at_100_alerts_per_1000": "recall at 100 alerts per 1,000",
    "precision_at_threshold": "precision at the threshold",
    "recall_at_threshold": "recall at the threshold",
    "alerts_per_1000_at_threshold": "alerts per 1,000 messages",
    "brier_score": "Brier score (0 is best)",
}
SENDERS: Final = 5  # shown
_NAME: Final = 32  # columns of the first one of a table
_ID: Final = 46


def lines(evaluation: Evaluation, learned: Sequence[LearningPoint] = (), *, senders: bool) -> Iterator[str]:
    """Yield the report, at most 80 columns wide; ``senders`` says whether mail addresses may be shown.

    ``learned`` is the learning curve, empty when none was asked for.
    """
    yield from _corpus(evaluation)
    yield ""
    yield from _figures(evaluation)
    yield ""
    yield from _confusion(evaluation.total)
    yield ""
    yield from _tallies("by source", evaluation.by_source)
    if senders:
        yield ""
        yield from _tallies("by sender", evaluation.by_sender[:SENDERS])
    yield ""
    yield f"{'most wrong':<{_ID}}probability   needed a place"
    for each in evaluation.most_wrong:
        yield f"  {_cell(each.id, _ID - 2)}{each.probability:>11.3f}   {'yes' if each.label else 'no'}"
    yield from _learned(learned)


def _learned(learned: Sequence[LearningPoint]) -> Iterator[str]:
    if learned:
        yield ""
        yield f"{'messages learned from':<{_NAME}}average precision on other threads"
    for point in learned:
        yield f"{point.messages:>{_NAME - 4},}    {_interval(point.average_precision, 3)}"


def _corpus(evaluation: Evaluation) -> Iterator[str]:
    positives = evaluation.total.hits + evaluation.total.misses
    yield f"model      {_cell(evaluation.model, 68).rstrip()}"
    yield f"           speaks up at a probability of {evaluation.threshold:.3f} or more"
    yield (
        f"messages   {evaluation.total.messages:,} in {evaluation.threads:,} threads; {positives:,} need a place "
        f"({evaluation.as_drawn['prevalence'].estimate:.1%})"
    )
    if evaluation.weighted:
        population = sum(each.weight for each in evaluation.judged)
        yield (
            f"           standing for {population:,.0f}, of which "
            f"{evaluation.natural['prevalence'].estimate:.1%} need a place"
        )


def _figures(evaluation: Evaluation) -> Iterator[str]:
    """Yield the table; without weights both columns would say the same, so only one is shown."""
    columns = [("as drawn", evaluation.as_drawn)]
    if evaluation.weighted:
        columns.append(("at natural prevalence", evaluation.natural))
    yield (f"{'':<{_NAME}}" + "".join(f"{title:<24}" for title, _ in columns)).rstrip()
    for name, words in FIGURES.items():
        digits = 0 if name.startswith("alerts") else 3
        yield (
            f"{words:<{_NAME}}" + "".join(f"{_interval(measured[name], digits):<24}" for _, measured in columns)
        ).rstrip()
    yield "In brackets: 95 % intervals by bootstrap over threads."


def _interval(interval: Interval, digits: int) -> str:
    range_digits = min(digits, 2)
    if math.isnan(interval.low):
        return f"{interval.estimate:.{digits}f}"
    return f"{interval.estimate:.{digits}f} ({interval.low:.{range_digits}f} to {interval.high:.{range_digits}f})"


def _confusion(total: Tally) -> Iterator[str]:
    yield f"{'messages':<{_NAME}}{'alert':>10}{'silence':>10}"
    yield f"{'  needs a place':<{_NAME}}{total.hits:>10,}{total.misses:>10,}"
    yield f"{'  does not':<{_NAME}}{total.false_alarms:>10,}{total.silences:>10,}"


def _tallies(title: str, tallies: tuple[Tally, ...]) -> Iterator[str]:
    yield f"{title:<{_NAME}}{'messages':>10}{'found':>10}{'missed':>10}{'false alarms':>15}"
    for tally in tallies:
        yield (
            f"  {_cell(tally.name or '(none given)', _NAME - 2)}{tally.messages:>10,}{tally.hits:>10,}"
            f"{tally.misses:>10,}{tally.false_alarms:>15,}"
        )


def _cell(text: str, width: int) -> str:
    """Return foreign text as ``width`` columns: no controls, cut with an ellipsis, padded."""
    text = one_line(text)
    return f"{text if len(text) < width else text[: width - 2] + '…':<{width}}"


def as_data(evaluation: Evaluation, learned: Sequence[LearningPoint] = ()) -> dict[str, object]:
    """Return the evaluation as what JSON can hold; no address, no text of any message."""
    return {
        "model": evaluation.model,
        "threshold": evaluation.threshold,
        "messages": evaluation.total.messages,
        "threads": evaluation.threads,
        "positives": evaluation.total.hits + evaluation.total.misses,
        "as_drawn": _intervals(evaluation.as_drawn),
        "natural_prevalence": _intervals(evaluation.natural),
        "confusion": _counts(evaluation.total),
        "by_source": [{"source": tally.name, **_counts(tally)} for tally in evaluation.by_source],
        "most_wrong": [
            {"id": each.id, "probability": each.probability, "label": int(each.label)} for each in evaluation.most_wrong
        ],
        "reliability": [asdict(part) for part in reliability(as_scored(evaluation.judged))],
        "learning_curve": [
            {"messages": point.messages, **_intervals({"average_precision": point.average_precision})}
            for point in learned
        ],
    }


def _intervals(measured: Mapping[str, Interval]) -> dict[str, dict[str, float | None]]:
    return {
        name: {"estimate": interval.estimate, "low": _finite(interval.low), "high": _finite(interval.high)}
        for name, interval in measured.items()
    }


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _counts(tally: Tally) -> dict[str, int]:
    return {
        "hits": tally.hits,
        "false_alarms": tally.false_alarms,
        "misses": tally.misses,
        "silences": tally.silences,
    }
