"""How the lists of phrases in this room are written, and made into one pattern each.

Lives here: ``any_of`` and what it returns. Must not live here: any phrase.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEPARATOR = re.compile(r"\s+/\s+|\s*\n\s*")
_GROUP = re.compile(r"(?<!\\)\((?!\?)")


class Phrases:
    """A pattern that is compiled when it is first used: all of them take half a second, and few commands read mail."""

    def __init__(self, source: str) -> None:
        """Keep ``source``, a regular expression that does not regard case."""
        self._source = source

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self._source, re.IGNORECASE)

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first of the phrases in ``text``; None where there is none."""
        return self._pattern.search(text)

    def match(self, text: str) -> re.Match[str] | None:
        """Return the phrase ``text`` begins with, if any."""
        return self._pattern.match(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Yield the phrases in ``text``, one after the other."""
        return self._pattern.finditer(text)


def any_of(phrases: str, **parts: str) -> Phrases:
    """Return what finds any of ``phrases`` as whole words, whatever their case.

    Phrases are regular expressions, one a line or with " / " between; a space is a space. "<NAME>" stands for the
    phrases in ``parts[NAME]``. Groups are not captured. Whoever searches bounds the text: a phrase may try again from
    every word, and looks a few words ahead.
    """
    return Phrases(rf"(?<!\w)(?:{alternatives(phrases, **parts)})(?!\w)")


def alternatives(phrases: str, **parts: str) -> str:
    """Return the same as the source of a regular expression, to be made part of another."""
    joined = "|".join(filter(None, _SEPARATOR.split(phrases.strip())))
    for name, part in parts.items():
        joined = joined.replace(f"<{name}>", f"({alternatives(part)})")
    return _GROUP.sub("(?:", joined)
