"""Which words of a corpus are names, so that a model never learns them.

Lives here: telling names by how they are written. Must not live here: the names of the people in a message's own
header (``features`` hides those).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from jeeves.ml.features import zones_of
from jeeves.ml.tokens import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable

_FEWEST_LOWER: Final = 3  # documents that must write a word small within a sentence before it is no name
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


def name_words(documents: Iterable[str]) -> frozenset[str]:
    """Return the words, lower case, that ``documents`` write with a capital within sentences, or never there at all.

    A sentence's first word and the subject prove nothing, there every word may have a capital. Words in capitals
    throughout count as names too. Linear.
    """
    small: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    seen: set[str] = set()
    for document in documents:
        zones = zones_of(document)
        lines = [_WORD.findall(line) for line in [*zones.text, *zones.quoted]]
        inner = [word for line in lines for word in line[1:]]
        small.update({word for word in inner if word[0].islower()})
        capital.update({word.lower() for word in inner if word[0].isupper()})
        seen.update(
            word.lower() for line in [*lines, *(_WORD.findall(line) for line in zones.subject)] for word in line
        )
    return frozenset(word for word in seen - KNOWN if small[word] < _FEWEST_LOWER or capital[word] >= small[word])
