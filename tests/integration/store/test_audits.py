from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jeeves.ml.misses import MissEstimate, estimate_misses
from jeeves.ml.sampling import lot
from jeeves.store.audits import PostgresAudits
from jeeves.store.labels import PostgresLabels
from jeeves.store.messages import PostgresMessages
from jeeves.types import Answer, LabelSource, Person, Suppressed
from tests.integration.store.build import ACCOUNT, ALERT, LATER, NOW, PREDICTION, cursor, opened, received

if TYPE_CHECKING:
    from sqlalchemy import Engine

ALWAYS = NOW.replace(year=2000)


@pytest.fixture
def numbers(engine: Engine) -> list[int]:
    """Store four messages; all but the last are classified, the first was found; return their numbers."""
    store = PostgresMessages(engine)
    store.store_batch(ACCOUNT, [received(uid) for uid in (1, 2, 3, 4)], cursor(4), reset=False)
    stored = store.unclassified(4)
    for each in stored[:3]:
        found = each is stored[0]
        prediction = PREDICTION if found else replace(PREDICTION, probability=0.1, needs_place=False)
        store.record_decision(
            each,
            prediction,
            opened(each),
            ALERT if found else Suppressed(reason="not_needed"),
            channel="console",
            expires_at=LATER,
            now=NOW,
        )
    return [each.id for each in stored]


def test_what_was_classified_comes_with_what_jeeves_and_the_owner_said(engine: Engine, numbers: list[int]) -> None:
    labels, audits = PostgresLabels(engine), PostgresAudits(engine)
    labels.add(numbers[1], Answer.NO, LabelSource.CLI, now=NOW)
    labels.add(numbers[1], Answer.YES, LabelSource.GMAIL, now=LATER)
    labels.add(numbers[1], Answer.NO, LabelSource.IMPORT, now=LATER)

    audits.draw([numbers[1]], now=LATER)

    first, second, third = audits.classified(since=ALWAYS)
    assert [each.id for each in (first, second, third)] == numbers[:3]
    assert (first.found, second.found) == (True, False)
    assert (second.answer, second.drawn_at, second.decided_at) == (Answer.YES, LATER, NOW)
    assert (third.answer, third.drawn_at) == (None, None)


def test_a_message_keeps_its_first_drawing_and_one_that_is_gone_is_passed_over(
    engine: Engine, numbers: list[int]
) -> None:
    audits = PostgresAudits(engine)
    audits.draw([numbers[2]], now=NOW)

    audits.draw([*numbers[1:3], max(numbers) + 1], now=LATER)

    assert [each.drawn_at for each in audits.classified(since=ALWAYS)] == [None, LATER, NOW]


def test_what_the_owner_wrote_is_left_out(engine: Engine) -> None:
    store = PostgresMessages(engine)
    own = received(9, sender=Person(name="Anna", address=ACCOUNT.title()))
    store.store_batch(ACCOUNT, [own], cursor(9), reset=False)
    (stored,) = store.unclassified(1)
    silent = Suppressed(reason="own")
    store.record_decision(stored, PREDICTION, opened(stored), silent, channel="console", expires_at=LATER, now=NOW)

    assert PostgresAudits(engine).classified(since=ALWAYS) == []


def test_an_audit_becomes_an_estimate(engine: Engine, numbers: list[int]) -> None:
    # given: of the two messages Jeeves stayed silent on, the audit drew the one of the lower lot, and it was a miss
    drawn = min(numbers[1:3], key=lot)
    audits = PostgresAudits(engine)
    audits.draw([drawn], now=LATER)
    PostgresLabels(engine).add(drawn, Answer.YES, LabelSource.CLI, now=LATER)

    found = estimate_misses(audits.classified(since=ALWAYS))

    assert found == MissEstimate(messages=3, audits=1, missed=1, estimate=2, low=1, high=2, until=LATER)


def test_older_mail_is_left_out(engine: Engine, numbers: list[int]) -> None:
    assert len(numbers) == 4
    assert PostgresAudits(engine).classified(since=LATER) == []
