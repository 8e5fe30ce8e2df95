from __future__ import annotations

import numpy as np
import pytest

from benchmarks.grid_search import grid_search
from jeeves.actions.corpora import examples, starter_corpus
from jeeves.ml import settings
from jeeves.ml.search import cross_validate, gather, quality
from jeeves.ml.settings import FEW, HyperParameters, Shape
from jeeves.ml.train import folds_of
from jeeves.ml.word_forms import WordForm
from jeeves.types import Origin

GRID = [
    HyperParameters(shape=shape, penalty=penalty, cue_penalty=cue_penalty)
    for shape in (
        Shape(form=WordForm.WRITTEN, longest=3, rarity=1),
        Shape(form=WordForm.STEM, longest=2, rarity=2),
    )
    for penalty, cue_penalty in ((0.05, 4.0), (0.4, 0.5))
]


def test_it_finds_what_a_grid_search_over_a_pipeline_finds() -> None:
    mail = list(examples(starter_corpus()))[::8]
    material, folds = gather(mail, forms=(WordForm.WRITTEN, WordForm.STEM)), folds_of(mail, seed=1)

    found = cross_validate(material, folds, GRID, progress=lambda _done, _total: None)
    scores = [quality(row, material.labels, np.ones(len(mail), dtype=np.bool_), folds) for row in found]
    peer = grid_search(mail, GRID, folds, material.counted, analysed_once=True)

    assert scores == pytest.approx(peer, abs=2e-3)
    assert np.argmax(scores) == np.argmax(peer)
    assert max(scores) - min(scores) > 0.01


def test_there_are_at_least_192_settings_where_there_is_mail_enough() -> None:
    nothing_known = settings.grid({Origin.CORPUS}, judged=2_000)
    from_prior = settings.grid({Origin.STARTER, Origin.OWNER}, judged=2_000, form=WordForm.WRITTEN)
    for points in (nothing_known, from_prior):
        assert len(set(points)) == len(points) >= 192
    assert {point.shape.form for point in from_prior} == {WordForm.WRITTEN}


def test_a_few_answers_choose_among_a_few_settings() -> None:
    assert len(settings.grid({Origin.STARTER, Origin.OWNER}, judged=FEW - 1, form=WordForm.LEMMA)) == 9
