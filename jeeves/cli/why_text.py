"""An explanation as lines for a terminal, and as data for JSON.

Lives here: pure functions from what is known of a message to text. Must not live here: printing, scoring. All text
of mail is made harmless here; who wrote it, when and about what is left out unless a terminal shows it to the owner.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jeeves.assist.alerts import reference_for
from jeeves.cli.why_history import history_data, history_lines, named
from jeeves.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jeeves.ml.model import Explanation
    from jeeves.store.decisions import DecidedMessage, Decision
    from jeeves.types import Message, Prediction

_WIDTH: Final = 80
_MARGIN: Final = 12  # columns before what a line tells
_STRONGEST: Final = 12
_SMALLEST: Final = 1e-12  # probability that log-odds are told of
_NOT_NOTED: Final = "all else (the model is gone, and noted no more than these)"
_PLACES: Final = 3  # of weights, after the point
_SILENT: Final = {
    "no_place_needed": "silent: no place needed",
    "own_message": "silent: you wrote it yourself",
    "too_old": "silent: older than alerts.max_age",
    "canary": "silent: a self-test",
    "muted": "silent: you muted its sender or its thread",
    "copy": "silent: the same mail came to another of your mailboxes, and was decided on there",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A message somebody asks about."""

    id: str | float | bool | None  # its number in the database, else as the file names it
    message: Message
    decided: DecidedMessage | None = None  # None when it came from a file
    mailbox: str = ""  # of several, what the one is called that it came to


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """A message and what the model makes of it."""

    case: Case
    explanation: Explanation
    prediction: Prediction
    threshold: float | None  # 0 .. 1; None when nothing is known of the model any more


def lines(why: Why, *, everything: bool, header: bool) -> Iterator[str]:
    """Yield the explanation, at most 80 columns wide; ``header``: also who, when and subject."""
    if isinstance(why.case.id, int) and why.case.decided is not None:
        yield from named("message", f"{why.case.id}, in alerts {reference_for(why.case.id)}")
    if why.case.mailbox:
        yield from named("mailbox", why.case.mailbox)
    if header:
        yield from about(why.case.message)
    yield from named("sentence", f'"{one_line(why.explanation.sentence)}"' if why.explanation.sentence else "none")
    yield ""
    yield from _column(why.explanation, everything=everything)
    yield ""
    yield from _verdict(why)
    if why.case.decided is not None:
        yield from past(why.case.decided)
        yield from history_lines(why.case.decided)


def as_noted(case: Case, decision: Decision) -> Why:
    """Return what the model noted when it decided: its strongest reasons, and what the others add up to."""
    from jeeves.ml.model import Explanation  # noqa: PLC0415 - --help must not pay for it
    from jeeves.types import Prediction, Reason  # noqa: PLC0415

    certain = min(max(decision.probability, _SMALLEST), 1 - _SMALLEST)
    log_odds = math.log(certain / (1 - certain))
    rest = Reason(feature=_NOT_NOTED, weight=log_odds - sum(each.weight for each in decision.reasons))
    reasons = sorted((*decision.reasons, rest), key=lambda reason: -abs(reason.weight))
    prediction = Prediction(
        probability=decision.probability,
        needs_place=decision.needs_place,
        reasons=decision.reasons,
        sentence=decision.sentence,
        model_version=decision.model_version,
    )
    explanation = Explanation(log_odds=log_odds, reasons=tuple(reasons), sentence=decision.sentence)
    return Why(case=case, explanation=explanation, prediction=prediction, threshold=decision.threshold)


def as_data(why: Why) -> Mapping[str, object]:
    """Return the explanation for JSON: every reason, full precision."""
    data: dict[str, object] = {
        "id": why.case.id,
        "model": why.prediction.model_version,
        "log_odds": why.explanation.log_odds,
        "probability": why.prediction.probability,
        "threshold": why.threshold,
        "needs_place": why.prediction.needs_place,
        "sentence": why.explanation.sentence,
        "reasons": [{"feature": each.feature, "weight": each.weight} for each in why.explanation.reasons],
    }
    decided = why.case.decided
    if decided is not None:
        data["told"] = decided.told
        data["decisions"] = [decision_data(each) for each in decided.decisions]
        data |= history_data(decided)
    return data


def decision_data(decision: Decision) -> Mapping[str, object]:
    """Return a decision for JSON."""
    return {
        "model": decision.model_version,
        "probability": decision.probability,
        "needs_place": decision.needs_place,
        "decision": "alert" if decision.alerts else "suppressed",
        "why": decision.why,
        "decided_at": decision.decided_at.isoformat(),
    }


def about(message: Message) -> Iterator[str]:
    """Yield who, when and subject."""
    sender = message.sender
    written = f"{sender.name} <{sender.address}>" if sender.name and sender.address else sender.name or sender.address
    yield from named("from", written or "nobody named")
    yield from named("when", f"{message.sent_at or message.received_at:%a %d %b %Y %H:%M} UTC")
    yield from named("subject", message.subject or "none")


def _column(explanation: Explanation, *, everything: bool) -> Iterator[str]:
    """Yield one line a reason; the weights as printed add up to the log-odds as printed, but for their rounding."""
    shown = explanation.reasons if everything else explanation.reasons[:_STRONGEST]
    rest = explanation.reasons[len(shown) :]
    yield from (_weighed(reason.weight, one_line(reason.feature)) for reason in shown)
    if rest:
        yield _weighed(sum(reason.weight for reason in rest), f"all others ({len(rest):,})")
    yield f"{'-' * (_MARGIN - 2)}"
    yield _weighed(explanation.log_odds, "log-odds")


def _weighed(weight: float, name: str) -> str:
    return f"{weight:>+{_MARGIN - 2}.{_PLACES}f}  {name}"[:_WIDTH]


def _verdict(why: Why) -> Iterator[str]:
    prediction = why.prediction
    compared, said = ("reaches", "needs a place") if prediction.needs_place else ("is below", "needs no place")
    told = f"{said}: probability {prediction.probability:.4f}"
    if why.threshold is not None:
        told += f" {compared} the threshold {why.threshold:.4f}"
    yield from named("verdict", told)
    yield from named("model", prediction.model_version)


def past(decided: DecidedMessage) -> Iterator[str]:
    """Yield what became of the message when its turn came."""
    if not decided.decisions:
        past = (
            "its turn has not come" if decided.decided_at is None else "nothing: it was of the past when it was stored"
        )
        yield from named("at the time", past)
    for decision in decided.decisions:
        yield from named("at the time", f"{decision.decided_at:%a %d %b %Y %H:%M} UTC, {_became(decision, decided)};")
        yield from named("", f"probability {decision.probability:.4f} by {decision.model_version}")


def _became(decision: Decision, decided: DecidedMessage) -> str:
    if not decision.alerts:
        return _SILENT.get(decision.why, f"silent: {decision.why}")
    return "alert" if decided.told else "silent: its thread was told of before"
