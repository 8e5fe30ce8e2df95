"""What the tests of the contest share: a ground of 50 messages, and methods that take no time."""

from __future__ import annotations

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.naive_bayes import BernoulliNB

from jeeves.ml.contest import Labelled, Method, Preparation
from tests.unit.ml.examples import examples


def labelled() -> Labelled:
    learned = examples()
    return Labelled(
        documents=[each.document for each in learned],
        labels=np.array([each.label for each in learned]),
        weights=np.ones(len(learned)),
        threads=[each.thread_key for each in learned],
    )


GUESSER = Method(
    name="guesser",
    preparation=Preparation.NONE,
    build=lambda _seed: DummyClassifier(strategy="prior"),
    grid=({},),
)
LEARNER = Method(
    name="learner",
    preparation=Preparation.NONE,
    build=lambda _seed, learns: BernoulliNB() if learns else DummyClassifier(strategy="prior"),
    grid=({"learns": 0}, {"learns": 1}),
)
