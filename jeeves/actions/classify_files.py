"""Classify mail that lies in files: no database, no configuration.

Lives here: batching, so that memory stays constant and the model is still used efficiently, here or by others while
more mail is read. Must not live here: reading files (``mail.archive``), loading models, printing.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from jeeves.mail.archive import ArchiveItem, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from jeeves.ports import Classifier
    from jeeves.types import Message, Prediction

BATCH: Final = 64  # messages scored together
BATCH_CHARACTERS: Final = 4_000_000  # of their text: large messages make smaller batches
BATCHES_EACH: Final = 8  # given to each processor elsewhere at a time


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
        messages = _messages(batch)
        yield from _answers(batch, classifier.predict(messages) if messages else [])


def classify_files_elsewhere(
    score: Callable[[Sequence[Sequence[Message]]], Iterator[Sequence[Prediction]]],
    entries: Iterable[ArchiveItem | Unreadable],
    *,
    processors: int,
) -> Iterator[Classified | Unreadable]:
    """Yield what ``classify_files`` yields; ``score`` starts to have batches scored by others and returns at once.

    Meanwhile the next mail is read: at most two loads are held, each of ``BATCHES_EACH`` batches for each of the
    ``processors``. Raises what ``score`` and what it returns raise.
    """
    running: Iterator[Classified | Unreadable] = iter(())
    batches = _batches(entries)
    while load := list(islice(batches, BATCHES_EACH * processors)):
        yield from running
        running = _joined(load, score([_messages(batch) for batch in load]))
    yield from running


def _joined(
    load: Sequence[Sequence[ArchiveItem | Unreadable]], scored: Iterator[Sequence[Prediction]]
) -> Iterator[Classified | Unreadable]:
    for batch, predictions in zip(load, scored, strict=True):
        yield from _answers(batch, predictions)


def _messages(batch: Sequence[ArchiveItem | Unreadable]) -> list[Message]:
    return [entry.message for entry in batch if isinstance(entry, ArchiveItem)]


def _answers(
    batch: Sequence[ArchiveItem | Unreadable], predictions: Sequence[Prediction]
) -> Iterator[Classified | Unreadable]:
    left = iter(predictions)
    for entry in batch:
        yield entry if isinstance(entry, Unreadable) else Classified(item=entry, prediction=next(left))


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
