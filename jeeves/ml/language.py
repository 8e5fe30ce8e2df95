"""Whether a text is English, the one language the shipped model reads.

Lives here: that question. Must not live here: telling other languages apart.
"""

from __future__ import annotations

import re
from typing import Final

_READ: Final = 4_000  # characters
_FEWEST_WORDS: Final = 6  # "Lunch?" and "ok" are taken for English
_LEAST_SHARE: Final = 0.12  # of words; English prose has 0.3 to 0.5, notes in keywords 0.15, its relatives under 0.1
_ASCII: Final = 0.5  # share of letters; below it the script is another one
_WORD: Final = re.compile(r"[^\W\d_]+")
# The commonest English words that no other Latin-written language shares often.
_COMMON: Final = frozenset(
    "the of and to is you that it for are with as his they be at this have from or by had not but what all were we "
    "when your can said there an each which she do how their if will up other about out many then them these so some "
    "her would make like him has look more go see no could my than been who its now down did get come may i i'm let's "
    "please thanks thank let know any our us meet meeting call where free next week today tomorrow just here re".split()
)


def is_english(text: str) -> bool:
    """Tell whether the first ``_READ`` characters look English; too short a text counts as English. Linear."""
    letters = [each for each in text[:_READ] if each.isalpha()]
    if sum(each.isascii() for each in letters) < _ASCII * len(letters):
        return False
    words = _WORD.findall(text[:_READ].lower())
    return len(words) < _FEWEST_WORDS or sum(word in _COMMON for word in words) >= _LEAST_SHARE * len(words)
