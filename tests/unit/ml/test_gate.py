from __future__ import annotations

import random
from dataclasses import replace

import pytest

from jeeves.ml.gate import Judged, Split, decide_promotion, split_answers, without_champion
from jeeves.types import Answer, LabelledMail
from tests.unit.records import message

COST = 8.0


def judged(*, positives: int, negatives: int, champion_misses: int = 0, challenger_misses: int = 0) -> list[Judged]:
    """Return threads of one message each; the first so many positives are missed by either model."""
    yes = [
        Judged(
            thread_key=f"yes {number}",
            label=True,
            champion=number >= champion_misses,
            challenger=number >= challenger_misses,
        )
        for number in range(positives)
    ]
    no = [
        Judged(thread_key=f"no {number}", label=False, champion=False, challenger=False) for number in range(negatives)
    ]
    return yes + no


def mail(label_id: int, thread: str = "", *, first: int = 0) -> LabelledMail:
    return LabelledMail(
        id=label_id,
        message=message(thread_key=thread or f"thread {label_id}"),
        answer=Answer.YES,
        label_id=label_id,
        first_label_id=first or label_id,
    )


def ids(mails: tuple[LabelledMail, ...]) -> list[int]:
    return [each.label_id for each in mails]


def test_the_later_half_of_the_answers_is_judged_by() -> None:
    split = split_answers([mail(number) for number in range(1, 11)], champion_saw=0)

    assert (ids(split.earlier), ids(split.later)) == ([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])


def test_what_the_champion_learned_from_does_not_count_for_it() -> None:
    split = split_answers([mail(number) for number in range(1, 11)], champion_saw=8)

    assert (ids(split.earlier), ids(split.later)) == ([1, 2, 3, 4, 5, 6, 7, 8], [9, 10])


def test_a_thread_is_never_split_between_learning_and_judging() -> None:
    split = split_answers([mail(1, "a"), mail(2, "torn"), mail(3, "torn"), mail(4, "b")], champion_saw=0)

    assert (ids(split.earlier), ids(split.later)) == ([1], [4])


def test_a_message_answered_again_after_the_champion_saw_it_is_not_judged_by() -> None:
    split = split_answers([mail(1), mail(2), mail(9, first=2), mail(10)], champion_saw=2)

    assert ids(split.later) == [10]


def test_no_answers_and_one_answer_split_too() -> None:
    assert split_answers([], champion_saw=0) == Split(earlier=(), later=())
    assert ids(split_answers([mail(1)], champion_saw=0).earlier) == [1]


def test_a_clearly_better_challenger_is_promoted() -> None:
    verdict = decide_promotion(judged(positives=20, negatives=20, champion_misses=10), miss_cost=COST, seed=1)

    assert verdict.promoted
    assert verdict.difference == pytest.approx(-2.0)  # ten misses of eight in forty messages
    assert verdict.interval is not None
    assert verdict.interval[0] < -2 < verdict.interval[1] < 0
    assert (verdict.messages, verdict.threads, verdict.doubt) == (40, 40, 0)
    assert verdict.why.startswith(
        "Promoted: on 40 new answers in 40 threads it costs 2.000 false alarms a message less"
    )


def test_a_clearly_worse_challenger_is_kept_as_a_candidate() -> None:
    verdict = decide_promotion(judged(positives=20, negatives=20, challenger_misses=10), miss_cost=COST, seed=1)

    assert not verdict.promoted
    assert verdict.doubt == 1
    assert verdict.why.startswith("Kept as a candidate: on 40 new answers in 40 threads it costs 2.000 false alarms a")


def test_one_that_answers_alike_is_not_worse() -> None:
    verdict = decide_promotion(
        judged(positives=20, negatives=20, champion_misses=4, challenger_misses=4), miss_cost=COST, seed=1
    )

    assert (verdict.promoted, verdict.difference, verdict.interval) == (True, 0.0, (0.0, 0.0))


def test_a_gain_that_may_be_chance_is_not_enough() -> None:
    """One miss less (eight) against seven false alarms more: worse whenever the miss is not drawn."""
    answers = judged(positives=20, negatives=20, champion_misses=1)
    answers = [
        replace(each, challenger=True) if each.thread_key in {f"no {n}" for n in range(7)} else each for each in answers
    ]

    verdict = decide_promotion(answers, miss_cost=COST, seed=1)

    assert verdict.difference is not None
    assert verdict.difference < 0
    assert verdict.doubt is not None
    assert verdict.doubt > 0.3
    assert not verdict.promoted


def test_the_owners_cost_decides() -> None:
    """Two misses less against five false alarms more."""
    answers = judged(positives=20, negatives=30, champion_misses=2)
    noisy = {f"no {number}" for number in range(5)}
    answers = [replace(each, challenger=True) if each.thread_key in noisy else each for each in answers]

    assert decide_promotion(answers, miss_cost=30, seed=1).promoted
    assert not decide_promotion(answers, miss_cost=1, seed=1).promoted


def test_the_same_seed_gives_the_same_verdict_whatever_the_order() -> None:
    answers = judged(positives=15, negatives=25, champion_misses=6, challenger_misses=3)
    shuffled = random.Random(3).sample(answers, len(answers))  # noqa: S311 - an order, no secret

    assert decide_promotion(answers, miss_cost=COST, seed=5) == decide_promotion(shuffled, miss_cost=COST, seed=5)
    assert decide_promotion(answers, miss_cost=COST, seed=5) != decide_promotion(answers, miss_cost=COST, seed=6)


def test_messages_of_one_thread_are_drawn_together() -> None:
    """Thirty corrections in one thread are one piece of evidence: the interval is far wider than by message."""
    spread = judged(positives=30, negatives=30, champion_misses=30)
    crowded = [replace(each, thread_key="one") if each.label else each for each in spread]

    alone = decide_promotion(spread, miss_cost=COST, seed=1).interval
    together = decide_promotion(crowded, miss_cost=COST, seed=1).interval

    assert alone is not None
    assert together is not None
    assert together[1] - together[0] > 2 * (alone[1] - alone[0])


@pytest.mark.parametrize(("positives", "negatives"), [(19, 0), (10, 9), (0, 40), (40, 0)])
def test_with_few_threads_or_one_answer_only_it_must_correct_and_not_spoil(positives: int, negatives: int) -> None:
    answers = judged(positives=positives, negatives=negatives)
    first = answers[0]
    corrects = [replace(first, champion=not first.label), *answers[1:]]
    spoils_too = [*corrects[:-1], replace(answers[-1], challenger=not answers[-1].label)]

    assert decide_promotion(corrects, miss_cost=COST, seed=1).promoted
    assert not decide_promotion(spoils_too, miss_cost=COST, seed=1).promoted
    unchanged = decide_promotion(answers, miss_cost=COST, seed=1)
    assert not unchanged.promoted
    assert "too few to weigh" in unchanged.why
    assert (unchanged.difference, unchanged.interval) == (None, None)


def test_without_answers_the_champion_stays() -> None:
    verdict = decide_promotion([], miss_cost=COST, seed=1)

    assert not verdict.promoted
    assert "no answer of yours is left to judge it by" in verdict.why


def test_any_model_is_better_than_none() -> None:
    assert without_champion().promoted


def test_a_reason_fits_on_a_card() -> None:
    for answers in ([], judged(positives=5, negatives=5), judged(positives=20, negatives=20, champion_misses=3)):
        assert decide_promotion(answers, miss_cost=COST, seed=1).why.isprintable()
