"""A model at work on a cluster.

Lives here: what goes to the workers for it and comes back. Must not live here: connecting (``cluster``), how a model
scores (``model``), where messages come from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from joblib import Parallel, delayed

from jeeves.ml.parcel import Parcel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jeeves.ml.model import Model
    from jeeves.types import Message, Prediction


def score_elsewhere(model: Model, batches: Sequence[Sequence[Message]]) -> Iterator[Sequence[Prediction]]:
    """Start to have batches scored by the workers; yields what ``model.predict`` says of each, in order.

    To be called inside ``cluster.connected``; ``model`` goes there at the first call only.
    """
    tasks = [delayed(_predict)(model, Parcel(tuple(batch))) for batch in batches]
    running: Iterator[Sequence[Prediction]] = Parallel(n_jobs=-1, return_as="generator", pre_dispatch="all")(tasks)
    return running


def _predict(model: Model, messages: Parcel) -> list[Prediction]:
    return model.predict(messages.content)
