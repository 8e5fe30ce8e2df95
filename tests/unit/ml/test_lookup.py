"""Looking n-grams up by the numbers of their tokens finds what making them finds, to the last of their weights."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jeeves import shipped
from jeeves.actions.corpora import starter_corpus
from jeeves.ml import vectors
from jeeves.ml.artifact import load_active
from jeeves.ml.counting import count
from jeeves.ml.evidence import extract
from jeeves.ml.features import OTHER_LANGUAGE, document, read, zones_of
from jeeves.ml.lookup import Lookup
from jeeves.ml.model import BASE, LANGUAGE_PENALTY, MOST_REASONS
from jeeves.ml.word_forms import WordForm
from jeeves.types import History, Invite, Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from jeeves.ml.lookup import Entries
    from jeeves.ml.vectors import Vectoriser

LEARNED = 300


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    found = [each.message for each in starter_corpus()]
    strange = [
        replace(found[0], subject="", text="", quoted=""),  # no sentence at all
        replace(found[1], text="~the ~ <meal> quoted:lunch ? ?? @ \x1e a_name LUNCH\u2028AT THE İSTANBUL ΣΑΣ"),
        replace(
            found[1],
            text="火曜日に昼ごはん? B-204 x_y $5 LUNCH\n" * 90,
            quoted="at @ the Ivy @\n\0\nhttps://" + "a" * 700,
        ),
        replace(found[2], text="lunch " * 3_000, quoted="> lunch?\n> dinner?\n> when shall we meet?"),
        replace(found[3], history=History(earlier=12, written=True, answers_owner=True, asks=False)),
        replace(found[4], invite=Invite(method="REQUEST", summary="Lunch with Ada", location="")),
    ]
    return found[:LEARNED] + found[LEARNED : LEARNED + 200] + strange


def fitted(messages: Sequence[Message], form: WordForm) -> Vectoriser:
    evidence = [extract(document(each)) for each in messages[:LEARNED]]
    threads = [str(number) for number in range(LEARNED)]
    counted = count(evidence, threads, form=form, names=())
    return vectors.fit(counted, np.arange(LEARNED), form=form)


def dense(entries: Entries, shape: tuple[int, int]) -> NDArray[np.float64]:
    matrix = np.zeros(shape)
    matrix[entries.rows, entries.columns] = entries.values
    return matrix


def differ(entries: Entries, wanted: csr_matrix) -> float:
    return float(np.abs(dense(entries, wanted.shape) - wanted.toarray()).max())


@pytest.mark.parametrize("form", list(WordForm))
def test_what_is_found_weighs_what_it_weighs_in_training(messages: list[Message], form: WordForm) -> None:
    # given: a vocabulary, and mail it was made from and other mail
    vectoriser = fitted(messages, form)
    lookup, index = Lookup(vectoriser), vectoriser.index()
    asked = messages[LEARNED - 100 :]

    # when
    wanted = index([extract(document(each)) for each in asked])
    found = lookup.find([read(each)[0] for each in asked])

    # then
    assert len(found.messages.rows) > len(asked)
    assert differ(found.messages, wanted.messages) < 1e-12
    assert differ(found.sentences, wanted.sentences) < 1e-12
    assert found.starts.tolist() == wanted.starts.tolist()


def test_a_message_alone_weighs_what_it_weighs_among_others(messages: list[Message]) -> None:
    lookup = Lookup(fitted(messages, WordForm.WRITTEN))
    asked = [read(each)[0] for each in messages[-40:]]

    together = lookup.find(asked)

    for number, each in enumerate(asked):
        alone, own = lookup.find([each]).messages, together.messages.rows == number
        assert alone.columns.tolist() == together.messages.columns[own].tolist()
        assert alone.values == pytest.approx(together.messages.values[own], abs=1e-12)


def test_an_empty_vocabulary_finds_nothing(messages: list[Message]) -> None:
    none = {kind.name: np.array([], dtype=np.str_) for kind in vectors.KINDS}
    nothing = {kind.name: np.array([]) for kind in vectors.KINDS}
    lookup = Lookup(vectors.Vectoriser(names=none, idf=nothing, form=WordForm.WRITTEN))

    found = lookup.find([read(each)[0] for each in messages[:3]])

    assert (len(found.messages.rows), len(found.sentences.rows)) == (0, 0)


def test_the_zones_of_a_message_are_those_of_its_document(messages: list[Message]) -> None:
    for each in messages:
        assert read(each)[0] == zones_of(document(each))


def test_the_shipped_model_scores_as_its_decision_function_says(messages: list[Message]) -> None:
    # given: the function applied to matrices, as in training
    model = load_active(shipped("models"))
    rows = model.fitted.vectoriser.index()([extract(document(each)) for each in messages])
    foreign = [OTHER_LANGUAGE in read(each)[0].facts for each in messages]
    wanted = model.fitted.regression.log_odds(rows) + np.where(foreign, LANGUAGE_PENALTY, 0.0)

    # when
    explained, predicted = model.explain(messages), model.predict(messages)

    # then: so says the model, whose reasons add up, and whose predictions name the strongest of them
    assert [each.log_odds for each in explained] == pytest.approx(wanted.tolist(), abs=1e-9)
    for why, said in zip(explained, predicted, strict=True):
        assert sum(reason.weight for reason in why.reasons) == pytest.approx(why.log_odds, abs=1e-9)
        assert said.reasons == tuple(reason for reason in why.reasons if reason.feature != BASE)[:MOST_REASONS]
        assert said.probability == pytest.approx(1 / (1 + np.exp(-why.log_odds)))
