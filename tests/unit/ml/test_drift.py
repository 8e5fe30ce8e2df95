from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jeeves.ml.drift import (
    Answers,
    Baseline,
    Period,
    baseline_of,
    baseline_on_card,
    measure_drift,
    stability_index,
    verdict,
)
from jeeves.ml.vocabulary import unknown_share
from jeeves.types import Provenance
from tests.unit.ml.examples import message

if TYPE_CHECKING:
    from jeeves.ml.model import Model

NOBODY_ANSWERED = Answers(answered=0, right=0)


def draw(low: float, high: float, count: int, *, seed: int = 1) -> list[float]:
    found: list[float] = np.random.default_rng(seed).uniform(low, high, count).tolist()
    return found


def period(probabilities: list[float], *, alerts: int = 20, unknown_words: float = 0.1) -> Period:
    return Period(probabilities=probabilities, alerts=alerts, unknown_words=unknown_words)


USUAL = baseline_of(period(draw(0, 0.5, 1_000), alerts=40))


def test_a_baseline_sums_a_period_up() -> None:
    assert len(USUAL.deciles) == 9
    assert list(USUAL.deciles) == sorted(USUAL.deciles)
    assert USUAL.deciles[4] == pytest.approx(0.25, abs=0.02)
    assert (USUAL.messages, USUAL.alert_share, USUAL.unknown_words) == (1_000, 0.04, 0.1)


def test_the_same_distribution_has_a_small_index_and_another_one_a_large_one() -> None:
    assert stability_index(USUAL.deciles, draw(0, 0.5, 500, seed=2)) < 0.1
    assert stability_index(USUAL.deciles, draw(0.2, 0.7, 500, seed=2)) > 0.25


def test_equal_deciles_and_empty_bins_leave_the_index_finite() -> None:
    lonely = stability_index((0.0,) * 9, [0.0] * 100)
    elsewhere = stability_index((0.0,) * 5 + (0.1, 0.2, 0.3, 0.4), [0.9] * 100)

    assert math.isfinite(lonely)
    assert elsewhere > 1


def test_mail_like_before_makes_no_sentence() -> None:
    figures = measure_drift(period(draw(0, 0.5, 500, seed=3)), USUAL, Answers(answered=20, right=18, promised=0.9))

    assert {"stability_index", "alert_share", "alert_share_then", "precision"} <= figures.keys()
    assert verdict(figures) == ""


@pytest.mark.parametrize(
    ("now", "answers", "expected"),
    [
        (period(draw(0, 0.5, 500), alerts=100), NOBODY_ANSWERED, "speaks up for 20.0% of the mail instead of 4.0%"),
        (period(draw(0, 0.5, 1_000), alerts=2), NOBODY_ANSWERED, "speaks up for 0.2% of the mail instead of 4.0%"),
        (period(draw(0.3, 0.8, 500)), NOBODY_ANSWERED, "its scores have shifted (stability index "),
        (period(draw(0, 0.5, 500), unknown_words=0.3), NOBODY_ANSWERED, "30% of the words are unknown to it instead"),
        (
            period([]),
            Answers(answered=12, right=3, promised=0.9),
            "25% of the 12 alerts you answered for were right instead of 90%",
        ),
    ],
)
def test_whatever_moves_is_named_with_what_to_do(now: Period, answers: Answers, expected: str) -> None:
    told = verdict(measure_drift(now, USUAL, answers))

    assert expected in told
    assert told.endswith("Answer for some messages with `jeeves label`, then run `jeeves retrain`.")
    assert told.isprintable()


@pytest.mark.parametrize(
    ("now", "then", "answers"),
    [
        (period([]), None, NOBODY_ANSWERED),
        (period(draw(0.9, 1, 99), alerts=99, unknown_words=1), USUAL, NOBODY_ANSWERED),
        (period(draw(0.9, 1, 500), alerts=500), baseline_of(period(draw(0, 0.1, 99))), NOBODY_ANSWERED),
        (period([]), USUAL, Answers(answered=9, right=0, promised=1.0)),
        (period([]), USUAL, Answers(answered=50, right=0)),
    ],
)
def test_too_little_mail_or_too_few_answers_say_nothing(now: Period, then: Baseline | None, answers: Answers) -> None:
    assert verdict(measure_drift(now, then, answers)) == ""


def test_a_model_that_never_spoke_up_has_a_rate_too() -> None:
    silent = baseline_of(period(draw(0, 0.5, 1_000), alerts=0))

    assert "instead of 0.1%" in verdict(measure_drift(period(draw(0, 0.5, 500), alerts=50), silent, NOBODY_ANSWERED))


def test_a_card_tells_how_the_mail_looked_unless_it_is_an_old_one() -> None:
    full = Provenance(deciles=USUAL.deciles, mailbox={"messages": 1_000, "alert_share": 0.04, "unknown_words": 0.1})

    assert baseline_on_card(full) == USUAL
    assert baseline_on_card(Provenance()) is None
    assert baseline_on_card(Provenance(deciles=USUAL.deciles, mailbox={"messages": 12})) is None


def test_words_the_model_never_saw_are_unknown_to_it(model: Model) -> None:
    known, strange = message("lunch dinner lunch"), message("flimpo grattle")

    assert unknown_share(model, [known]) == 0
    assert unknown_share(model, [strange]) == 1
    assert unknown_share(model, [known, strange]) == pytest.approx(2 / 5)
    assert unknown_share(model, [message("")]) == 0
