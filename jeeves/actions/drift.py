"""How the mail looks to a model.

Lives here: scoring mail for the figures of drift. Must not live here: the figures (``ml.drift``), the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jeeves.ml.drift import Period
from jeeves.ml.vocabulary import unknown_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jeeves.ml.model import Model
    from jeeves.types import Message


def see(model: Model, messages: Sequence[Message]) -> Period:
    """Return ``messages`` as ``model`` sees them."""
    predictions = model.predict(messages)
    return Period(
        probabilities=[prediction.probability for prediction in predictions],
        alerts=sum(prediction.needs_place for prediction in predictions),
        unknown_words=unknown_share(model, messages),
    )
