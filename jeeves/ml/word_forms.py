"""Word stems, for the search to try.

Lives here: stemming a feature's words. Must not live here: which words there are.
"""

from __future__ import annotations

from functools import lru_cache

from nltk.stem.snowball import SnowballStemmer

_STEMMER = SnowballStemmer("english")  # Porter, "Snowball", 2001


def stemmed(feature: str) -> str:
    """Return an n-gram with each word stemmed; markers and cues stay."""
    return " ".join(map(_stem, feature.split(" ")))


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    prefix, colon, rest = word.rpartition(":")
    return word if not rest.isalpha() else prefix + colon + str(_STEMMER.stem(rest))
