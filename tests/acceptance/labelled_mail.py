"""A small labelled corpus of our own, as a file."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
WANTED = (
    "Shall we have lunch together on {day}? Tell me what suits you.",
    "Are you free for a drink on {day} after work?",
    "It would be lovely to see you on {day}. Where shall we go?",
    "Let us have dinner on {day}, you pick the spot.",
    "Would {day} work for coffee? I am in town.",
)
UNWANTED = (
    "Your parcel arrives on {day}. Track it online.",
    "Lunch is on {day} at the Golden Lion on Mill Street.",
    "The invoice for {day} is attached. Payment is due in 30 days.",
    "Thanks for dinner on {day}, it was a lovely evening.",
    "The backup of {day} finished without errors.",
    "The train on {day} leaves from platform 4.",
)


def write_corpus(path: Path) -> Path:
    """Write 25 messages that need a place and 30 that do not, each its own thread; the latter stand for ten each."""
    texts = [*((text, 1) for text in WANTED), *((text, 0) for text in UNWANTED)]
    rows = [
        {
            "id": f"letter-{number}",
            "from": "ann@example.org",
            "to": "me@example.com",
            "subject": "Hello",
            "body": text.format(day=day),
            "thread": f"thread-{number}",
            "label": label,
            "weight": 1 if label else 10,
            "source": "letters",
        }
        for number, ((text, label), day) in enumerate(product(texts, DAYS))
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
