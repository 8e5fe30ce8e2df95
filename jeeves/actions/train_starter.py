"""Train the model that works before its owner has labelled anything.

Lives here: starter rows to examples, and the one call that trains on them. Must not live here: the training itself
(``ml.train``), where the model is kept (the caller saves it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jeeves.mail.parse import message_from_fields
from jeeves.ml.features import document
from jeeves.ml.starter_corpus import read_rows
from jeeves.ml.train import Trained, train
from jeeves.types import Example

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

SEED: Final = 20_260_101


def train_starter(*, progress: Callable[[int, int], None]) -> Trained:
    """Train on the starter corpus; always the same model. ``progress`` hears (folds done, folds in all)."""
    return train(list(labelled_examples(read_rows())), seed=SEED, progress=progress)


def labelled_examples(rows: Iterable[Mapping[str, object]]) -> Iterator[Example]:
    """Yield one example per row that is labelled 1 or 0; rows marked "skip" are passed over.

    A row is what ``message_from_fields`` reads, with ``label`` and ``thread`` (its cross-validation group).
    """
    for row in rows:
        if row["label"] in (0, 1):
            yield Example(
                document=document(message_from_fields(row)), label=row["label"] == 1, thread_key=str(row["thread"])
            )
