"""The evidence of whole messages as one matrix, for methods that know no sentences.

Lives here: that matrix, in the manner of a scikit-learn transformer. Must not live here: the methods (``contest``), the
model that is shipped (``train``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jeeves.ml import counting, vectors
from jeeves.ml.evidence import extract
from jeeves.ml.names import name_words
from jeeves.ml.word_forms import WordForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scipy.sparse import csr_matrix

    from jeeves.ml.vectors import Vectoriser


class MessageFeatures:
    """Words, telling words and cues of each document; a document counts as a thread of its own."""

    _vectoriser: Vectoriser

    def fit_transform(self, documents: Sequence[str]) -> csr_matrix:
        """Choose the vocabulary by ``documents`` and return their rows."""
        evidence = [extract(document) for document in documents]
        threads = [str(number) for number in range(len(documents))]
        counted = counting.count(evidence, threads, form=WordForm.WRITTEN, names=name_words(documents))
        everything = np.arange(len(documents))
        self._vectoriser = vectors.fit(counted, everything, form=WordForm.WRITTEN)
        return self._vectoriser.rows(counted, everything).messages

    def transform(self, documents: Sequence[str]) -> csr_matrix:
        """Return the rows of ``documents`` over that vocabulary."""
        return self._vectoriser.index()([extract(document) for document in documents]).messages
