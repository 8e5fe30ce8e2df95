"""Whether a text is English, the one language the shipped model reads.

Lives here: that question. Must not live here: telling other languages apart.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jeeves.ml.lexicon import COMMON_ENGLISH

if TYPE_CHECKING:
    from collections.abc import Sequence

_READ: Final = 4_000  # characters
_FEWEST_WORDS: Final = 8  # "Lunch?" and "ok" are taken for English
_LEAST_SHARE: Final = 0.08  # of words; English prose has 0.3 to 0.5, notes in keywords 0.1, other languages under 0.05
_FIRST: Final = 20  # words, and a third of the rest: in English prose enough of these are common to answer for all
_ASCII: Final = 0.5  # share of letters; below it the script is another one
_WORD: Final = re.compile(r"[^\W\d_]+")
_LETTERS: Final = bytes(
    code if chr(code).isalpha() or code == ord("?") else ord(" ") for code in bytes(range(128)).lower()
).ljust(256)
_NO_LETTERS: Final = bytes(code for code in range(128) if not chr(code).isalpha())
_COMMON: Final = frozenset(word.encode() for word in COMMON_ENGLISH)


def is_english(text: str) -> bool:
    """Tell whether the first ``_READ`` characters look English; too short a text counts as English. Linear."""
    read = text[:_READ].replace("?", " ")
    plain = read.encode("ascii", "replace")  # question marks for what is not ASCII
    if not read.isascii() and _too_few(len(plain.translate(None, _NO_LETTERS)), read):
        return False
    letters = plain.translate(_LETTERS)  # small ones, and blanks for the rest
    words = letters.count(b" ") + letters.count(b"?") + 1  # or fewer
    if _known(letters.split(None, _FIRST + words // 3)) >= _LEAST_SHARE * words:
        return True
    written = (
        letters.split() if read.isascii() else [word.encode(errors="replace") for word in _WORD.findall(read.lower())]
    )
    return len(written) < _FEWEST_WORDS or _known(written) >= _LEAST_SHARE * len(written)


def _too_few(letters: int, read: str) -> bool:
    """Tell whether so many letters of ASCII are too small a share of all letters."""
    return letters < _ASCII * len(read) and letters < _ASCII * sum(map(str.isalpha, read))


def _known(words: Sequence[bytes]) -> int:
    return sum(map(_COMMON.__contains__, words))
