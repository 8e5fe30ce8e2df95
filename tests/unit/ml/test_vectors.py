from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from jeeves.ml import counting, vectors
from jeeves.ml.evidence import extract
from jeeves.ml.features import document
from jeeves.ml.word_forms import WordForm
from tests.unit.ml.examples import message

TEXTS = (
    "Lunch on Friday?",
    "Lunch on Friday!",
    "Lunch next week?",
    "Lunch on Monday. Shall we?",
    "Rain.",
    "Rain on Friday.",
)
EVIDENCE = [extract(document(message(text))) for text in TEXTS]
EVERY = np.arange(len(TEXTS))


def threads() -> list[str]:
    return [str(number) for number in range(len(TEXTS))]


def test_a_feature_of_fewer_than_three_threads_is_never_learned() -> None:
    counted = counting.count(EVIDENCE, threads(), form=WordForm.WRITTEN, names=())
    names = set(vectors.fit(counted, EVERY, form=WordForm.WRITTEN).names["words"].tolist())
    assert "lunch" in names
    assert not {"rain", "shall", "monday"} & names


def test_copies_within_one_thread_count_once() -> None:
    counted = counting.count(EVIDENCE, ["t"] * len(TEXTS), form=WordForm.WRITTEN, names=())
    assert all(len(names) == 0 for names in vectors.fit(counted, EVERY, form=WordForm.WRITTEN).names.values())


def test_a_fold_chooses_by_its_own_threads_only() -> None:
    counted = counting.count(EVIDENCE, threads(), form=WordForm.WRITTEN, names=())
    names = vectors.fit(counted, np.array([0, 1, 4, 5]), form=WordForm.WRITTEN).names["words"].tolist()
    assert "friday" in names
    assert "lunch" not in names


def test_features_that_hold_a_name_are_left_out() -> None:
    counted = counting.count(EVIDENCE, threads(), form=WordForm.WRITTEN, names={"lunch"})
    assert not any("lunch" in name.split() for name in counted.names["words"].tolist())


@pytest.mark.parametrize(
    ("form", "texts", "together"),
    [
        (WordForm.STEM, ("meeting", "meets", "meet"), "meet"),
        (WordForm.LEMMA, ("we met", "she meets", "they meet"), "meet"),
    ],
)
def test_forms_of_a_word_count_together(form: WordForm, texts: tuple[str, ...], together: str) -> None:
    evidence = [extract(document(message(text))) for text in texts]
    counted = counting.count(evidence, ["a", "b", "c"], form=form, names=())
    assert together in counted.names["words"].tolist()


@pytest.mark.parametrize("form", WordForm)
def test_a_name_is_left_out_however_its_form_is_written(form: WordForm) -> None:
    evidence = [extract(document(message("lunches"))) for _ in range(3)]
    counted = counting.count(evidence, ["a", "b", "c"], form=form, names={"lunches"})
    assert not any("lunch" in name for name in counted.names["words"].tolist())


def test_serving_and_training_give_the_same_rows() -> None:
    counted = counting.count(EVIDENCE, threads(), form=WordForm.WRITTEN, names=())
    vectoriser = vectors.fit(counted, EVERY, form=WordForm.WRITTEN)
    chosen = np.array([3, 0])
    trained, served = vectoriser.rows(counted, chosen), vectoriser.index()([EVIDENCE[3], EVIDENCE[0]])
    assert (trained.messages != served.messages).nnz == 0
    assert (trained.sentences != served.sentences).nnz == 0
    assert trained.starts.tolist() == served.starts.tolist()


def test_the_weights_are_those_of_scikit_learn() -> None:
    counted = counting.count(EVIDENCE, threads(), form=WordForm.WRITTEN, names=())
    vectoriser = vectors.fit(counted, EVERY, form=WordForm.WRITTEN)
    names = vectoriser.names["words"].tolist()
    peer = TfidfVectorizer(analyzer=lambda evidence: evidence.words, vocabulary=names, sublinear_tf=True)
    ours = vectoriser.rows(counted, EVERY).messages[:, : len(names)].toarray()
    assert ours == pytest.approx(peer.fit_transform(EVIDENCE).toarray())


def test_what_is_known_keeps_its_frequencies_and_new_words_join_it() -> None:
    known = vectors.fit(
        counting.count(EVIDENCE, threads(), form=WordForm.WRITTEN, names=()), EVERY, form=WordForm.WRITTEN
    )
    own = [extract(document(message(text))) for text in ("Tennis on Friday?", "Tennis tomorrow?", "Tennis!")]
    counted = counting.count(own, ["x", "y", "z"], form=WordForm.WRITTEN, names=(), known=known)
    grown = vectors.fit(counted, np.arange(3), form=WordForm.WRITTEN, known=known)
    places = vectors.places(known, grown, of_sentences=False)
    words = grown.names["words"].tolist()
    assert "tennis" in words
    assert places[words.index("tennis")] == -1
    assert {"lunch", "friday"} <= set(words)
    assert grown.idf["words"][words.index("lunch")] == known.idf["words"][known.names["words"].tolist().index("lunch")]
    assert known.names["words"][places[words.index("lunch")]] == "lunch"
