"""Which sentence of a message earned it its label.

Lives here: learning that from labelled messages by their cues. Must not live here: the decision and its fit
(``pooled``), what a cue is (``cues``).

A label is known for the message only. Cues carry over from one message to another as words do not, and there are few
of them, so they tell it soonest: learned from cues alone, then kept while all weights are fitted, it serves as well as
learning both together, and leaves one convex problem (docs/decisions/0019-search.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jeeves.ml import pooled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jeeves.ml.vectors import Rows

    Floats = NDArray[np.float64]

ROUNDS: Final = 4  # a fifth changes no figure
_PENALTY: Final = 0.5


def learned_shares(cues: Rows, labels: NDArray[np.bool_], weights: Floats) -> Floats:
    """Return how much each sentence earned its document's label: 0 .. 1, 1 in sum per document.

    ``cues`` are rows without words (``Vectoriser.without_words``); ``weights`` says how much each document counts.
    """
    fitted = pooled.nothing_known(cues)
    for _ in range(ROUNDS):
        fitted = pooled.fit(cues, labels, weights, penalty=_PENALTY, shares=fitted.shares(cues))
    return fitted.shares(cues)
