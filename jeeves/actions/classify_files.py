"""Classify mail that lies in files: no database, no configuration.

Lives here: batching, so that memory stays constant and the model is still used efficiently. Must not live here:
reading files (``mail.archive``), loading models, printing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jeeves.mail.archive import ArchiveItem, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jeeves.ports import Classifier
    from jeeves.types import Prediction

BATCH: Final = 64  # messages scored together
BATCH_CHARACTERS: Final = 4_000_000  # of their text: large messages make smaller batches


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """One message of an archive with its score."""

    item: ArchiveItem
    prediction: Prediction


def classify_files(
    classifier: Classifier, entries: Iterable[ArchiveItem | Unreadable]
) -> Iterator[Classified | Unreadable]:
    """Yield each entry in order, messages with their prediction; at most one batch is held at a time."""
    for batch in _batches(entries):
        items = [entry for entry in batch if isinstance(entry, ArchiveItem)]
        predictions = iter(classifier.predict([item.message for item in items]) if items else [])
        for entry in batch:
            if isinstance(entry, Unreadable):
                yield entry
            else:
                yield Classified(item=entry, prediction=next(predictions))


def _batches(entries: Iterable[ArchiveItem | Unreadable]) -> Iterator[list[ArchiveItem | Unreadable]]:
    batch: list[ArchiveItem | Unreadable] = []
    characters = 0
    for entry in entries:
        batch.append(entry)
        if isinstance(entry, ArchiveItem):
            characters += len(entry.message.text) + len(entry.message.quoted)
        if len(batch) >= BATCH or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch
