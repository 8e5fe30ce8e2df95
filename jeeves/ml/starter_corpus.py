"""The starter corpus: messages we wrote and labelled, so that Jeeves works before its owner has labelled any.

Lives here: reading ``starter/*.jsonl``. Must not live here: how a row becomes a message (``mail.parse``) or a
document (``features``).
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def read_rows() -> Iterator[Mapping[str, object]]:
    """Yield the rows in the order of file names and lines.

    Each holds ``id, from, to, cc, date, subject, body, thread`` (text) and ``label`` (1 needs a place, 0 not).
    """
    folder = files("jeeves.ml") / "starter"
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".jsonl"):
            for line in file.read_text(encoding="utf-8").split("\n"):
                if line:
                    yield json.loads(line)
