"""Which sentence of a message earned it its label.

Lives here: learning that from labelled messages by their cues. Must not live here: the decision and its fit
(``pooled``), what a cue is (``cues``).

A label is known for the message only. Cues carry over from one message to another as words do not, and there are few
of them, so they tell it soonest: learned from cues alone, then kept while all weights are fitted, it serves as well as
learning both together, and leaves one convex problem (docs/decisions/0019-search.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from jeeves.ml import fitting

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jeeves.ml.vectors import Rows

    Floats = NDArray[np.float64]

MOST: Final = 5  # sentences of a message that are learned from; ten change no figure
ROUNDS: Final = 4  # a fifth changes no figure
_PENALTY: Final = 0.5


class Telling(NamedTuple):
    """The sentences of some documents that are learned from."""

    sentences: NDArray[np.intp]  # their rows
    starts: NDArray[np.intp]  # first of each document
    shares: Floats  # how much each earned its document's label, 1 in sum per document

    def of(self, rows: Rows) -> Rows:
        """Return the documents with these sentences alone."""
        return rows._replace(sentences=rows.sentences[self.sentences], starts=self.starts)


def most_telling(shares: Floats, starts: NDArray[np.intp]) -> Telling:
    """Return the ``MOST`` sentences of each document with the largest shares, in their order."""
    sizes = np.diff(np.append(starts, len(shares)))
    owners = np.repeat(np.arange(len(starts)), sizes)
    ranks = np.empty(len(shares), dtype=np.intp)
    ranks[np.lexsort((-shares, owners))] = np.arange(len(shares)) - starts[owners]
    chosen = np.flatnonzero(ranks < MOST)
    kept = np.minimum(sizes, MOST)
    beginnings = np.cumsum(kept) - kept
    sums = np.add.reduceat(shares[chosen], beginnings)
    return Telling(sentences=chosen, starts=beginnings, shares=shares[chosen] / sums[owners[chosen]])


def learned_shares(cues: Rows, labels: NDArray[np.bool_], weights: Floats) -> Floats:
    """Return how much each sentence earned its document's label: 0 .. 1, 1 in sum per document.

    ``cues`` are rows without words (``Vectoriser.without_words``); ``weights`` says how much each document counts.
    """
    fitted = fitting.nothing_known(cues)
    for _ in range(ROUNDS):
        fitted = fitting.fit(cues, labels, weights, penalty=_PENALTY, shares=fitted.shares(cues))
    return fitted.shares(cues)
