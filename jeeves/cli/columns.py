"""How much room text takes on a terminal.

Lives here: pure functions that count, cut and wrap by columns, as terminals do, not by characters. Must not live here:
making text harmless (``jeeves.sanitise``), which comes first.

Source: Unicode Standard Annex #11 (East Asian Width): wide and full-width letters take two columns.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_WITHOUT_ROOM: Final = frozenset({"Mn", "Me", "Cf"})  # marks above a letter, joiners


def columns_of(text: str) -> int:
    """Return how many columns ``text``, one line of it, takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def cut(text: str, columns: int, *, start: int = 0) -> str:
    """Return as much of ``text`` from ``start`` on as fits."""
    for place in range(start, len(text)):
        columns -= _columns(text[place])
        if columns < 0:
            return text[start:place]
    return text[start:]


def shortened(text: str, columns: int) -> str:
    """Return ``text`` if it fits, otherwise its beginning with an ellipsis."""
    return text if columns_of(text) <= columns else f"{cut(text, columns - 1)}…"


def wrapped(text: str, columns: int, *, first: str = "", rest: str = "") -> Iterator[str]:
    """Yield ``text`` in lines of at most ``columns``, broken at blanks, or within words that are longer than a line.

    ``first`` stands before the first line, ``rest`` before the others; what they leave must hold a wide letter. Nothing
    is yielded of blanks alone. Linear in the length of ``text``.
    """
    line, room, begun = first, columns - columns_of(first), False
    for word in text.split(" ") if text.strip() else ():
        needed = columns_of(word)
        if begun and needed < room:
            line, room = f"{line} {word}", room - 1 - needed
            continue
        if begun:
            yield line
            line, room = rest, columns - columns_of(rest)
        place = 0
        while needed > room:
            piece = cut(word, room, start=place)
            yield line + piece
            place, needed = place + len(piece), needed - columns_of(piece)
            line, room = rest, columns - columns_of(rest)
        line, room, begun = line + word[place:], room - needed, True
    if begun:
        yield line


def _columns(letter: str) -> int:
    if unicodedata.category(letter) in _WITHOUT_ROOM:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
