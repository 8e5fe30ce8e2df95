"""A look over many messages at once: how likely each is, and how new.

Lives here: ``Surveyor``. Must not live here: what is shown next (``sampling``), reading messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import expit

from jeeves.ml.evidence import extract
from jeeves.ml.features import OTHER_LANGUAGE, document, zones_of
from jeeves.ml.model import LANGUAGE_PENALTY
from jeeves.ml.sampling import novelties

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jeeves.ml.model import Model
    from jeeves.types import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a glance at a message tells."""

    probability: float  # 0 .. 1, as ``Model.predict`` has it
    novelty: float  # 0 .. 1, beside the messages known so far, see ``sampling.novelties``


class Surveyor:
    """Looks at messages with one model, faster than the model explains them."""

    def __init__(self, model: Model) -> None:
        """Nothing is known yet: every message is as new as can be."""
        self._rows = model.fitted.vectoriser.index()
        self._regression = model.fitted.regression
        self._known = csr_matrix((0, len(self._regression.message_weights)))

    def look(self, messages: Sequence[Message], *, known: bool = False) -> list[Look]:
        """Look at ``messages``, in their order; ``known``: what comes later is compared with these too."""
        if not messages:
            return []
        documents = [document(message) for message in messages]
        rows = self._rows([extract(each) for each in documents])
        foreign = np.array([OTHER_LANGUAGE in zones_of(each).facts for each in documents])
        probabilities = expit(self._regression.log_odds(rows) + np.where(foreign, LANGUAGE_PENALTY, 0.0))
        new = novelties(rows.messages, self._known)
        if known:
            self._learn(rows.messages)
        return [
            Look(probability=probability, novelty=novelty)
            for probability, novelty in zip(probabilities.tolist(), new.tolist(), strict=True)
        ]

    def _learn(self, rows: csr_matrix) -> None:
        """Remember which features were seen: one row stands for all."""
        columns = np.union1d(self._known.indices, rows.indices)
        self._known = csr_matrix((np.ones(len(columns)), columns, [0, len(columns)]), shape=(1, rows.shape[1]))
