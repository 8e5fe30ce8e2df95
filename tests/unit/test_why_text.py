from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from jeeves.cli.why_text import Case, Why, as_data, lines
from jeeves.ml.model import Explanation
from jeeves.store.decisions import DecidedMessage, Decision
from jeeves.types import Person, Reason
from tests.unit.records import NOON, message, prediction

if TYPE_CHECKING:
    from collections.abc import Sequence

HOSTILE = "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J \u202egnp \r\n" + "w" * 300
DECISION = Decision(
    model_version="test-1", probability=0.8, needs_place=True, alerts=True, why="<m1@example.org>#1", decided_at=NOON
)


def explanation(weights: Sequence[float], *, sentence: str = "Shall we have lunch?") -> Explanation:
    reasons = tuple(Reason(feature=f"word{place}", weight=weight) for place, weight in enumerate(weights))
    return Explanation(log_odds=sum(weights), reasons=reasons, sentence=sentence)


WHY = Why(
    case=Case(id="m1", message=message()),
    explanation=explanation([-4.5, *(0.7 / place for place in range(1, 40))]),
    prediction=prediction(probability=0.8),
    threshold=0.25,
)


def decided(**changes: object) -> Why:
    known = DecidedMessage(message=message(), decided_at=NOON, decisions=(DECISION,), told=True)
    changed = replace(known, **changes)  # type: ignore[arg-type]  # field names and types are the caller's business
    return replace(WHY, case=Case(id=1, message=message(), decided=changed))


def weights_of(shown: Sequence[str]) -> tuple[list[float], float]:
    """Return the weights printed above the line, and the sum printed below it."""
    rule = shown.index("----------")
    first = next(place for place, line in enumerate(shown) if "word0" in line)
    return [float(line.split()[0]) for line in shown[first:rule]], float(shown[rule + 1].split()[0])


@pytest.mark.parametrize(("everything", "count"), [(False, 13), (True, 40)])
def test_the_printed_weights_add_up_to_the_printed_log_odds(*, everything: bool, count: int) -> None:
    weights, total = weights_of(list(lines(WHY, everything=everything, header=False)))

    assert len(weights) == count
    assert sum(weights) == pytest.approx(total, abs=0.0005 * (count + 1))


def test_what_is_not_shown_is_one_line_with_its_count() -> None:
    assert any(line.endswith("  all others (28)") for line in lines(WHY, everything=False, header=False))
    assert not any("all others" in line for line in lines(WHY, everything=True, header=False))


def test_no_line_is_wider_than_a_terminal_or_steers_it() -> None:
    hostile = Why(
        case=Case(
            id=1,
            message=message(subject=HOSTILE, sender=Person(name=HOSTILE, address=HOSTILE)),
            decided=DecidedMessage(
                message=message(),
                decided_at=NOON,
                decisions=(replace(DECISION, model_version=HOSTILE, why=HOSTILE, alerts=False),),
                told=False,
            ),
        ),
        explanation=Explanation(log_odds=1.0, reasons=(Reason(feature=HOSTILE, weight=1.0),), sentence=HOSTILE),
        prediction=prediction(model_version=HOSTILE),
        threshold=0.5,
    )

    for line in lines(hostile, everything=True, header=True):
        assert line.isprintable()
        assert len(line) <= 80
    assert json.dumps(as_data(hostile)).isascii()


def test_who_when_and_subject_are_shown_only_when_allowed() -> None:
    shown, hidden = ("\n".join(lines(WHY, everything=True, header=header)) for header in (True, False))

    for part in ("Ada Holm <ada@example.org>", "Tue 12 May 2026 12:00 UTC", "subject     Thursday"):
        assert part in shown
        assert part not in hidden
    assert "ada@example.org" not in json.dumps(as_data(WHY))


def test_a_message_without_sender_subject_or_text_is_explained_too() -> None:
    empty = replace(
        WHY,
        case=Case(id=None, message=message(sender=Person(), subject="")),
        explanation=explanation([-4.0], sentence=""),
    )

    assert list(lines(empty, everything=False, header=True))[:4] == [
        "from        nobody named",
        "when        Tue 12 May 2026 12:00 UTC",
        "subject     none",
        "sentence    none",
    ]


@pytest.mark.parametrize(
    ("needs_place", "told"),
    [
        (True, "verdict     needs a place: probability 0.8000 reaches the threshold 0.2500"),
        (False, "verdict     needs no place: probability 0.8000 is below the threshold 0.2500"),
    ],
)
def test_the_decision_stands_there_in_words(*, needs_place: bool, told: str) -> None:
    why = replace(WHY, prediction=prediction(probability=0.8, needs_place=needs_place))

    assert told in list(lines(why, everything=False, header=False))


@pytest.mark.parametrize(
    ("changes", "became"),
    [
        ({}, "alert;"),
        ({"told": False}, "silent: its thread was told of before;"),
        ({"decisions": (replace(DECISION, alerts=False, why="too_old"),)}, "silent: older than alerts.max_age;"),
        ({"decisions": (replace(DECISION, alerts=False, why="own_message"),)}, "silent: you wrote it yourself;"),
        ({"decisions": (replace(DECISION, alerts=False, why="no_place_needed"),)}, "silent: no place needed;"),
    ],
)
def test_what_became_of_it_at_the_time_is_told(changes: dict[str, object], became: str) -> None:
    *_, first, second = lines(decided(**changes), everything=False, header=False)

    assert first == f"at the time Tue 12 May 2026 12:00 UTC, {became}"
    assert second == "            probability 0.8000 by test-1"


def test_a_message_that_was_never_decided_on_says_so() -> None:
    filed, waiting = (
        list(lines(decided(decisions=(), told=False, decided_at=when), everything=False, header=False))[-1]
        for when in (NOON, None)
    )

    assert filed == "at the time nothing: it was of the past when it was stored"
    assert waiting == "at the time its turn has not come"


def test_several_decisions_are_all_told() -> None:
    earlier = replace(DECISION, model_version="test-0", decided_at=NOON - timedelta(days=1))
    shown = list(lines(decided(decisions=(DECISION, earlier)), everything=False, header=False))

    assert [line.split()[-1] for line in shown if " by " in line] == ["test-1", "test-0"]
    assert [each["model"] for each in as_data(decided(decisions=(DECISION, earlier)))["decisions"]] == [  # type: ignore[attr-defined]  # JSON
        "test-1",
        "test-0",
    ]


def test_the_json_form_holds_every_reason() -> None:
    data = json.loads(json.dumps(as_data(WHY), allow_nan=False))

    assert len(data["reasons"]) == 40
    assert sum(reason["weight"] for reason in data["reasons"]) == pytest.approx(data["log_odds"])
    assert (data["probability"], data["threshold"], data["needs_place"]) == (0.8, 0.25, True)
    assert "decisions" not in data
