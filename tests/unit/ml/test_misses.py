from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from scipy.stats import hypergeom

from jeeves.ml.misses import LEVEL, estimate_misses, interval
from jeeves.ml.sampling import lot
from jeeves.types import Answer, ClassifiedMessage

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(days=3)


def by_lot(size: int) -> list[ClassifiedMessage]:
    """Return silent messages nobody has answered for, in the order of their lots."""
    numbers = sorted(range(1, size + 1), key=lot)
    return [
        ClassifiedMessage(id=number, found=False, decided_at=EARLIER, answer=None, drawn_at=None) for number in numbers
    ]


def audited(messages: list[ClassifiedMessage], *answers: Answer, **known: Any) -> list[ClassifiedMessage]:  # noqa: ANN401
    """Answer for the first of ``messages``, which were drawn."""
    fields = {"drawn_at": NOW} | known
    given = [replace(each, answer=answer, **fields) for each, answer in zip(messages, answers, strict=False)]
    return [*given, *messages[len(given) :]]


@pytest.mark.parametrize(("population", "sample"), [(30, 10), (400, 60), (25, 25), (1_240, 1), (60, 59)])
@pytest.mark.parametrize("truth", [0, 1, 3, 12, 25])
def test_the_interval_holds_the_truth_as_often_as_it_says(population: int, sample: int, truth: int) -> None:
    # given every sample there can be of a population whose truth is known
    hits = np.arange(max(0, sample - (population - truth)), min(truth, sample) + 1)
    chances = hypergeom.pmf(hits, population, truth, sample)

    held = [low <= truth <= high for low, high in (interval(population, sample, int(found)) for found in hits)]

    assert chances[held].sum() >= LEVEL - 1e-9


def test_the_interval_is_no_wider_than_it_must_be() -> None:
    low, high = interval(1_240, 300, 2)

    assert hypergeom.cdf(2, 1_240, high, 300) > 0.025 >= hypergeom.cdf(2, 1_240, high + 1, 300)
    assert hypergeom.sf(1, 1_240, low, 300) > 0.025 >= hypergeom.sf(1, 1_240, low - 1, 300)


def test_who_has_seen_everything_knows_the_number() -> None:
    assert interval(40, 40, 7) == (7, 7)
    assert interval(1, 1, 0) == (0, 0)


def test_without_an_audit_nothing_is_said() -> None:
    assert estimate_misses([]) is None
    assert estimate_misses(by_lot(10)) is None
    assert estimate_misses(audited(by_lot(10), Answer.YES, Answer.NO, drawn_at=None)) is None


def test_answers_for_mail_drawn_by_lot_tell_of_all_mail() -> None:
    found = estimate_misses(audited(by_lot(1_240), *[Answer.NO] * 299, Answer.YES))

    assert found is not None
    assert (found.messages, found.audits, found.missed) == (1_240, 300, 1)
    assert (found.low, found.high) == interval(1_240, 300, 1)


def test_what_jeeves_spoke_up_for_was_not_missed_and_leaves_no_gap() -> None:
    messages = audited(by_lot(100), *[Answer.NO] * 40)
    messages[10] = replace(messages[10], found=True, answer=None, drawn_at=None)
    messages[11] = replace(messages[11], found=True, answer=Answer.YES)

    found = estimate_misses(messages)

    assert found is not None
    assert (found.messages, found.audits, found.missed) == (100, 38, 0)


def test_the_sample_ends_where_an_answer_is_lacking() -> None:
    messages = audited(by_lot(100), *[Answer.NO] * 40)
    messages[20] = replace(messages[20], answer=None, drawn_at=None)

    found = estimate_misses(messages)

    assert found is not None
    assert found.audits == 20


def test_misses_the_owner_labels_unasked_count_for_certain_and_stretch_no_sample() -> None:
    messages = audited(by_lot(100), *[Answer.NO] * 20)
    for place in (20, 21, 60):
        messages[place] = replace(messages[place], answer=Answer.YES)

    found = estimate_misses(messages)

    assert found is not None
    assert (found.audits, found.missed, found.low) == (20, 0, 3)
    assert found.high == interval(100, 20, 0)[1]


def test_answers_no_for_everything_leave_nothing_to_miss() -> None:
    messages = audited(by_lot(50), *[Answer.NO] * 10)
    answered = [replace(each, answer=Answer.NO) for each in messages]

    found = estimate_misses([*answered[:-1], messages[-1]])

    assert found is not None
    assert (found.low, found.high) == (0, 1)


def test_a_skipped_message_says_nothing_and_stops_nothing() -> None:
    found = estimate_misses(audited(by_lot(100), Answer.NO, Answer.SKIP, Answer.YES))

    assert found is not None
    assert (found.audits, found.missed) == (2, 1)


def test_mail_that_came_after_the_last_drawing_does_not_undo_the_audit() -> None:
    messages = audited(by_lot(100), *[Answer.NO] * 40)
    lowest = min(range(101, 5_000), key=lot)
    newcomer = replace(messages[-1], id=lowest, decided_at=NOW + timedelta(seconds=1))

    found = estimate_misses([*messages, newcomer])

    assert found is not None
    assert (found.messages, found.audits, found.until) == (100, 40, NOW)


def test_of_several_drawings_the_one_that_proves_most_is_taken() -> None:
    # given a long audit, mail that came later and has a low lot, and a second audit that has only begun
    messages = audited(by_lot(100), *[Answer.NO] * 40, drawn_at=NOW - timedelta(days=1))
    numbers = sorted(range(101, 5_000), key=lot)[:2]
    late = [replace(messages[-1], id=number, decided_at=NOW - timedelta(hours=1)) for number in numbers]
    begun = replace(late[0], answer=Answer.NO, drawn_at=NOW)

    found = estimate_misses([*messages, begun, late[1]])

    assert found is not None
    assert (found.messages, found.audits) == (100, 40)


def test_mail_that_arrives_while_the_owner_labels_does_not_undo_what_was_done_before() -> None:
    # given: 40 audits one after the other, and during the last of them mail of the lowest lot
    messages = by_lot(100)
    for place in range(40):
        drawn_at = NOW + timedelta(seconds=place)
        messages[place] = replace(messages[place], answer=Answer.NO, drawn_at=drawn_at)
    lowest = min(range(101, 5_000), key=lot)
    messages.append(replace(messages[-1], id=lowest, decided_at=NOW + timedelta(seconds=38, milliseconds=500)))

    found = estimate_misses(messages)

    assert found is not None
    assert (found.messages, found.audits) == (100, 40)


def test_the_estimate_is_unbiased_whatever_else_the_owner_answers_for() -> None:
    # given an owner who answers for 30 drawn messages and, unasked, for every miss of an even number
    random = np.random.default_rng(7)
    held = 0
    estimates = []
    for _ in range(300):
        numbers = random.choice(10**9, size=120, replace=False)
        misses = set(numbers[:12].tolist())
        truth = {int(number): Answer.YES if number in misses else Answer.NO for number in numbers}
        mailbox = sorted(
            (
                ClassifiedMessage(id=int(n), found=False, decided_at=EARLIER, answer=None, drawn_at=None)
                for n in numbers
            ),
            key=lambda each: lot(each.id),
        )
        answered = [
            replace(each, answer=truth[each.id], drawn_at=NOW)
            if place < 30
            else replace(each, answer=Answer.YES)
            if truth[each.id] is Answer.YES and each.id % 2 == 0
            else each
            for place, each in enumerate(mailbox)
        ]

        found = estimate_misses(answered)

        assert found is not None
        estimates.append(found.estimate)
        held += found.low <= 12 <= found.high
    assert np.mean(estimates) == pytest.approx(12, abs=1)
    assert held >= 0.95 * 300
