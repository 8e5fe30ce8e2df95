"""Which labels are doubtful: what a model says that learned from the other labels, but from none of the thread.

Lives here: cross-validation for the labelling queue, a fold at a time. Must not live here: training for use
(``train``), what is shown next (``sampling``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import expit

from jeeves.ml.evidence import extract
from jeeves.ml.features import document
from jeeves.ml.fitting import fit
from jeeves.ml.sampling import disagreement
from jeeves.ml.train import LEAST_OF_EACH

if TYPE_CHECKING:
    from jeeves.ml.evidence import Evidence
    from jeeves.ml.model import Model
    from jeeves.types import Message

FOLDS: Final = 5
PENALTY: Final = 10.0  # how near each fold's model stays to the one it starts from; the middle of those training tries


class Doubts:
    """The labelled messages, and a model that has seen none of them."""

    def __init__(self, untaught: Model, *, seed: int) -> None:
        """Start each fold from ``untaught``, which learned from no label of the owner; ``seed`` deals the folds."""
        self._fitted = untaught.fitted
        self._rows = untaught.fitted.vectoriser.index()
        self._threshold = untaught.threshold
        self._seed = seed
        self._evidence: list[Evidence] = []
        self._labels: list[bool] = []
        self._threads: list[str] = []

    def add(self, message: Message, *, label: bool) -> None:
        """Take in a labelled message; ``label``: it needs a place."""
        self._evidence.append(extract(document(message)))
        self._labels.append(label)
        self._threads.append(message.thread_key)

    def fold(self, number: int) -> list[tuple[int, float]]:
        """Judge a share of the messages, ``number`` of 0 .. ``FOLDS`` - 1, by what the others teach.

        As long as these are too few of either kind, the model that all start from judges.
        Returns the place of each in the order of adding, and its disagreement (``sampling.disagreement``). Whole
        threads are in one fold.
        """
        dealt = self._dealt()
        judge, learn = np.flatnonzero(dealt == number), np.flatnonzero(dealt != number)
        if not judge.size:
            return []
        regression = self._fitted.regression
        labels = np.array(self._labels, dtype=np.bool_)
        if min(labels[learn].sum(), (~labels[learn]).sum()) >= LEAST_OF_EACH:
            rows = self._rows([self._evidence[place] for place in learn])
            regression = fit(rows, labels[learn], np.ones(learn.size), penalty=PENALTY, prior=regression)
        odds = regression.log_odds(self._rows([self._evidence[place] for place in judge]))
        return [
            (place, disagreement(label=bool(labels[place]), probability=probability, threshold=self._threshold))
            for place, probability in zip(judge.tolist(), expit(odds).tolist(), strict=True)
        ]

    def _dealt(self) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """Return the fold of each message."""
        threads = {thread: number for number, thread in enumerate(dict.fromkeys(self._threads))}
        folds = np.random.default_rng(self._seed).permutation(np.arange(len(threads)) % FOLDS)
        return np.array([folds[threads[thread]] for thread in self._threads], dtype=np.intp)
