"""Whether a text is English, the one language the shipped model reads.

Lives here: that question. Must not live here: telling other languages apart.
"""

from __future__ import annotations

import re
from typing import Final

from jeeves.ml.lexicon import COMMON_ENGLISH

_READ: Final = 4_000  # characters
_FEWEST_WORDS: Final = 8  # "Lunch?" and "ok" are taken for English
_LEAST_SHARE: Final = 0.08  # of words; English prose has 0.3 to 0.5, notes in keywords 0.1, other languages under 0.05
_ASCII: Final = 0.5  # share of letters; below it the script is another one
_WORD: Final = re.compile(r"[^\W\d_]+")
_NO_LETTERS: Final = dict.fromkeys((code for code in range(128) if not chr(code).isalpha()), " ")  # of ASCII


def is_english(text: str) -> bool:
    """Tell whether the first ``_READ`` characters look English; too short a text counts as English. Linear."""
    read = text[:_READ]
    if not read.isascii():
        letters = [each for each in read if each.isalpha()]
        if sum(each.isascii() for each in letters) < _ASCII * len(letters):
            return False
    read = read.lower()
    words = read.translate(_NO_LETTERS).split() if read.isascii() else _WORD.findall(read)  # both the same
    return len(words) < _FEWEST_WORDS or sum(map(COMMON_ENGLISH.__contains__, words)) >= _LEAST_SHARE * len(words)
