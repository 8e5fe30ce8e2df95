"""Whether words name a place to meet at: "at Luigi's", "my office", "14 Station Road", "beim Italiener".

Lives here: reading a text for places, more or less sure. Must not live here: the phrases (``place_phrases``), answers
that are nothing but a place (``fragments``), what a place means for a thread (``threads``), times (``dates``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jeeves.assist import place_phrases
from jeeves.assist.clauses import READ_AT_MOST, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST: Final = 80  # characters of a place
_BEFORE: Final = 24  # characters before a place that say whether somebody just is there
_MAY_BE_WHEREABOUTS: Final = ("in ", "en ", "à ", "em ")


def place_in(text: str, *, expected: bool) -> tuple[str, str] | None:
    """Return the place that ``text`` names to meet at, and the sentence that does; None where it names none.

    ``expected``: a place is being waited for, so that less is needed to recognise one. Never raises; linear in
    bounded text.
    """
    if found := place_phrases.MAP_LINK.search(text[:READ_AT_MOST]):
        link = text[found.start() :].split(maxsplit=1)[0]
        return link[:_LONGEST], link[:_LONGEST]
    for sentence in sentences(text):
        if place_phrases.UNDECIDED.search(sentence):
            continue
        for place in _named(sentence, expected=expected):
            return place, sentence
    return None


def place_of_invite(location: str) -> str:
    """Return an invite's LOCATION (RFC 5545, section 3.8.1.7) unless it says that it is not known yet."""
    return "" if place_phrases.NOT_YET.fullmatch(location) else location.strip()


def undecided(text: str) -> bool:
    """Tell whether ``text`` asks where, or says that a place will not do."""
    return any(place_phrases.UNDECIDED.search(sentence) for sentence in sentences(text))


def rejected(text: str) -> str:
    """Return the sentence that says that the place agreed on will not do; empty where none does."""
    return next((sentence for sentence in sentences(text) if place_phrases.REJECTED.search(sentence)), "")


def _named(sentence: str, *, expected: bool) -> Iterator[str]:
    if place_phrases.CHOICE.search(sentence):
        return
    sure = (place_phrases.SURE, place_phrases.AT)
    for phrases in (*sure, place_phrases.LIKELY) if expected else sure:
        for found in phrases.finditer(sentence):
            before = sentence[max(0, found.start() - _BEFORE) : found.start()]
            may_be = found[0].lower().startswith(_MAY_BE_WHEREABOUTS)
            if place_phrases.NEGATED.search(before):
                continue
            if not (may_be and place_phrases.WHEREABOUTS.search(before)):
                yield found[0].strip(" ,")[:_LONGEST]
