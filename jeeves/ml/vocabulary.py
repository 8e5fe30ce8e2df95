"""Which words a model knows.

Lives here: asking a model, word by word. Must not live here: how it was fitted, what an unknown word means.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from jeeves.types import Message, Person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jeeves.ml.model import Model

MOST_MESSAGES: Final = 300
MOST_WORDS: Final = 3_000  # different ones, the most frequent first
_READ: Final = 2_000  # characters of each message
_WORD: Final = re.compile(r"[^\W\d_]{2,30}")
_NOBODY_WRITES: Final = "qxzvkjw"


def unknown_share(model: Model, messages: Sequence[Message]) -> float:
    """Return the share of the words of ``messages`` that ``model`` does not know, 0 .. 1; 0 without words.

    A word is known when, alone in a message, it makes a feature that a nonsense word in its place does not.
    """
    counts: Counter[str] = Counter()
    for message in messages[:MOST_MESSAGES]:
        counts.update(_WORD.findall(f"{message.subject} {message.text[:_READ]}".lower()))
    words = [word for word, _ in counts.most_common(MOST_WORDS)]
    if not words:
        return 0.0
    rows = model.vectorise([_only(word) for word in (_NOBODY_WRITES, *words)])
    nonsense = set(rows[0].indices.tolist())
    known = {word for place, word in enumerate(words, start=1) if set(rows[place].indices.tolist()) - nonsense}
    return sum(counts[word] for word in words if word not in known) / sum(counts[word] for word in words)


def _only(word: str) -> Message:
    return Message(
        message_key="word", thread_key="word", sender=Person(), text=word, received_at=datetime(2000, 1, 1, tzinfo=UTC)
    )
