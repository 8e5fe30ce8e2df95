from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from jeeves.ml.evidence import extract
from jeeves.ml.features import document
from jeeves.ml.model import BASE, SEVERAL, Model
from jeeves.ml.sentences import MAX_SENTENCE, sentences
from jeeves.types import Invite, Message
from tests.unit.ml.examples import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jeeves.ports import Classifier

PROPOSAL = message("Hello again.\nAre you free for lunch on Tuesday? Love, Ann", key="p")
PARCEL = message("Your parcel arrives tomorrow. Track it at https://post.example.com/t/2.", key="q")


class TestOneMessageIsOneDocument:
    """The ancestor iterated over a message and scored each of its words as if it were a message."""

    def test_one_message_gives_one_prediction(self, model: Model) -> None:
        assert len(model.predict([PROPOSAL])) == 1

    @pytest.mark.parametrize("count", [0, 2, 7])
    def test_n_messages_give_n_predictions(self, model: Model, count: int) -> None:
        assert len(model.predict([PROPOSAL] * count)) == count

    def test_a_row_holds_ngrams_that_span_the_words_of_the_message(self, model: Model) -> None:
        (explanation,) = model.explain([PROPOSAL])
        assert {"lunch", "are you", "are you free"} <= {reason.feature for reason in explanation.reasons}

    @pytest.mark.parametrize("wrong", ["Lunch on Tuesday?", b"Lunch?", PROPOSAL, ["Lunch", "on", "Tuesday?"]])
    def test_text_or_a_lone_message_is_refused(self, model: Model, wrong: object) -> None:
        with pytest.raises(TypeError, match="sequence of messages"):
            model.predict(cast("Sequence[Message]", wrong))


def test_it_fits_the_port(model: Model) -> None:
    classifier: Classifier = model
    assert classifier.version == "test-1"


def test_a_proposal_without_a_place_scores_above_everyday_mail(model: Model) -> None:
    proposal, parcel = model.predict([PROPOSAL, PARCEL])
    assert proposal.needs_place
    assert not parcel.needs_place
    assert proposal.probability > model.threshold > parcel.probability


def test_a_batch_scores_each_message_as_it_would_alone(model: Model) -> None:
    long = replace(PROPOSAL, text=f"{PROPOSAL.text}\n{'Parcel 7 ' * 3_000}")  # of these some are too much at once
    batch = [PROPOSAL, PARCEL, message(), PROPOSAL, *[long] * 21, PARCEL]
    assert model.predict(batch) == [model.predict([each])[0] for each in batch]


def test_reasons_are_the_strongest_with_the_sign_of_their_weight(model: Model) -> None:
    mixed = message("Are you free on Tuesday? Your parcel arrives, payment is due.")
    reasons = model.predict([mixed])[0].reasons
    assert [abs(reason.weight) for reason in reasons] == sorted((abs(r.weight) for r in reasons), reverse=True)
    assert 1 < len(reasons) <= 5
    assert model.predict([message("Are you free?")])[0].reasons[0].weight > 0
    assert model.predict([message("Your parcel arrives")])[0].reasons[0].weight < 0


@pytest.mark.parametrize(
    "letter",
    [
        PROPOSAL,
        PARCEL,
        message(),
        message("Lunch?\n" * 40, subject="Lunch?"),
        message("Wollen wir uns nächste Woche zum Mittagessen treffen? Sag mir, wann es dir passt."),
        replace(message("Works for me."), quoted="Lunch on Friday?"),
        replace(message(), invite=Invite(method="REQUEST", summary="Lunch")),
    ],
)
def test_the_reasons_add_up_to_the_score(model: Model, letter: Message) -> None:
    (explanation,), (prediction,) = model.explain([letter]), model.predict([letter])
    added = sum(reason.weight for reason in explanation.reasons)
    assert explanation.log_odds == pytest.approx(added)
    rows = model.fitted.vectoriser.index()([extract(document(letter))])
    language = sum(reason.weight for reason in explanation.reasons if reason.feature == "not in English")
    assert added == pytest.approx(model.fitted.regression.log_odds(rows)[0] + language, abs=1e-6)
    assert prediction.probability == pytest.approx(1 / (1 + math.exp(-added)))
    assert BASE in {reason.feature for reason in explanation.reasons}


def test_several_telling_sentences_are_a_reason_of_their_own(model: Model) -> None:
    (many,), (one,) = model.explain([message("Lunch?\n" * 5)]), model.explain([message("Lunch?")])
    assert next(reason.weight for reason in many.reasons if reason.feature == SEVERAL) > 0
    assert SEVERAL not in {reason.feature for reason in one.reasons}


def test_another_language_raises_no_alert_and_says_so(model: Model) -> None:
    german = message("Wollen wir uns zum Lunch treffen? Bist du am Freitag free, oder passt dir Tuesday besser?")
    (prediction,) = model.predict([german])
    assert not prediction.needs_place
    assert prediction.reasons[0].feature == "not in English"


def test_the_sentence_is_the_one_that_asks(model: Model) -> None:
    assert model.predict([PROPOSAL])[0].sentence == "Are you free for lunch on Tuesday?"


def test_the_subject_speaks_when_the_text_does_not(model: Model) -> None:
    asked_in_subject = message("Ann", subject="Are you free for lunch on Tuesday?")
    assert model.predict([asked_in_subject])[0].sentence == "Are you free for lunch on Tuesday?"


def test_the_sentence_that_asks_is_found_under_a_subject_that_grows_in_lower_case(model: Model) -> None:
    subject = "İ" * 130  # 260 characters when small: two sentences
    under_it = replace(PROPOSAL, subject=subject)
    alone = replace(PROPOSAL, subject=subject, text="")

    assert model.predict([under_it])[0].sentence == "Are you free for lunch on Tuesday?"
    assert model.predict([alone, PROPOSAL])[0].sentence == subject


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "🎉🥂",
        "火曜日に昼ごはんでもどうですか?",
        "\ud800",
        "\x1b[2J\x07?",
        "?" * 1_000_000,
        "lunch? " * 150_000,
    ],
)
def test_no_message_is_too_odd_to_score(model: Model, text: str) -> None:
    for odd in (message(text), message(subject=text), replace(message(text), invite=Invite(summary=text))):
        (prediction,) = model.predict([odd])
        assert 0 <= prediction.probability <= 1
        assert len(prediction.sentence) <= MAX_SENTENCE


def test_sentences_are_short_printable_and_on_one_line() -> None:
    found = list(sentences("Hi\x1b[31m Bob,\n\nLunch?\u2028Or tea!  " + "word " * 200))
    assert found[:4] == ["Hi [31m Bob,", "Lunch?", "Or tea!", found[3]]
    assert all(len(each) <= MAX_SENTENCE and each.isprintable() for each in found)


def test_a_sentence_wrapped_by_the_mail_program_stays_whole() -> None:
    wrapped = "I was wondering, since I am going to be around for all of\nnext week, whether you are free?\nAnn"
    assert list(sentences(wrapped))[-2:] == [
        "I was wondering, since I am going to be around for all of next week, whether you are free?",
        "Ann",
    ]


@pytest.mark.parametrize("unit", ["a", "a ", ".", ". ", "\n", "x" * 300 + " ", "x" * 60 + "\n", "! ", "\u3000"])
def test_splitting_takes_linear_time(unit: str) -> None:
    started = time.process_time()
    for _ in sentences(unit * (1_000_000 // len(unit))):
        pass
    assert time.process_time() - started < 10  # quadratic splitting would take minutes
