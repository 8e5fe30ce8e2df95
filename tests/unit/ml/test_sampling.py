from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from jeeves.ml.sampling import SHARES, Candidate, Pick, Strategy, disagreement, lot, novelties, order


def candidate(number: int, **known: Any) -> Candidate:  # noqa: ANN401 - fields of Candidate
    return replace(Candidate(id=number, thread_key=f"t{number}", probability=0.01), **known)


def mailbox(size: int, *, threads: int, seed: int = 1) -> list[Candidate]:
    draw = random.Random(seed)  # noqa: S311 - made-up mail, no secret
    return [
        candidate(
            number,
            thread_key=f"t{draw.randrange(threads)}",
            probability=draw.random() ** 3,
            label=draw.choice([None, None, None, True, False]),
            novelty=draw.random(),
            disagreement=draw.random(),
        )
        for number in range(1, size + 1)
    ]


def ids(picks: list[Pick]) -> list[int]:
    return [pick.id for pick in picks]


def test_uncertain_means_close_to_the_toss_of_a_coin() -> None:
    given = [candidate(number, probability=probability) for number, probability in enumerate([0.01, 0.55, 0.3, 0.9])]

    picks = order(given, strategy=Strategy.UNCERTAIN, seed=0)

    assert ids(picks) == [1, 2, 3, 0]
    assert {pick.why for pick in picks} == {Strategy.UNCERTAIN}


def test_likely_shows_the_surest_finds_that_nobody_has_confirmed() -> None:
    given = [candidate(1, probability=0.3), candidate(2, probability=0.9), candidate(3, probability=0.99, label=True)]

    assert ids(order(given, strategy=Strategy.LIKELY, seed=0)) == [2, 1]


def test_unlike_shows_what_nothing_labelled_resembles() -> None:
    given = [candidate(1, novelty=0.2), candidate(2, novelty=0.7), candidate(3, novelty=0.9, label=False)]

    assert ids(order(given, strategy=Strategy.UNLIKE, seed=0)) == [2, 1]


def test_suspect_shows_labels_that_are_confidently_contradicted_and_nothing_unlabelled() -> None:
    given = [
        candidate(1, label=True, disagreement=0.6),
        candidate(2, label=False, disagreement=0.9),
        candidate(3, label=True, disagreement=0.4),
        candidate(4, disagreement=1.0),
    ]

    assert ids(order(given, strategy=Strategy.SUSPECT, seed=0)) == [2, 1]


def test_the_audit_is_drawn_by_lots_that_no_seed_and_no_model_can_change() -> None:
    given = [candidate(number) for number in range(50)]
    judged_otherwise = [candidate(number, probability=number / 50, novelty=0.5) for number in range(50)]

    drawn = ids(order(given, strategy=Strategy.RANDOM, seed=1))

    assert drawn == sorted(range(50), key=lot)
    assert drawn == ids(order(judged_otherwise, strategy=Strategy.RANDOM, seed=2))


def test_the_audit_draws_first_from_the_time_it_tells_of() -> None:
    given = [candidate(number, auditable=number % 4 == 0) for number in range(40)]

    drawn = ids(order(given, strategy=Strategy.RANDOM, seed=1))

    assert drawn[:10] == sorted(range(0, 40, 4), key=lot)
    assert drawn[10:] == sorted((number for number in range(40) if number % 4), key=lot)


def test_lots_are_spread_evenly() -> None:
    counts = np.bincount([int(lot(number) * 10) for number in range(10_000)], minlength=10)

    assert counts.min() > 900
    assert counts.max() < 1_100


def test_the_mixture_shows_every_kind_in_its_share_from_the_start() -> None:
    picks = order(mailbox(5_000, threads=5_000), seed=3, limit=200)

    counts = Counter(pick.why for pick in picks)
    assert Strategy.MIXED not in counts
    for strategy, share in SHARES.items():
        assert abs(counts[strategy] - 200 * share) <= 2
    assert {pick.why for pick in picks[:20]} == set(SHARES)


def test_a_share_with_nothing_to_show_goes_to_the_others() -> None:
    picks = order([candidate(number, probability=number / 20) for number in range(20)], seed=0)

    assert sorted(ids(picks)) == list(range(20))
    assert Strategy.SUSPECT not in {pick.why for pick in picks}


@pytest.mark.parametrize("strategy", list(Strategy))
@pytest.mark.parametrize("threads", [2, 7, 300])
def test_nothing_is_shown_twice_and_two_of_one_thread_never_follow_each_other(strategy: Strategy, threads: int) -> None:
    given = mailbox(300, threads=threads)
    thread_of = {each.id: each.thread_key for each in given}

    shown = ids(order(given, strategy=strategy, seed=5))

    assert len(shown) == len(set(shown))
    assert all(thread_of[one] != thread_of[other] for one, other in pairwise(shown))


def test_only_what_cannot_be_kept_apart_is_left_for_the_next_time() -> None:
    long = [candidate(number, thread_key="long", probability=0.9) for number in range(10)]
    others = [candidate(number, probability=0.1) for number in range(10, 14)]

    shown = ids(order([*long, *others], strategy=Strategy.LIKELY, seed=0))

    assert len(shown) == 9
    assert set(shown) >= {10, 11, 12, 13}


def test_the_same_seed_gives_the_same_order_and_another_one_decides_otherwise_between_equals() -> None:
    given = [candidate(number) for number in range(100)]

    assert order(given, strategy=Strategy.LIKELY, seed=1) == order(given[::-1], strategy=Strategy.LIKELY, seed=1)
    assert order(given, strategy=Strategy.LIKELY, seed=1) != order(given, strategy=Strategy.LIKELY, seed=2)


def test_a_limit_cuts_the_same_order_short() -> None:
    given = mailbox(200, threads=50)

    assert order(given, seed=1, limit=30) == order(given, seed=1)[:30]
    assert order([], seed=1) == []


def test_a_message_is_as_new_as_the_share_of_it_that_nothing_labelled_has() -> None:
    rows = csr_matrix(np.array([[0.6, 0.8, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]))
    labelled = csr_matrix(np.array([[1.0, 0.0, 0.0]]))

    assert novelties(rows, labelled) == pytest.approx([0.64, 1.0, 0.0, 0.0])
    assert novelties(rows, labelled[:0]) == pytest.approx([1.0, 1.0, 1.0, 0.0])


@pytest.mark.parametrize(
    ("label", "probability", "expected"),
    [(True, 0.0, 1.0), (True, 0.05, 0.5), (True, 0.1, 0.0), (True, 0.9, 0.0), (False, 1.0, 1.0), (False, 0.55, 0.5)],
)
def test_a_miss_and_a_false_alarm_equally_far_off_disagree_alike(
    label: bool,  # noqa: FBT001 - a case of the table
    probability: float,
    expected: float,
) -> None:
    assert disagreement(label=label, probability=probability, threshold=0.1) == pytest.approx(expected)
