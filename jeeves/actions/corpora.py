"""Labelled messages from files: the bundled starter corpus and JSON lines of the owner's choosing.

Lives here: rows to labelled messages, and those to training examples. Must not live here: the labels in the
database, training, figures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jeeves.errors import UserError
from jeeves.mail.lines import read_lines
from jeeves.mail.parse import message_from_fields
from jeeves.mail.records import read_records
from jeeves.ml.features import document
from jeeves.ml.starter_corpus import read_rows
from jeeves.types import Example, Message, Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_LABELS: Final = (0, 1, "skip")
_TRUST_UNSURE: Final = 0.3  # chosen by cross-validation, docs/decisions/0010-classifier.md


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledMessage:
    """A message and its answer."""

    id: str
    message: Message
    label: bool  # True: needs a place
    thread_key: str  # its cross-validation group
    weight: float = 1.0  # messages of its mailbox it stands for; 0: chosen, not drawn, so no figure counts it
    source: str = ""  # the mailbox or collection it comes from, for figures by source
    sure: bool = True  # False: two careful readers could differ
    origin: Origin


def starter_corpus() -> Iterator[LabelledMessage]:
    """Yield the labelled messages Jeeves ships with."""
    for row in read_rows():
        yield from _labelled(row, origin=Origin.STARTER)


def read_corpus(path: Path) -> Iterator[LabelledMessage]:
    """Yield the labelled messages of a file of JSON lines; rows labelled "skip" are passed over.

    A row is what ``mail.records`` takes, with ``label`` (1, 0 or "skip") and, if known, ``thread``, ``weight``
    (0 or more), ``sure`` and ``source``. Raises UserError naming file and line for anything else.
    """
    try:
        with path.open("rb") as stream:
            for position, row in read_records(read_lines(stream)):
                problem = row if isinstance(row, str) else _problem_of(row)
                if isinstance(row, str) or problem:
                    raise UserError(
                        f"{path}, {position}: {problem}",
                        advice='Each line is one message as JSON, with "label": 1, 0 or "skip".',
                    )
                yield from _labelled(row, origin=Origin.CORPUS)
    except OSError as error:
        raise UserError(
            f"{path} cannot be read: {error.strerror or type(error).__name__}",
            advice="Name a file of labelled messages, one JSON object per line.",
        ) from error


def examples(corpus: Iterable[LabelledMessage]) -> Iterator[Example]:
    """Yield each labelled message as what a model learns from."""
    for each in corpus:
        yield Example(
            document=document(each.message),
            label=each.label,
            thread_key=f"{each.origin}:{each.thread_key}",
            weight=each.weight,
            trust=1.0 if each.sure else _TRUST_UNSURE,
            origin=each.origin,
        )


def _labelled(row: Mapping[str, object], *, origin: Origin) -> Iterator[LabelledMessage]:
    if row["label"] == "skip":
        return
    message = message_from_fields(row)
    weight = row.get("weight", 1.0)
    yield LabelledMessage(
        id=str(row.get("id", message.message_key)),
        message=message,
        label=row["label"] == 1,
        thread_key=str(row.get("thread") or message.thread_key),
        weight=float(weight) if isinstance(weight, int | float) else 1.0,
        source=str(row.get("source", "")),
        sure=row.get("sure") is not False,
        origin=origin,
    )


def _problem_of(row: Mapping[str, object]) -> str:
    label, weight = row.get("label"), row.get("weight", 1.0)
    if isinstance(label, bool) or not isinstance(label, int | float | str) or label not in _LABELS:
        return 'has no "label" that is 1, 0 or "skip"'
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not math.isfinite(weight) or weight < 0:
        return 'has a "weight" that is not a number from 0 up'
    return ""
