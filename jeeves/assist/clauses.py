"""Text taken apart into sentences, bounded.

Lives here: what all readers of a message's text share. Must not live here: any word that means something.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

READ_AT_MOST: Final = 4_000  # characters: what a message is about stands in its first lines or nowhere
_LONGEST: Final = 400  # characters of one sentence
_END: Final = re.compile(r"[!?]++|(?<!\d)\.(?=\s|$)|(?<=\d)\.(?=\s+[^\W\d_a-zäöü]|$)|;|\n")
_LINK: Final = re.compile(r"(?:https?://|www\.)\S{1,500}", re.IGNORECASE)
_SALUTATION: Final = re.compile(
    r"^\s*(?:hi|hello|hey|hiya|dear|good (?:morning|afternoon|evening)|liebe[rs]?|hallo|hi|moin|servus|guten \w{3,6}"
    r"|sehr geehrte[rs]?|bonjour|bonsoir|coucou|salut|cher|chère|hola|querid[oa]|buenos días|buenas|ciao|car[oa]"
    r"|buongiorno|gentile|olá|oi|fala|car[oa]|hoi|beste|lieve|dag)\b[^\n,!.]{0,60}[,!.]",
    re.IGNORECASE,
)


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text, each with its mark at the end, without links and salutation. Linear."""
    text = _SALUTATION.sub(" ", _LINK.sub(" ", text[:READ_AT_MOST].replace("\u2019", "'")), count=1)
    start = 0
    for mark in _END.finditer(text):
        if found := text[start : mark.end()].strip():
            yield found[:_LONGEST]
        start = mark.end()
    if found := text[start:].strip():
        yield found[:_LONGEST]
