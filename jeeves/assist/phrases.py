"""How the lists of phrases in this room are written, and made into one pattern each.

Lives here: ``any_of``. Must not live here: any phrase.
"""

from __future__ import annotations

import re

_SEPARATOR = re.compile(r"\s+/\s+|\s*\n\s*")
_GROUP = re.compile(r"(?<!\\)\((?!\?)")


def any_of(phrases: str, **parts: str) -> re.Pattern[str]:
    """Return a pattern that finds any of ``phrases`` as whole words, whatever their case.

    Phrases are regular expressions, one a line or with " / " between; a space is a space. "<NAME>" stands for the
    phrases in ``parts[NAME]``. Groups are not captured. Repetition is bounded by the caller's text, and no phrase
    repeats a repetition: matching is linear.
    """
    return re.compile(rf"(?<!\w)(?:{alternatives(phrases, **parts)})(?!\w)", re.IGNORECASE)


def alternatives(phrases: str, **parts: str) -> str:
    """Return the same as the source of a regular expression, to be made part of another."""
    joined = "|".join(filter(None, _SEPARATOR.split(phrases.strip())))
    for name, part in parts.items():
        joined = joined.replace(f"<{name}>", f"({alternatives(part)})")
    return _GROUP.sub("(?:", joined)
