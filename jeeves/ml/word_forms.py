"""Word forms: as they are written, stems or lemmas, for the search to try.

Lives here: bringing a feature's words to one form. Must not live here: which words there are.

Stemmer and lemmatiser are loaded when a model asks for them: NLTK takes 80 MB of memory, as it brings scikit-learn
and scipy.stats, and the lemmatiser's dictionary 25 MB.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nltk.stem.snowball import SnowballStemmer


class WordForm(StrEnum):
    """What is counted of a word."""

    WRITTEN = "written"  # "meetings"
    STEM = "stem"  # "meet": endings cut off (Porter, "Snowball", 2001)
    LEMMA = "lemma"  # "meeting": the head word of a dictionary (simplemma, its English data)


def formed(feature: str, form: WordForm) -> str:
    """Return an n-gram with each word brought to ``form``; markers and cues stay."""
    if form is WordForm.WRITTEN:
        return feature
    return " ".join(map(_STEMS if form is WordForm.STEM else _LEMMAS, feature.split(" ")))


def _formed(token: str, form: WordForm) -> str:
    prefix, colon, word = token.rpartition(":")
    if not word.isalpha():
        return token
    return prefix + colon + (str(_stemmer().stem(word)) if form is WordForm.STEM else _lemma(word))


@cache
def _stemmer() -> SnowballStemmer:
    from nltk.stem.snowball import SnowballStemmer  # noqa: PLC0415 - most models need none

    return SnowballStemmer("english")


def _lemma(word: str) -> str:
    from simplemma import lemmatize  # noqa: PLC0415 - most models need none

    lemma = lemmatize(word, lang="en").lower()
    return lemma if lemma.isalpha() else word


_STEMS = lru_cache(maxsize=100_000)(partial(_formed, form=WordForm.STEM))
_LEMMAS = lru_cache(maxsize=100_000)(partial(_formed, form=WordForm.LEMMA))
