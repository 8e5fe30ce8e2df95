"""A model at work on a cluster.

Lives here: what goes to the workers for it and comes back. Must not live here: connecting (``cluster``), how a model
scores (``model``), where messages come from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from joblib import Parallel, delayed

from jeeves.ml.cluster import Parcel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jeeves.ml.cluster import Cluster
    from jeeves.ml.model import Model
    from jeeves.types import Message, Prediction


def scoring_on(
    cluster: Cluster, model: Model
) -> Callable[[Sequence[Sequence[Message]]], Iterator[Sequence[Prediction]]]:
    """Return a function that has batches scored by the workers: it starts that and returns, batch by batch, in order.

    ``model`` goes there once. The predictions are those of ``model.predict``. To be used inside ``cluster.connected``.
    """
    there = cluster.share(model)

    def score(batches: Sequence[Sequence[Message]]) -> Iterator[Sequence[Prediction]]:
        tasks = [delayed(_predict)(there, Parcel(tuple(batch))) for batch in batches]
        running: Iterator[Sequence[Prediction]] = Parallel(n_jobs=-1, return_as="generator", pre_dispatch="all")(tasks)
        return running

    return score


def _predict(model: Model, messages: Parcel) -> list[Prediction]:
    return model.predict(messages.content)
