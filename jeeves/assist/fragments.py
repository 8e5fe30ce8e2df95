"""Short answers that are nothing but a place: "the pier. bring bacon", "Casa Rosa, half seven", "elm tree then".

Lives here: telling such an answer from "Works for me". Must not live here: the phrases
(``fragment_phrases``), places in full sentences (``places``). To be asked only where a place is being waited for.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from jeeves.assist.clauses import sentences
from jeeves.assist.dates import without_days
from jeeves.assist.fragment_phrases import CLOSING, NAME, NO_FRAGMENT, OPENING, SETTLING, TIME

if TYPE_CHECKING:
    from collections.abc import Collection

_MOST_WORDS: Final = 7
_SENTENCES: Final = 3  # an answer that begins with something else comes to the place soon, or not at all
_WORD: Final = re.compile(r"[^\W\d_][\w'&-]*")


def place_alone(text: str, *, people: Collection[str], expected: bool) -> tuple[str, str] | None:
    """Return the place that a short answer consists of, and its sentence; None where it is anything else.

    ``people``: names of those who write to each other, in lower case: a name alone is a signature. ``expected``: a
    place is being waited for; otherwise only what is written like a name is taken for one.
    """
    for sentence in islice(sentences(text), _SENTENCES):
        place = _place(sentence, people)
        if place and (expected or NAME.fullmatch(place)):
            return place, sentence
    return None


def _place(sentence: str, people: Collection[str]) -> str:
    without_time = TIME.sub(" ", without_days(sentence))
    place = CLOSING.sub("", OPENING.sub("", without_time)).strip(" ,.!?;:-\n\t")
    words = _WORD.findall(place)
    if not words or len(words) > _MOST_WORDS or NO_FRAGMENT.search(place):
        return ""
    if {word.lower() for word in words} <= set(people):
        return ""
    timed = without_time != sentence
    settling = CLOSING.search(sentence) is not None or SETTLING.match(sentence) is not None
    named = NAME.match(place) is not None and (len(words) > 1 or (place.istitle() and "?" in sentence))
    return place if timed or settling or named or place.lower().startswith("the ") else ""
