"""Which words a model knows.

Lives here: comparing mail with a model's vocabulary. Must not live here: how it was fitted, what an unknown word means.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from jeeves.ml.sentences import sentences
from jeeves.ml.tokens import normalise, tokens
from jeeves.ml.word_forms import formed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jeeves.ml.model import Model
    from jeeves.types import Message

MOST_MESSAGES: Final = 300
_READ: Final = 2_000  # characters of each message


def unknown_share(model: Model, messages: Sequence[Message]) -> float:
    """Return the share of the words of ``messages`` that ``model`` does not know, 0 .. 1; 0 without words.

    Numbers, links and names count by class and are no words.
    """
    counts: Counter[str] = Counter()
    for message in messages[:MOST_MESSAGES]:
        for sentence in sentences(f"{message.subject.lower()}\n{message.text[:_READ]}"):
            counts.update(token for token in tokens(normalise(sentence)) if token.isalpha())
    vectoriser = model.fitted.vectoriser
    known = set(vectoriser.names["words"].tolist())
    unknown = sum(count for word, count in counts.items() if formed(word, vectoriser.form) not in known)
    return unknown / max(counts.total(), 1)
